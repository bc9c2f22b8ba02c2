"""The queue's page, and taking several tickets from it at once."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import operations, queries
from tickets.desk_rows import with_next_clock
from tickets.models import Ticket, TicketEvent
from tickets.paging import Cursor, page_by_deadline, page_by_newest

from .page import posted_number
from .queue import DeskFilter

if TYPE_CHECKING:
    from .ticket import TicketAdmin

MOST_AT_ONCE = 50


def queue(desk: "TicketAdmin", request: HttpRequest) -> HttpResponse:
    now = clock.now()
    narrowed = DeskFilter(request.GET, reader=request.user)
    paged = page_by_newest if narrowed.shows_closed else page_by_deadline
    page = paged(
        narrowed.qs.select_related(*queries.ROW_RELATIONS), Cursor.parse(request.GET.get("after", ""))
    )
    context = {
        "title": _("Queue"),
        "filter": narrowed,
        "chosen": narrowed.chosen,
        "page": page,
        "rows": with_next_clock(page.tickets, now),
        "seen": TicketEvent.objects.aggregate(last=Max("pk"))["last"] or 0,
        "may_take": request.user.has_perm("tickets.assign_ticket"),
        "customers_url": reverse("admin:autocomplete")
        + "?app_label=tickets&model_name=ticket&field_name=customer&term=",
    }
    return desk.page(request, "admin/tickets/ticket/queue.html", context)


def take_several(desk: "TicketAdmin", request: HttpRequest) -> HttpResponse:
    """Each ticket by itself: what somebody else has taken meanwhile stays theirs, the others are taken."""
    back, now = _back(request), clock.now()
    if request.method != "POST":
        return HttpResponseRedirect(back)
    numbers = [text for text in request.POST.getlist("ticket") if text.isascii() and text.isdigit()]
    chosen = desk.get_queryset(request).filter(pk__in=[int(text) for text in numbers if len(text) < 19])
    if not numbers:
        messages.warning(request, _("Tick the tickets that you want to take."))
    taken = [
        ticket
        for ticket in chosen.order_by(*queries.BY_DEADLINE)[:MOST_AT_ONCE]
        if _take(request, ticket, now)
    ]
    if taken:
        text = ngettext(
            "%(count)d ticket is yours: %(numbers)s.", "%(count)d tickets are yours: %(numbers)s.", len(taken)
        )
        messages.success(request, text % {"count": len(taken), "numbers": ", ".join(t.number for t in taken)})
    return HttpResponseRedirect(back)


def _take(request: HttpRequest, ticket: Ticket, now: datetime) -> bool:
    user = request.user
    try:
        operations.unless_overtaken(
            lambda: operations.assign(ticket, by=user, owner=user, now=now),
            ticket=ticket,
            by=user,
            seen=posted_number(request, "seen"),
            kinds={TicketEvent.Kind.ASSIGNED},
        )
    except Refused as refused:
        messages.warning(request, f"{ticket.number}: {refused}")
        return False
    return True


def _back(request: HttpRequest) -> str:
    """The queue as it was narrowed; never another site."""
    queue_url = reverse("admin:tickets_ticket_changelist")
    wanted = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(queue_url)
    return wanted if is_ours else queue_url
