"""The list of tickets: what falls due first, narrowed by chips and words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lynnsupport.common import clock
from tickets.filters import CLOCKS, SEVERITIES, STATES, TicketFilter
from tickets.paging import Cursor, page_by_deadline, page_by_newest
from tickets.rows import rows_of, with_clocks


@dataclass(frozen=True)
class Chip:
    """A link that narrows the list, or takes the narrowing back."""

    label: Any
    url: str
    is_on: bool


@require_safe
@login_required
def ticket_list(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    narrowed = TicketFilter(request.GET, reader=request.user)
    chosen = narrowed.chosen
    paged = page_by_newest if narrowed.shows_closed else page_by_deadline
    page = paged(narrowed.qs, Cursor.parse(request.GET.get("after", "")), read=rows_of)
    context = {
        "filter": narrowed,
        "chosen": chosen,
        "page": page,
        "rows": with_clocks(page.tickets, now),
        "state_chips": list(_state_chips(chosen)),
        "other_chips": list(_other_chips(chosen)),
        "choices": list(_choices(narrowed, chosen)),
    }
    # While one types only the results are asked for; going back asks for the whole page.
    whole = not request.htmx or request.htmx.history_restore_request
    response = render(request, "tickets/list.html" if whole else "tickets/_results.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _state_chips(chosen: dict[str, Any]) -> Iterator[Chip]:
    """One of these is always on."""
    yield Chip(_("All open"), _narrowed(chosen, state=None), not chosen.get("state"))
    for value, label in STATES:
        yield Chip(label, _narrowed(chosen, state=value), chosen.get("state") == value)


def _other_chips(chosen: dict[str, Any]) -> Iterator[Chip]:
    """Each of these is on or off by itself."""
    severities = chosen.get("severity", [])
    for value, label in SEVERITIES:
        is_on = value in severities
        others = [each for each in severities if each != value]
        yield Chip(label, _narrowed(chosen, severity=others if is_on else [*others, value]), is_on)
    for value, label in CLOCKS:
        is_on = chosen.get("clock") == value
        yield Chip(label, _narrowed(chosen, clock=None if is_on else value), is_on)
    is_on = bool(chosen.get("mine"))
    yield Chip(_("Mine"), _narrowed(chosen, mine=None if is_on else "on"), is_on)


def _narrowed(chosen: dict[str, Any], **changes: Any) -> str:
    """The address of the first page of the list narrowed so."""
    kept = {name: "on" if value is True else value for name, value in (chosen | changes).items() if value}
    return "?" + urlencode(kept, doseq=True)


def _choices(narrowed: TicketFilter, chosen: dict[str, Any]) -> Iterable[tuple[str, Any, Any, str]]:
    """Field, label, choices and what is chosen, for each list with something to choose from."""
    for name, label, every in (
        ("customer", _("Customer"), _("Every customer")),
        ("tenant", _("Tenant"), _("Every tenant")),
    ):
        options = narrowed.form.fields[name].choices[1:]  # without Django's own empty one
        if len(options) > 1:
            yield name, label, [("", every), *options], chosen.get(name, "")
