"""The desk's part: escalations that came by telephone or by mail, and its answers (ESC-1, ESC-3, ESC-8)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets import operations as ticket_operations
from tickets.domain.intake import Channel
from tickets.escalation import notifications
from tickets.escalation.domain.course import Stage, Step
from tickets.escalation.domain.eligibility import Ground, Level, Request
from tickets.escalation.models import Escalation, EscalationStep
from tickets.escalation.queries import in_charge
from tickets.models import Ticket
from tickets.operations.record import locked

from .raising import store
from .record import done_before, held, require_eligible, sent_before, take_step


@transaction.atomic
def record_call(
    ticket: Ticket,
    *,
    by: User,
    contact: Contact,
    called_at: datetime,
    summary: str,
    impact: str,
    now: datetime,
    submission_key: UUID | None = None,
) -> Escalation:
    """Level 3: a call that escalates a severity 1 whose response time had passed unanswered at `called_at`.

    The call itself is an answer by support (RSP-1); a breach from before it stays. Raises Refused as
    `eligibility.judge` says of that moment.
    """
    _require_desk(by, "ESC-3")
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    if called_at > now:
        raise Refused(_("The call lies in the future."), rule="ESC-3", instead=_("Check date and time."))
    request = Request(Level.TELEPHONE, Ground.NO_RESPONSE, summary, impact)
    verdict = require_eligible(ticket, request, contact=contact, at=called_at)
    ticket_operations.record_call(
        ticket,
        by=by,
        contact=contact,
        called_at=called_at,
        summary=summary,
        now=now,
        submission_key=submission_key,
    )
    escalation = store(
        ticket, request, rule=verdict.rule, contact=contact, by=by, at=called_at, now=now,
        submission_key=submission_key, channel=Channel.TELEPHONE,
    )  # fmt: skip
    enqueue(notifications.called(escalation), now=now)
    return escalation


@transaction.atomic
def record_mail(
    ticket: Ticket,
    *,
    by: User,
    contact: Contact,
    description: str,
    impact: str,
    now: datetime,
    submission_key: UUID | None = None,
) -> Escalation:
    """Level 1 that was asked for in a mail, which is on the ticket already (ESC-1)."""
    _require_desk(by, "ESC-1")
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    request = Request(Level.DESK, Ground.NOT_SATISFIED, description, impact)
    verdict = require_eligible(ticket, request, contact=contact, at=now)
    if not ticket.is_escalated:
        ticket = ticket_operations.escalate(ticket, by=by, contact=contact, now=now)
    escalation = store(
        ticket, request, rule=verdict.rule, contact=contact, by=by, at=now, now=now,
        submission_key=submission_key, channel=Channel.EMAIL,
    )  # fmt: skip
    enqueue(notifications.stepped(escalation.steps.get(step=Step.RAISE)), now=now)
    return escalation


@transaction.atomic
def answer_at_desk(
    escalation: Escalation,
    *,
    by: User,
    words: str,
    now: datetime,
    settles: bool = False,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """What the desk answers: to the customer on its own levels, to the executive on level 2.

    On levels 1 and 3 it is a public answer of support on the ticket, which stops what clock waits for one;
    with `settles` it settles the escalation. To the executive it is internal.
    """
    _require_desk(by, "ESC-8")
    if not words.strip():
        raise Refused(_("Write the answer."), rule="ESC-8")
    escalation = held(escalation)
    before = done_before(escalation, submission_key)
    if before:
        return before
    options = {"by": by, "words": words, "now": now, "submission_key": submission_key}
    if escalation.level == Level.EXECUTIVE:
        taken = take_step(escalation, Step.DESK_ANSWERS, is_internal=True, **options)
        people = in_charge(escalation.ticket.customer.partner, now)
        enqueue(notifications.desk_answered(taken, people), now=now)
        return taken
    taken = take_step(escalation, _step_of_desk(escalation, settles=settles), **options)
    ticket_operations.answer_customer(
        escalation.ticket, by=by, body=words, now=now, submission_key=submission_key
    )
    return taken


def settle_closed(escalation: Escalation, *, at: datetime, now: datetime) -> EscalationStep:
    """The ticket has closed, and with it what the desk still had open. The caller holds the escalation."""
    return take_step(escalation, Step.RESOLVE, at=at, now=now, words=gettext("The ticket was closed."))


def _step_of_desk(escalation: Escalation, *, settles: bool) -> Step:
    if settles:
        return Step.RESOLVE
    return Step.ACKNOWLEDGE if escalation.stage == Stage.WAITING else Step.COMMENT


def _require_desk(by: User, rule: str) -> None:
    if not by.has_perm("escalation.answer"):
        raise Refused(_("Only the desk records and answers escalations."), rule=rule)
