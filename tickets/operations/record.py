"""What every operation does alike: take the ticket, write down what happened."""

from datetime import datetime

from django.db.models import Model

from lynnsupport.accounts.models import Contact, User
from lynnsupport.common import clock
from lynnsupport.common.inserting import insert
from tickets.domain.lifecycle import TERM_CLOSES
from tickets.listeners import ticket_transitioned
from tickets.models import Message, Ticket, TicketEvent


def locked(ticket: Ticket) -> Ticket:
    """The ticket as it is now, held until the transaction ends, with what operations read of it."""
    held = Ticket.objects.select_for_update(of=("self",)).select_related(
        "tenant",
        "customer__partner__executive",
        "reporter__user",
        "owner",
        "policy_version",
        "calendar_version",
    )
    return held.get(pk=ticket.pk)


def record(
    ticket: Ticket,
    kind: TicketEvent.Kind,
    *,
    now: datetime,
    at: datetime | None = None,
    by: User | None = None,
    contact: Contact | None = None,
    message: Message | None = None,
    reason: str = "",
    **data: object,
) -> TicketEvent:
    """Append one event to the ticket's record; whoever listens hears of it."""
    event = TicketEvent(
        ticket=ticket,
        kind=kind,
        at=at or now,
        recorded_at=now,
        by=by,
        contact=contact,
        message=message,
        reason=reason,
        data=data,
    )
    insert([event])
    ticket_transitioned(ticket, event, now)
    return event


def save(ticket: Ticket, *, by: User | None, reason: str = "") -> None:
    """Store the ticket with its actor and reason in the history.

    Whatever happened to a case that waits for its customer, the closing policy looks at it anew (CRP).
    """
    ticket.closing_check_at = ticket.state_since if ticket.state in TERM_CLOSES else None
    if ticket._state.adding:
        insert([ticket])
        insert([_first_version(ticket, by=by, reason=reason)])
        return
    ticket._history_user = by
    ticket._change_reason = reason
    ticket.save()


_Version = Ticket.history.model


def _first_version(ticket: Ticket, *, by: User | None, reason: str) -> Model:
    """The row with which the ticket's history begins, as django-simple-history would write it."""
    return _Version(
        history_type="+",
        history_date=clock.now(),
        history_user=by,
        history_change_reason=reason,
        **{field.attname: getattr(ticket, field.attname) for field in _Version.tracked_fields},
    )
