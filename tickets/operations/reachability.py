"""CON-5: severity 1 needs a designated contact who can be reached; without one restoration stands still."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, User
from lynnsupport.accounts.queries import is_designated
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.clock_events import PauseReason
from tickets import notifications
from tickets.models import Ticket, TicketEvent

from .clocks import pause_clocks, resume_clocks
from .record import locked, record, save

UNREACHABLE = PauseReason.CONTACT_UNREACHABLE


@transaction.atomic
def record_unreachable(
    ticket: Ticket, *, by: User, words: str, now: datetime, at: datetime | None = None
) -> Ticket:
    """Nobody designated answers: whom the desk tried and how. Restoration pauses at `at` until contact.

    The customer is told by mail. Raises Refused for another severity, a ticket that is not running, a
    moment in the future or before the last one on record, and while it is on record already.
    """
    _require_desk(by)
    _require_words(words, _("Say whom you tried to reach, and how."))
    ticket = locked(ticket)
    at = at or now
    if ticket.severity != 1:
        raise Refused(
            _("A contact must be reachable at any hour only for severity 1."),
            rule="CON-5",
            instead=_("Ask on the ticket: restoration waits for the answer."),
        )
    if not ticket.is_escalated or ticket.is_closed or ticket.restored_at:
        raise Refused(_("No restoration is owed on this ticket."), rule="CON-5")
    if ticket.contact_unreachable_since is not None:
        raise Refused(_("It is on record already that nobody can be reached."), rule="CON-5")
    _require_instant(at, ticket.escalated_at, now)
    ticket.contact_unreachable_since = at
    event = record(ticket, TicketEvent.Kind.CONTACT_UNREACHABLE, at=at, now=now, by=by, reason=words)
    pause_clocks(ticket, UNREACHABLE, at=at, cause=event, now=now)
    save(ticket, by=by, reason="contact not reachable")
    enqueue(notifications.call_us(ticket, event), now=now)
    return ticket


@transaction.atomic
def record_reached(
    ticket: Ticket, *, by: User, words: str, now: datetime, at: datetime | None = None
) -> Ticket:
    """Contact is made: restoration goes on from `at`. Raises Refused where nobody was missed."""
    _require_desk(by)
    _require_words(words, _("Say whom you reached."))
    ticket = locked(ticket)
    at = at or now
    if ticket.contact_unreachable_since is None:
        raise Refused(_("Nobody is on record as not reachable."), rule="CON-5")
    _require_instant(at, ticket.contact_unreachable_since, now)
    event = record(ticket, TicketEvent.Kind.CONTACT_REACHED, at=at, now=now, by=by, reason=words)
    end_unreachable(ticket, at=at, cause=event, now=now)
    save(ticket, by=by, reason="contact reached")
    return ticket


def count_as_reached(
    ticket: Ticket, contact: Contact, *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """A designated contact writes or is spoken to: contact is made. The caller saves the ticket."""
    since = ticket.contact_unreachable_since
    if since is not None and at >= since and is_designated(contact, ticket.customer, at):
        end_unreachable(ticket, at=at, cause=cause, now=now)


def end_unreachable(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """The reason is gone, if it held: restoration goes on. The caller saves the ticket."""
    if ticket.contact_unreachable_since is not None:
        ticket.contact_unreachable_since = None
        resume_clocks(ticket, at=at, cause=cause, now=now, reason=UNREACHABLE)


def _require_desk(by: User) -> None:
    if not by.has_perm("tickets.register_call"):
        raise Refused(_("Only the desk records whether a contact can be reached."), rule="CON-5")


def _require_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise Refused(sentence, rule="CON-5")


def _require_instant(at: datetime, earliest: datetime, now: datetime) -> None:
    if not earliest <= at <= now:
        raise Refused(
            _("That moment lies in the future, or before what is on record."),
            rule="CON-5",
            instead=_("Check date and time."),
        )
