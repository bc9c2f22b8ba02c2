"""What this app does when it hears of a ticket: questions become requests, answers settle them, parts take
them along."""

from datetime import datetime

from django.db.models import QuerySet

from tickets.domain.lifecycle import State
from tickets.models import Message, Ticket, TicketEvent

from .domain.remote_access import LIVE
from .models import CustomerRequest, RemoteAccess

_ASKED, _ANSWERED, _WITHDRAWN = CustomerRequest.State.values


def moved(ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    """A question has put the ticket to wait, it was withdrawn, or the ticket is closed."""
    before, after = event.data.get("before"), event.data.get("after")
    if after == State.WAITING_CUSTOMER and event.message_id:
        CustomerRequest.objects.create(
            ticket=ticket,
            kind=CustomerRequest.Kind.QUESTION,
            message=event.message,
            asked_by=event.by,
            asked_at=event.at,
        )
    elif before == State.WAITING_CUSTOMER and after == State.OPEN and event.by_id:
        withdraw(open_requests(ticket), event)
    elif after == State.CLOSED:
        _end_accesses(ticket, event)


def split(part: Ticket, event: TicketEvent, now: datetime) -> None:
    """INT-6: what was asked goes along with its message. While both parts wait for the customer, what is
    open on one is asked on the other too: it waits for the same answer, by the same term (CRP-1)."""
    if not event.data.get("is_new"):
        return
    original = Ticket.objects.get(number=event.data["number"])
    moved = CustomerRequest.objects.filter(ticket=original, message__ticket=part)
    RemoteAccess.objects.filter(request__in=moved).update(ticket=part)
    moved.update(ticket=part)
    if part.state != State.WAITING_CUSTOMER:
        return
    for here, there in ((original, part), (part, original)):
        if not open_requests(there).exists():
            for request in open_requests(here).select_related("message"):
                _ask_also_on(there, request)


def _ask_also_on(ticket: Ticket, request: CustomerRequest) -> None:
    """The same question, by the same person at the same time. A remote access stays with its one request."""
    asked = request.message
    message = Message.objects.create(
        ticket=ticket,
        side=asked.side,
        author=asked.author,
        channel=asked.channel,
        body=asked.body,
        at=asked.at,
    )
    is_access = request.kind == CustomerRequest.Kind.ACCESS
    CustomerRequest.objects.create(
        ticket=ticket,
        kind=CustomerRequest.Kind.QUESTION if is_access else request.kind,
        message=message,
        asked_by=request.asked_by,
        asked_at=request.asked_at,
        due_at=request.due_at,
    )


def customer_wrote(ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    """The customer's message answers what is asked: the request that it names, else every open one.

    Who writes without naming one has answered what they read; support asks again for what is missing.
    """
    asked = open_requests(ticket)
    if "request" in event.data:
        asked = asked.filter(pk=event.data["request"])
    asked.update(state=_ANSWERED, settled_at=event.at, answer=event.message)


def open_requests(ticket: Ticket) -> QuerySet[CustomerRequest]:
    return ticket.customer_requests.filter(state=_ASKED)


def withdraw(asked: QuerySet[CustomerRequest], event: TicketEvent) -> None:
    """Support needs these answers no longer; a remote access that was asked for ends with its request."""
    pks = list(asked.values_list("pk", flat=True))
    CustomerRequest.objects.filter(pk__in=pks).update(
        state=_WITHDRAWN, settled_at=event.at, withdrawn_by=event.by, withdraw_reason=event.reason
    )
    RemoteAccess.objects.filter(request__in=pks, ended_at__isnull=True).update(
        ended_at=event.at, ended_by=event.by, end_reason=event.reason, expiry_check_at=None
    )


def _end_accesses(ticket: Ticket, event: TicketEvent) -> None:
    """No access outlives its ticket, not even for one that is reopened later."""
    for access in ticket.remote_accesses.filter(expiry_check_at__isnull=False):
        if access.state_at(event.at) in LIVE:
            access.ended_at = event.at
        access.expiry_check_at = None
        access.save(update_fields=["ended_at", "expiry_check_at"])
