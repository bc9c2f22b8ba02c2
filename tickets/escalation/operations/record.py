"""What the operations on escalations do alike: judge, hold, write a step down."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.refusal import Refused
from tickets.escalation.domain.course import (
    ACKNOWLEDGING,
    IllegalStep,
    Stage,
    Step,
    next_stage,
)
from tickets.escalation.domain.eligibility import Request, Verdict, judge
from tickets.escalation.models import Escalation, EscalationStep
from tickets.escalation.queries import case_of
from tickets.models import Ticket


def as_refusal(verdict: Verdict) -> Refused:
    """A refusal in the reader's words."""
    return Refused(
        gettext(verdict.reason),
        rule=verdict.rule,
        instead=gettext(verdict.instead) if verdict.instead else "",
        allowed_from=verdict.allowed_from,
    )


def require_eligible(ticket: Ticket, request: Request, *, contact: Contact, at: datetime) -> Verdict:
    """The verdict that allows it; Refused otherwise. The ticket is held by the caller."""
    verdict = judge(request, case_of(ticket, contact=contact, now=at), at)
    if not verdict.allowed:
        raise as_refusal(verdict)
    return verdict


def sent_before(ticket: Ticket, submission_key: UUID | None) -> Escalation | None:
    """The escalation that the same form made when it was sent the first time."""
    if submission_key is None:
        return None
    return Escalation.objects.filter(ticket=ticket, submission_key=submission_key).first()


def held(escalation: Escalation) -> Escalation:
    """The escalation as it is now, held until the transaction ends."""
    rows = Escalation.objects.select_for_update(of=("self",))
    return rows.select_related(
        "ticket__customer__partner__executive",
        "ticket__tenant",
        "ticket__owner",
        "ticket__reporter__user",
        "ticket__escalated_by__user",
        "contact__user",
        "executive",
    ).get(pk=escalation.pk)


def done_before(escalation: Escalation, submission_key: UUID | None) -> EscalationStep | None:
    """The step that the same form made when it was sent the first time."""
    if submission_key is None:
        return None
    return EscalationStep.objects.filter(escalation=escalation, submission_key=submission_key).first()


def take_step(
    escalation: Escalation,
    step: Step,
    *,
    now: datetime,
    at: datetime | None = None,
    by: User | None = None,
    contact: Contact | None = None,
    on_behalf_of: User | None = None,
    words: str = "",
    is_internal: bool = False,
    submission_key: UUID | None = None,
) -> EscalationStep:
    """Move a held escalation along its course and write the step down. Raises Refused off the course."""
    if step is not Step.RAISE:
        _move(escalation, step, at=at or now)
    return EscalationStep.objects.create(
        escalation=escalation,
        step=step,
        at=at or now,
        recorded_at=now,
        by=by,
        contact=contact,
        on_behalf_of=on_behalf_of,
        words=words.strip(),
        is_internal=is_internal,
        submission_key=submission_key,
    )


def _move(escalation: Escalation, step: Step, *, at: datetime) -> None:
    before = Stage(escalation.stage)
    try:
        after = next_stage(before, step)
    except IllegalStep:
        raise Refused(_off_course(escalation), rule="ESC-8", instead=_instead(before)) from None
    if after is not before:
        escalation.stage, escalation.stage_since = after, at
    if step in ACKNOWLEDGING and escalation.acknowledged_at is None:
        escalation.acknowledged_at, escalation.next_check_at = at, None
    if after in (Stage.RESOLVED, Stage.RETURNED):
        escalation.settled_at = at
    escalation.save()


def _off_course(escalation: Escalation) -> str:
    """What has happened instead, and by whom: whoever comes second is told of the first."""
    last = escalation.steps.exclude(step=Step.COMMENT).select_related("by", "contact").latest("pk")
    return gettext("It stands otherwise now: %(what)s, %(name)s.") % {
        "what": last.get_step_display().lower(),
        "name": last.actor_name or gettext("the portal"),
    }


def _instead(stage: Stage) -> object:
    if stage in (Stage.RESOLVED, Stage.RETURNED):
        return _("If it has to go on, the partner escalates again.")
    return _("Look at what stands there now.")


def refuse_if_overtaken(escalation: Escalation, *, by: User, seen: int | None) -> None:
    """Two people at once: nothing is decided over a step that its author has not seen.

    `seen` is the number of the last step that the page showed; None where no page stands behind it.
    """
    if seen is None:
        return
    ahead = escalation.steps.filter(pk__gt=seen).exclude(by=by).exclude(step=Step.LATE)
    last = ahead.select_related("by", "contact").order_by("pk").last()
    if last is not None:
        raise Refused(
            _("%(name)s was faster: %(what)s.")
            % {"name": last.actor_name, "what": last.get_step_display().lower()},
            rule="ESC-8",
            instead=_("Look at what stands there now; if you still want it, send it again."),
        )
