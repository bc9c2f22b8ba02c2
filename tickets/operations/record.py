"""What every operation does alike: take the ticket, write down what happened."""

from datetime import datetime

from lynnsupport.accounts.models import Contact, User
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
    # The definition is long, and known by its digest.
    held = held.defer("calendar_version__definition")
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
    """Store the changed ticket with its actor and reason in the history.

    Whatever happened to a case that waits for its customer, the closing policy looks at it anew (CRP).
    """
    ticket.closing_check_at = _closing_check(ticket)
    ticket._history_user = by
    ticket._change_reason = reason
    ticket.save()


_Version = Ticket.history.model
_COLUMNS = tuple(field.attname for field in _Version._meta.concrete_fields)


def store(ticket: Ticket, *, by: User | None, reason: str, now: datetime) -> None:
    """Store a new ticket, and the row with which its history begins as django-simple-history writes it."""
    ticket.closing_check_at = _closing_check(ticket)
    insert([ticket])
    told = {
        "history_id": None,
        "history_type": "+",
        "history_date": now,
        "history_user_id": by.pk if by else None,
        "history_change_reason": reason,
    }
    # by their places, which Django takes several times as fast as by their names
    insert([_Version(*(told[name] if name in told else getattr(ticket, name) for name in _COLUMNS))])


def _closing_check(ticket: Ticket) -> datetime | None:
    return ticket.state_since if ticket.state in TERM_CLOSES else None
