"""The ticket moves on: owner, questions, third parties, restoration, solution, closing.

Each function takes the ticket, checks the transition table, writes the event, moves the clocks and tells
those concerned, in one transaction. IllegalTransition means that the act does not exist in this state.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.stopwatch import PauseReason
from sla.domain.targets import RESTORATION_KINDS
from tickets import notifications
from tickets.conditions import step
from tickets.domain.lifecycle import (
    CLOSE_REASONS,
    TERM_CLOSES,
    Act,
    CloseReason,
    IllegalTransition,
    State,
)
from tickets.evidence import Upload, attach
from tickets.models import Message, Ticket, TicketEvent

from .clocks import cancel_clocks, pause_clocks, reopen_clocks, resume_clocks, stop_clocks
from .conversation import sent_before, write_as_support
from .record import locked, record, save
from .reopening import reopens_until
from .responses import start_next_response


@transaction.atomic
def assign(ticket: Ticket, *, by: User, owner: User | None, now: datetime, reason: str = "") -> Ticket:
    """Decide who owns the ticket; None puts it back to the desk. Assigning it as it is changes nothing."""
    if not by.has_perm("tickets.assign_ticket"):
        raise Refused(_("Only support assigns tickets."), rule="RST-8")
    if owner and not (owner.is_active and owner.has_perm("tickets.answer_ticket")):
        raise Refused(_("%(person)s cannot own tickets.") % {"person": owner}, rule="RST-8")
    ticket = locked(ticket)
    if ticket.owner == owner:
        return ticket
    before, ticket.owner = ticket.owner, owner
    event = record(
        ticket, TicketEvent.Kind.ASSIGNED, now=now, by=by, reason=reason,
        before=before.name if before else "", after=owner.name if owner else "",
    )  # fmt: skip
    save(ticket, by=by, reason=reason or "assigned")
    enqueue(notifications.assigned(ticket, event), now=now)
    return ticket


@transaction.atomic
def ask_customer(
    ticket: Ticket,
    *,
    by: User,
    question: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Message:
    """Ask for steps, tests or data; restoration pauses until the answer (COP-1, RST-6).

    The same key gives the same message.
    """
    _require_desk(by)
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    after = step(ticket, Act.ASK_CUSTOMER, now)
    message = write_as_support(ticket, by=by, body=question, now=now, evidence=evidence, key=submission_key)
    event = _move(ticket, after, by=by, at=now, now=now, message=message)
    pause_clocks(ticket, PauseReason.WAITING_CUSTOMER, at=now, cause=event, now=now)
    save(ticket, by=by, reason="asked the customer")
    enqueue(notifications.support_wrote(ticket, message, kind="question_asked"), now=now)
    return message


@transaction.atomic
def withdraw_question(ticket: Ticket, *, by: User, reason: str, now: datetime) -> Ticket:
    """Support no longer needs the answer; restoration goes on from now."""
    return _resume(ticket, Act.WITHDRAW_QUESTION, PauseReason.WAITING_CUSTOMER, by=by, reason=reason, now=now)


@transaction.atomic
def wait_for_provider(ticket: Ticket, *, by: User, reason: str, now: datetime) -> Ticket:
    """A third party is at work; restoration pauses, with the finding on record (EXC-1, RST-6)."""
    _require_desk(by)
    _require_reason(reason, _("Say which third party, and what you found."), "EXC-1")
    ticket = locked(ticket)
    after = step(ticket, Act.WAIT_FOR_PROVIDER, now)
    event = _move(ticket, after, by=by, at=now, now=now, reason=reason)
    pause_clocks(ticket, PauseReason.THIRD_PARTY, at=now, cause=event, now=now)
    save(ticket, by=by, reason=reason)
    enqueue(notifications.moved(ticket, event, kind="waiting_provider"), now=now)
    return ticket


@transaction.atomic
def provider_answered(ticket: Ticket, *, by: User, reason: str, now: datetime) -> Ticket:
    """The third party is done; restoration goes on from now."""
    return _resume(ticket, Act.PROVIDER_ANSWERS, PauseReason.THIRD_PARTY, by=by, reason=reason, now=now)


@transaction.atomic
def record_restoration(ticket: Ticket, *, by: User, now: datetime, at: datetime | None = None) -> Ticket:
    """The service works again; the restoration clocks stop at `at` (RST-1 to RST-3)."""
    _require_desk(by)
    ticket = locked(ticket)
    at = _past_instant(ticket, at or now, now)
    if not ticket.is_escalated:
        raise Refused(
            _("No clock runs before a designated contact escalates the ticket."),
            rule="CON-2",
            instead=_("Write it in an answer: whoever escalates the ticket reads it."),
        )
    if ticket.restored_at is not None:
        raise Refused(_("The restoration is already on record."), rule="RST-1")
    _refuse_before_reopening(ticket, at)
    ticket.restored_at = at
    event = record(ticket, TicketEvent.Kind.RESTORED, at=at, now=now, by=by)
    ticket.contact_unreachable_since = None
    stop_clocks(ticket, RESTORATION_KINDS, at=at, cause=event, now=now)
    save(ticket, by=by, reason="restored")
    enqueue(notifications.moved(ticket, event, kind="service_restored"), now=now)
    return ticket


@transaction.atomic
def record_resolution(ticket: Ticket, *, by: User, now: datetime, at: datetime | None = None) -> Ticket:
    """The root cause is gone. Recorded and reported; it has no target."""
    _require_desk(by)
    ticket = locked(ticket)
    at = _past_instant(ticket, at or now, now)
    if ticket.resolved_at is not None:
        raise Refused(_("The resolution is already on record."), rule="RST-1")
    ticket.resolved_at = at
    record(ticket, TicketEvent.Kind.RESOLVED, at=at, now=now, by=by)
    save(ticket, by=by, reason="resolved")
    return ticket


@transaction.atomic
def propose_solution(
    ticket: Ticket,
    *,
    by: User,
    body: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Message:
    """Tell the customer what solves the case; if nobody had noted the restoration, it is noted now.

    The same key gives the same message.
    """
    _require_desk(by)
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    after = step(ticket, Act.PROPOSE_SOLUTION, now)
    message = write_as_support(ticket, by=by, body=body, now=now, evidence=evidence, key=submission_key)
    event = _move(ticket, after, by=by, at=now, now=now, message=message)
    resume_clocks(ticket, at=now, cause=event, now=now)
    ticket.contact_unreachable_since = None
    if ticket.restored_at is None:
        ticket.restored_at = now
        restored = record(ticket, TicketEvent.Kind.RESTORED, now=now, by=by)
        stop_clocks(ticket, RESTORATION_KINDS, at=now, cause=restored, now=now)
    save(ticket, by=by, reason="solution proposed")
    enqueue(notifications.support_wrote(ticket, message, kind="solution_proposed"), now=now)
    return message


@transaction.atomic
def accept_solution(ticket: Ticket, *, by: User, now: datetime) -> Ticket:
    """The customer accepts: the ticket closes. Accepting it twice is accepting it once."""
    _require_customer_side(by)
    ticket = locked(ticket)
    if ticket.is_closed and ticket.close_reason == CloseReason.ACCEPTED:
        return ticket
    after = step(ticket, Act.ACCEPT_SOLUTION, now)
    ticket.close_reason = CloseReason.ACCEPTED
    event = _move(ticket, after, by=by, at=now, now=now)
    save(ticket, by=by, reason="solution accepted")
    enqueue(notifications.closed(ticket, event, reopens_until=reopens_until(ticket)), now=now)
    return ticket


@transaction.atomic
def reject_solution(
    ticket: Ticket,
    *,
    by: User,
    reason: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Message:
    """The problem is still there: the ticket opens again with the customer's words, restoration goes on.

    The same key gives the same message.
    """
    _require_customer_side(by)
    _require_reason(reason, _("Say what still fails."), "CRP-2")
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    contact = contact_of(by)
    after = step(ticket, Act.REJECT_SOLUTION, now)
    message = Message.objects.create(
        ticket=ticket,
        side=Message.Side.CUSTOMER,
        contact=contact,
        author=by,
        channel="portal",
        body=reason.strip(),
        at=now,
        submission_key=submission_key,
    )
    attach(message, evidence)
    event = _move(ticket, after, by=by, at=now, now=now, message=message)
    ticket.restored_at = None
    reopen_clocks(ticket, RESTORATION_KINDS, at=now, cause=event, now=now)
    start_next_response(ticket, at=now, cause=event, now=now)
    ticket.last_message_at = ticket.customer_waits_since = now
    save(ticket, by=by, reason="solution rejected")
    enqueue(notifications.customer_wrote(ticket, message), now=now)
    return message


@transaction.atomic
def close_ticket(ticket: Ticket, *, by: User, reason: CloseReason, words: str, now: datetime) -> Ticket:
    """Close without the customer's acceptance, for a reason that this state allows."""
    _require_desk(by)
    _require_reason(words, _("Say why: the customer reads it."), "CRP-3")
    ticket = locked(ticket)
    after = step(ticket, Act.CLOSE, now)
    allowed = CLOSE_REASONS[State(ticket.state)]
    if reason not in allowed:
        raise Refused(_("A ticket in this state cannot be closed for that reason."), rule="CRP-3")
    return _close(ticket, after, by=by, reason=reason, words=words, at=now, now=now)


@transaction.atomic
def close_unanswered(ticket: Ticket, *, at: datetime, now: datetime) -> Ticket:
    """The customer's term ended at `at` without an answer: nobody closes the case, the agreement does.

    The caller has counted the term (CRP-1, CRP-2). Raises IllegalTransition where none runs, and Refused
    while support owes an answer (CRP-3) and for an instant outside of the present wait.
    """
    ticket = locked(ticket)
    after = step(ticket, Act.CLOSE, now)
    reason = TERM_CLOSES.get(State(ticket.state))
    if reason is None:
        raise IllegalTransition(State(ticket.state), Act.CLOSE)
    if ticket.customer_waits_since is not None:
        raise Refused(_("Support owes an answer: the case does not close."), rule="CRP-3")
    if not ticket.state_since < at <= now:
        raise Refused(_("The customer's term has not ended."), rule="CRP-1", allowed_from=at)
    return _close(ticket, after, by=None, reason=reason, words="", at=at, now=now)


def _close(
    ticket: Ticket,
    after: State,
    *,
    by: User | None,
    reason: CloseReason,
    words: str,
    at: datetime,
    now: datetime,
) -> Ticket:
    ticket.close_reason = reason
    event = _move(ticket, after, by=by, at=at, now=now, reason=words)
    ticket.contact_unreachable_since = ticket.severity_disputed_at = None
    cancel_clocks(ticket, at=at, cause=event, now=now)
    save(ticket, by=by, reason=words or str(reason))
    enqueue(notifications.closed(ticket, event, reopens_until=reopens_until(ticket)), now=now)
    return ticket


def _resume(
    ticket: Ticket, act: Act, waited_for: PauseReason, *, by: User, reason: str, now: datetime
) -> Ticket:
    _require_desk(by)
    ticket = locked(ticket)
    after = step(ticket, act, now)
    event = _move(ticket, after, by=by, at=now, now=now, reason=reason)
    resume_clocks(ticket, at=now, cause=event, now=now, reason=waited_for)
    save(ticket, by=by, reason=reason or str(act))
    return ticket


def _move(
    ticket: Ticket,
    after: State,
    *,
    by: User | None,
    at: datetime,
    now: datetime,
    reason: str = "",
    message: Message | None = None,
) -> TicketEvent:
    """Put the ticket in its next state and write that down. The caller saves the ticket."""
    before, ticket.state, ticket.state_since = ticket.state, after, at
    ticket.closed_at = at if after is State.CLOSED else None
    return record(
        ticket, TicketEvent.Kind.STATE_CHANGED, at=at, now=now, by=by, contact=contact_of(by) if by else None,
        message=message, reason=reason, before=before, after=after,
    )  # fmt: skip


def _past_instant(ticket: Ticket, at: datetime, now: datetime) -> datetime:
    if at > now:
        raise Refused(_("That moment lies in the future."), rule="RST-1", instead=_("Check date and time."))
    if at < (ticket.escalated_at or ticket.registered_at):
        raise Refused(
            _("That moment lies before the ticket's clocks started."),
            rule="RST-1",
            instead=_("Check date and time."),
        )
    return at


def _refuse_before_reopening(ticket: Ticket, at: datetime) -> None:
    """What was done before the customer found it still failing did not restore the service."""
    moves = ticket.events.filter(kind=TicketEvent.Kind.STATE_CHANGED, at__gt=at)
    if moves.filter(data__before=State.SOLUTION_PROPOSED, data__after=State.OPEN).exists():
        raise Refused(
            _("The customer found it still failing after that moment."),
            rule="CRP-2",
            instead=_("Write when the service came back after that."),
        )


def _require_desk(by: User) -> None:
    if not by.has_perm("tickets.change_state"):
        raise Refused(_("Only a support engineer moves a ticket."), rule="SEV-4")


def _require_customer_side(by: User) -> None:
    if not by.has_perm("tickets.reply_as_customer"):
        raise Refused(_("Only the customer's side says whether a solution works."), rule="CRP-2")


def _require_reason(text: str, sentence: str, rule: str) -> None:
    if not text.strip():
        raise Refused(sentence, rule=rule)
