"""Writing on a ticket: the customer, support, notes among Lynn's people, and calls put on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.clock_events import PauseReason
from tickets import notifications
from tickets.domain.intake import RECEIPT, Channel, Receipt
from tickets.domain.lifecycle import Act, State, next_state
from tickets.evidence import Upload, attach
from tickets.models import Message, Ticket, TicketEvent

from .clocks import resume_clocks
from .reachability import count_as_reached
from .record import locked, record, save
from .reopening import first_words_of, follow, goes_on_in, reopen, reopens_until
from .responses import count_as_answer, start_next_response

NOTHING_MORE: Mapping[str, object] = MappingProxyType({})


@transaction.atomic
def reply_as_customer(
    ticket: Ticket,
    *,
    by: User | None,
    body: str,
    now: datetime,
    contact: Contact | None = None,
    channel: Channel = Channel.PORTAL,
    evidence: Sequence[Upload] = (),
    quoted: str = "",
    submission_key: UUID | None = None,
    receipt: Receipt = RECEIPT,
    mail: str = "customer_wrote",
    about: Mapping[str, object] = NOTHING_MORE,
) -> Message:
    """The customer writes: support owes an answer anew (RSP-4). Support is told by a mail of the kind `mail`.

    It answers an open question of support (COP-1), whose pause then ends; from a designated contact it
    shows that one can be reached (CON-5). A closed ticket is reopened by it; one that is closed for too long
    is followed by a new ticket, and one that goes on in another is answered there (CRP-3): the message says
    on which ticket it is.

    The caller has shown that the contact may see the ticket, and that no robot wrote. The same key gives the
    same message. `receipt` is that of `open_ticket`, for the new one. `about` is kept with the event, for
    whoever listens. Raises Refused for an empty text.
    """
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    contact = contact or (contact_of(by) if by else None)
    if contact is None:
        raise Refused(_("Only a contact of a partner writes on the customer's side."), rule="INT-5")
    _require_text(body, evidence)
    if ticket.is_closed:
        said = {
            "by": by, "contact": contact, "body": body, "channel": channel, "evidence": evidence,
            "quoted": quoted, "submission_key": submission_key, "receipt": receipt, "now": now,
        }  # fmt: skip
        goes_on = goes_on_in(ticket)
        if goes_on is not None:
            return first_words_of(goes_on, contact, submission_key) or reply_as_customer(goes_on, **said)
        if now > reopens_until(ticket):
            return follow(ticket, **said)
    message = _write(
        ticket,
        Message.Side.CUSTOMER,
        body,
        now,
        contact=contact,
        author=by,
        channel=channel,
        quoted=quoted,
        key=submission_key,
    )
    attach(message, evidence)
    event = record(
        ticket, TicketEvent.Kind.CUSTOMER_WROTE, now=now, by=by, contact=contact, message=message, **about
    )
    if ticket.is_closed:
        reopen(ticket, by=by, contact=contact, message=message, now=now)
    if ticket.state == State.WAITING_CUSTOMER:
        ticket.state = next_state(State.WAITING_CUSTOMER, Act.CUSTOMER_ANSWERS)
        ticket.state_since = now
        resume_clocks(ticket, at=now, cause=event, now=now, reason=PauseReason.WAITING_CUSTOMER)
    count_as_reached(ticket, contact, at=now, cause=event, now=now)
    start_next_response(ticket, at=now, cause=event, now=now)
    ticket.customer_waits_since = ticket.customer_waits_since or now
    save(ticket, by=by, reason="customer wrote")
    enqueue(notifications.customer_wrote(ticket, message, kind=mail), now=now)
    return message


@transaction.atomic
def answer_customer(
    ticket: Ticket,
    *,
    by: User,
    body: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Message:
    """A public answer by a person of support; the first one stops the response clock (RSP-1 to RSP-3)."""
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    message = write_as_support(ticket, by=by, body=body, now=now, evidence=evidence, key=submission_key)
    save(ticket, by=by, reason="support answered")
    enqueue(notifications.support_wrote(ticket, message), now=now)
    return message


@transaction.atomic
def write_note(
    ticket: Ticket,
    *,
    by: User,
    body: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Message:
    """A note that only Lynn's people read. It stops no clock and tells nobody."""
    if not by.has_perm("tickets.write_internal_note"):
        raise Refused(_("Only support writes internal notes."), rule="INT-3")
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    _require_text(body, evidence)
    message = _write(ticket, Message.Side.SUPPORT, body, now, author=by, is_internal=True, key=submission_key)
    attach(message, evidence)
    record(ticket, TicketEvent.Kind.NOTE_WRITTEN, now=now, by=by, message=message)
    save(ticket, by=by, reason="internal note")
    return message


@transaction.atomic
def record_call(
    ticket: Ticket,
    *,
    by: User,
    contact: Contact,
    called_at: datetime,
    summary: str,
    now: datetime,
    submission_key: UUID | None = None,
) -> Message:
    """A call with the customer, put on record with the time it took place.

    It is an answer by support and stops the response clock at the time of the call (RSP-1, RSP-4), and
    shows that the contact can be reached (CON-5). Raises Refused for a call in the future or before the
    ticket was registered.
    """
    if not by.has_perm("tickets.register_call"):
        raise Refused(_("Only the desk records calls."), rule="INT-1")
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    if called_at > now:
        raise Refused(_("The call lies in the future."), rule="INT-1", instead=_("Check date and time."))
    if called_at < ticket.registered_at:
        raise Refused(
            _("The call took place before the ticket was registered."),
            rule="INT-1",
            instead=_("Check date and time."),
        )
    if contact.partner_id != ticket.customer.partner_id:
        raise Refused(_("This contact belongs to another organisation."), rule="INT-5")
    _require_text(summary, ())
    message = _write(
        ticket, Message.Side.SUPPORT, summary, called_at, contact=contact, author=by,
        channel=Channel.TELEPHONE, key=submission_key,
    )  # fmt: skip
    event = record(
        ticket, TicketEvent.Kind.CALL_RECORDED, at=called_at, now=now, by=by, contact=contact, message=message
    )
    count_as_answer(ticket, at=called_at, cause=event, now=now)
    count_as_reached(ticket, contact, at=called_at, cause=event, now=now)
    save(ticket, by=by, reason="call recorded")
    return message


def write_as_support(
    ticket: Ticket,
    *,
    by: User,
    body: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    key: UUID | None = None,
) -> Message:
    """A public message of support on a ticket the caller holds and saves; it counts as an answer."""
    if not by.has_perm("tickets.answer_ticket"):
        raise Refused(_("Only support answers in the name of support."), rule="RSP-3")
    _require_text(body, evidence)
    if ticket.is_closed:
        raise Refused(_("This ticket is closed."), rule="CRP-3", instead=_("Reopen it before answering."))
    message = _write(ticket, Message.Side.SUPPORT, body, now, author=by, key=key)
    attach(message, evidence)
    event = record(ticket, TicketEvent.Kind.SUPPORT_ANSWERED, now=now, by=by, message=message)
    count_as_answer(ticket, at=now, cause=event, now=now)
    return message


def _write(
    ticket: Ticket,
    side: Message.Side,
    body: str,
    at: datetime,
    *,
    author: User | None,
    contact: Contact | None = None,
    channel: Channel = Channel.PORTAL,
    is_internal: bool = False,
    quoted: str = "",
    key: UUID | None = None,
) -> Message:
    message = Message.objects.create(
        ticket=ticket, side=side, is_internal=is_internal, author=author, contact=contact,
        channel=channel, body=body.strip(), quoted=quoted, at=at,
        submission_key=key,
    )  # fmt: skip
    if not is_internal:
        ticket.last_message_at = max(ticket.last_message_at, at)
    return message


def _require_text(body: str, evidence: Sequence[Upload]) -> None:
    if not body.strip() and not evidence:
        raise Refused(_("Write a text or attach a file."), rule="INT-3")


def sent_before(ticket: Ticket, submission_key: UUID | None) -> Message | None:
    """The message that the same form made when it was sent the first time."""
    if submission_key is None:
        return None
    return Message.objects.filter(ticket=ticket, submission_key=submission_key).first()
