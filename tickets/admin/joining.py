"""One incident, one ticket (INT-6): a page that splits a ticket in two, and one that merges a duplicate."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import operations, queries
from tickets.desk_forms.joining import MergeForm, SplitForm
from tickets.models import Ticket

from .refusals import closed_by_role

if TYPE_CHECKING:
    from .ticket import TicketAdmin

PERMISSION = "tickets.change_ticket"
FOUND_AT_MOST = 20


def split(desk: "TicketAdmin", request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The messages with a box beside each; posted, those that were ticked go to the new ticket."""
    now = clock.now()
    said = list(queries.conversation(ticket, with_internal=True))
    form = SplitForm(request.POST or None, ticket=ticket, now=now, said=said)
    closed = closed_by_role(request.user, PERMISSION, "INT-6")
    context = {
        "title": _("Split %(ticket)s in two") % {"ticket": ticket.number},
        "ticket": ticket,
        "form": form,
        "said": [(message, str(message.pk) in form.chosen) for message in said],
        "closed": closed,
    }
    template = "admin/tickets/ticket/split.html"
    if closed or request.method != "POST":
        status = 403 if closed and request.method == "POST" else 200
        return desk.page(request, template, context, status=status)
    if not form.is_valid():
        before = _split_before(ticket, form)
        return before or desk.page(request, template, context, status=422)
    try:
        part = operations.split_ticket(ticket, by=request.user, now=now, **form.cleaned_data)
    except Refused as refused:
        return desk.page(request, template, {**context, "refusal": refused}, status=409)
    return _go_to_part(request, part)


def _split_before(ticket: Ticket, form: SplitForm) -> HttpResponse | None:
    """The same form sent again: its messages are on the new ticket by now, and it is shown."""
    key = form.cleaned_data.get("submission_key")
    links = ticket.leads_to.filter(target__submission_key=key).select_related("target") if key else []
    for link in links:
        return HttpResponseRedirect(_page_of(link.target))
    return None


def _go_to_part(request: HttpRequest, part: Ticket) -> HttpResponse:
    messages.success(request, _("The new ticket is %(number)s.") % {"number": part.number})
    return HttpResponseRedirect(_page_of(part))


def merge(desk: "TicketAdmin", request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Which ticket it goes on in: the similar ones of the customer, or what the search finds of theirs."""
    now = clock.now()
    words = request.GET.get("q", "").strip()[:100]
    closed = closed_by_role(request.user, PERMISSION, "INT-6")
    form = MergeForm(request.POST or None, ticket=ticket, now=now)
    context = {
        "title": _("%(ticket)s is a duplicate") % {"ticket": ticket.number},
        "ticket": ticket,
        "form": form,
        "words": words,
        "offered": _offered(ticket, words),
        "closed": closed,
    }
    template = "admin/tickets/ticket/merge.html"
    if closed or request.method != "POST":
        status = 403 if closed and request.method == "POST" else 200
        return desk.page(request, template, context, status=status)
    if not form.is_valid():
        return desk.page(request, template, context, status=422)
    try:
        survivor = _merge(request, ticket, form.cleaned_data, now)
    except Refused as refused:
        return desk.page(request, template, {**context, "refusal": refused}, status=409)
    said = _("%(duplicate)s is closed and goes on here.") % {"duplicate": ticket.number}
    messages.success(request, said)
    return HttpResponseRedirect(_page_of(survivor))


def _merge(request: HttpRequest, ticket: Ticket, data: dict[str, Any], now: datetime) -> Ticket:
    return operations.merge_ticket(ticket, by=request.user, now=now, **data)


def _offered(ticket: Ticket, words: str) -> list[Ticket]:
    if not words:
        return queries.similar_of_customer(ticket)
    others = Ticket.objects.filter(customer=ticket.customer_id).exclude(pk=ticket.pk)
    return list(queries.search(queries.open_tickets(others), words).order_by("-pk")[:FOUND_AT_MOST])


def _page_of(ticket: Ticket) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk])
