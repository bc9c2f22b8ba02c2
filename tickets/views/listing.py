"""The list of tickets: what falls due first, narrowed by chips and words."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from lynnsupport.common import clock
from tickets.filters import CLOCKS, SEVERITIES, STATES, TicketFilter
from tickets.paging import Cursor, page_by_deadline, page_by_newest
from tickets.rows import rows_of, with_clocks


@require_safe
@login_required
def ticket_list(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    narrowed = TicketFilter(request.GET, reader=request.user)
    paged = page_by_newest if narrowed.shows_closed else page_by_deadline
    page = paged(narrowed.qs, Cursor.parse(request.GET.get("after", "")), read=rows_of)
    context = {
        "filter": narrowed,
        "chosen": narrowed.chosen,
        "page": page,
        "rows": with_clocks(page.tickets, now),
        "states": STATES,
        "severity_chips": list(_severity_chips(narrowed.chosen.get("severity", []))),
        "clocks": CLOCKS,
    }
    # While one types only the results are asked for; going back asks for the whole page.
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, "tickets/list.html" if whole else "tickets/_results.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _severity_chips(chosen: list[str]) -> Iterator[tuple[str, str, bool, list[str]]]:
    """Value, label, whether it is on, and what is chosen once the chip is pressed."""
    for value, label in SEVERITIES:
        is_on = value in chosen
        after = [each for each in chosen if each != value] if is_on else [*chosen, value]
        yield value, label, is_on, after
