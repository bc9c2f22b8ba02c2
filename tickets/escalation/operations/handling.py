"""The executive's acts, or their deputy's, on what was escalated to them (ESC-8).

Each is one operation: the same form sent twice does it once, the partner is told, and who acted for whom is
on record. `seen` is the last step that the page had shown.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.escalation import notifications
from tickets.escalation.domain.course import Step
from tickets.escalation.domain.eligibility import Level
from tickets.escalation.models import Escalation, EscalationStep
from tickets.escalation.queries import is_in_charge
from tickets.models import TicketEvent
from tickets.operations.record import record

from .record import done_before, held, refuse_if_overtaken, take_step


def acknowledge(
    escalation: Escalation,
    *,
    by: User,
    now: datetime,
    words: str = "",
    seen: int | None = None,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """The executive has taken it on; the time to acknowledge is kept."""
    return _act(escalation, Step.ACKNOWLEDGE, by=by, words=words, now=now, seen=seen, key=submission_key)


def comment(
    escalation: Escalation,
    *,
    by: User,
    words: str,
    now: datetime,
    is_internal: bool = False,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """A word to the partner, or among Lynn's people. It stops no clock: support's answers do."""
    _require_words(words, _("Write the comment."))
    return _act(
        escalation, Step.COMMENT, by=by, words=words, now=now, is_internal=is_internal, key=submission_key
    )


def ask_desk(
    escalation: Escalation,
    *,
    by: User,
    words: str,
    now: datetime,
    seen: int | None = None,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """A question to the case owner or the desk; the partner sees that it was asked, not its words."""
    _require_words(words, _("Write what the desk should answer."))
    return _act(
        escalation,
        Step.ASK_DESK,
        by=by,
        words=words,
        now=now,
        is_internal=True,
        seen=seen,
        key=submission_key,
    )


def resolve(
    escalation: Escalation,
    *,
    by: User,
    words: str,
    now: datetime,
    seen: int | None = None,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """Settled, with what was done about it."""
    _require_words(words, _("Say what was done: the partner reads it."))
    return _act(escalation, Step.RESOLVE, by=by, words=words, now=now, seen=seen, key=submission_key)


def return_escalation(
    escalation: Escalation,
    *,
    by: User,
    words: str,
    now: datetime,
    seen: int | None = None,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """Not taken on, with the reason."""
    _require_words(words, _("Say why you return it: the partner reads it."))
    return _act(escalation, Step.RETURN, by=by, words=words, now=now, seen=seen, key=submission_key)


@transaction.atomic
def _act(
    escalation: Escalation,
    step: Step,
    *,
    by: User,
    words: str,
    now: datetime,
    key: UUID | None,
    is_internal: bool = False,
    seen: int | None = None,
) -> EscalationStep:
    escalation = held(escalation)
    before = done_before(escalation, key)
    if before:
        return before
    executive = _require_in_charge(escalation, by, now)
    refuse_if_overtaken(escalation, by=by, seen=seen)
    taken = take_step(
        escalation,
        step,
        now=now,
        by=by,
        on_behalf_of=executive if executive.pk != by.pk else None,
        words=words,
        is_internal=is_internal,
        submission_key=key,
    )
    if step is Step.COMMENT and is_internal:
        return taken
    record(
        escalation.ticket,
        TicketEvent.Kind.EXECUTIVE_ACTED,
        now=now,
        by=by,
        reason="" if is_internal else taken.words,
        step=str(step),
    )
    if step is Step.ASK_DESK:
        enqueue(notifications.desk_asked(taken), now=now)
    enqueue(notifications.stepped(taken), now=now)
    return taken


def _require_in_charge(escalation: Escalation, by: User, now: datetime) -> User:
    """The executive in whose name `by` acts. Raises Refused for anybody else and for the desk's levels."""
    partner = escalation.ticket.customer.partner
    if escalation.level != Level.EXECUTIVE:
        raise Refused(_("The desk attends the escalations of this level."), rule="ESC-8")
    if not (by.has_perm("escalation.handle") and is_in_charge(by, partner, now)):
        raise Refused(
            _("The partner's commercial executive does this, or who stands in for them."), rule="ESC-8"
        )
    return partner.executive


def _require_words(words: str, sentence: object) -> None:
    if not words.strip():
        raise Refused(sentence, rule="ESC-8")
