"""Who may escalate what, when, and why not (ESC-1 to ESC-8): one pure question, `judge`.

Every answer carries the rule behind it and a reason; a refusal also the moment from which the same request
would be allowed, where there is one, and the right way now. Sentences are msgids: they are translated where
they are shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from lynnsupport.accounts.domain.roles import gettext_noop as _
from sla.domain.targets import RESPONSE_KINDS, ClockKind
from tickets.domain.lifecycle import State


class Level(IntEnum):
    DESK = 1  # ESC-1: the support desk, by portal or mail
    EXECUTIVE = 2  # ESC-2: the partner's commercial executive, by mail
    TELEPHONE = 3  # ESC-3: the desk's telephone


class Ground(StrEnum):
    """Why somebody wants to escalate."""

    NOT_SATISFIED = "not_satisfied"  # ESC-1, ESC-2: with the care so far
    NO_RESPONSE = "no_response"  # ESC-3, ESC-7: the case was not updated in the declared times
    RCA_REQUESTED = "rca_requested"  # ESC-4
    URGENCY_CHANGED = "urgency_changed"  # ESC-5
    IMPACT_CHANGED = "impact_changed"  # ESC-5


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `level` is 1, 2 or 3; `description` and `impact` are the requester's words."""

    level: int
    ground: Ground = Ground.NOT_SATISFIED
    description: str = ""
    impact: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise on the case. `due_at` is None while it stands still; `stopped_at` is when it was answered
    or done; an excused clock promises nothing (EXC)."""

    kind: ClockKind
    due_at: datetime | None
    stopped_at: datetime | None = None
    is_excused: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """The ticket as the rules see it. Instants are aware.

    `clocks` are read at the moment of the question, whoever has noticed a breach. `level` is the highest
    level raised so far (0: none), since `level_at`; `open_levels` are those that are not settled yet.
    `rca_due_at` is the end of the fifth business day after restoration, None before it; `no_target_rule`
    says by which rule no target applies, such as EXC-2. `is_designated` is about who asks (CON-1).
    """

    severity: int = 3
    state: State = State.OPEN
    escalated_at: datetime | None = None
    restored_at: datetime | None = None
    clocks: Sequence[Clock] = ()
    level: int = 0
    level_at: datetime | None = None
    open_levels: Collection[int] = ()
    rca_due_at: datetime | None = None
    rca_delivered_at: datetime | None = None
    no_target_rule: str = ""
    is_partner_approved: bool = True
    is_designated: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `allowed_from` and `instead` are for refusals: from when on this reason no longer stands,
    and the right way now."""

    allowed: bool
    rule: str
    reason: str
    allowed_from: datetime | None = None
    instead: str | None = None


CHANGES = frozenset({Ground.URGENCY_CHANGED, Ground.IMPACT_CHANGED})
# ESC-7 speaks of what was promised to the customer; the goal of RST-1 is support's own.
DECLARED_KINDS = RESPONSE_KINDS | {ClockKind.RESTORATION}
# By SEV-1 their impact is critical or high; of severity 3 the requester says what it costs the business.
SIGNIFICANT_SEVERITIES = frozenset({1, 2})

_ASK_PRIORITY = _("Ask for a change of priority: the case owner discusses it with you and decides (ESC-6).")
_LEVEL_ONE_FIRST = _("Escalate to the support desk first (level 1); from then on this way is open.")
_SAY_DISSATISFIED = _("Level 1 has been raised: if you are not satisfied with it, say so as the ground.")
_WRITE = _("Write on the ticket, or escalate to the support desk (level 1).")


def judge(request: Request, case: Case, now: datetime) -> Verdict:
    """Whether `request` may be made about `case` at `now`, and why (ESC-1 to ESC-7).

    At its very deadline a term has passed, unless an answer came by then (RST-7): from `allowed_from` on,
    that instant included, the refusal no longer stands. ValueError for a naive instant or an unknown level.
    """
    _require_aware(now, case)
    level = Level(request.level)
    refusal = _out_of_reach(case) or _no_ground(request, case, now) or _not_yet_with_support(level, case)
    if refusal is not None:
        return refusal
    with_executive = level is Level.DESK and Level.EXECUTIVE in case.open_levels
    if level in case.open_levels or with_executive:
        return _raised_already(Level.EXECUTIVE if with_executive else level)
    return _JUDGES[level](request, case, now)


def ways(case: Case, now: datetime, ground: Ground = Ground.NOT_SATISFIED) -> Mapping[Level, Verdict]:
    """Each level's verdict before anything is typed: as if description and impact were given."""
    words = {"description": "…", "impact": "…"}
    return {level: judge(Request(level, ground, **words), case, now) for level in Level}


def suits(verdict: Verdict) -> Ground:
    """The ground that a form begins with, by the rule that opened its way."""
    return Ground.NO_RESPONSE if verdict.rule in ("ESC-3", "ESC-7") else Ground.NOT_SATISFIED


def passed_at(clock: Clock, now: datetime) -> datetime | None:
    """The deadline, if it has passed by `now` without an answer in time (RST-7), whoever noticed."""
    if clock.is_excused or clock.due_at is None or clock.due_at > now:
        return None
    in_time = clock.stopped_at is not None and clock.stopped_at <= clock.due_at
    return None if in_time else clock.due_at


def _require_aware(now: datetime, case: Case) -> None:
    of_clocks = [at for clock in case.clocks for at in (clock.due_at, clock.stopped_at)]
    instants = [now, case.escalated_at, case.restored_at, case.level_at, case.rca_due_at, *of_clocks]
    if any(at is not None and at.tzinfo is None for at in instants):
        raise ValueError("an instant without a time zone can be any of many")


def _out_of_reach(case: Case) -> Verdict | None:
    if not case.is_partner_approved:  # SUP-4
        return _refused(
            "SUP-4",
            _("Only commercially approved partners are attended."),
            instead=_("Speak to your commercial executive about the approval."),
        )
    if case.state == State.CLOSED:
        return _refused(
            "CRP-3",
            _("The ticket is closed."),
            instead=_("If the problem is back, answer on the ticket or open a new one that names it."),
        )
    return None


def _no_ground(request: Request, case: Case, now: datetime) -> Verdict | None:
    if request.ground in CHANGES:  # ESC-5
        return _refused(
            "ESC-5", _("A changed urgency or impact is no ground to escalate."), instead=_ASK_PRIORITY
        )
    return _rca_not_late(case, now) if request.ground == Ground.RCA_REQUESTED else None


def _rca_not_late(case: Case, now: datetime) -> Verdict | None:
    """ESC-4: its five business days come first."""
    if case.no_target_rule == "EXC-2":
        return _refused(
            "EXC-2",
            _("For a feature in preview no root cause analysis is owed."),
            instead=_("Ask in a reply what is known about the cause."),
        )
    if case.rca_delivered_at is not None and case.rca_delivered_at <= now:
        return _refused(
            "ESC-4",
            _("The analysis of the cause has been delivered."),
            instead=_("Write on the ticket what it leaves open."),
        )
    if case.rca_due_at is None:
        return _refused(
            "ESC-4",
            _("The five business days for the analysis of the cause begin when the service is restored."),
            instead=_("Ask in a reply what is known so far."),
        )
    if now < case.rca_due_at:
        return _refused(
            "ESC-4",
            _("Asking for the analysis of the cause is no ground before its five business days have passed."),
            allowed_from=case.rca_due_at,
            instead=_("Wait for it until then, or ask in a reply what is known so far."),
        )
    return None


def _not_yet_with_support(level: Level, case: Case) -> Verdict | None:
    """CON-2: nothing runs before a designated contact escalates the ticket, which level 1 then does."""
    if case.escalated_at is not None or (level is Level.DESK and case.is_designated):
        return None
    instead = _LEVEL_ONE_FIRST if case.is_designated else _("Ask a designated contact to escalate it.")
    return _refused(
        "CON-2",
        _("No designated contact has escalated this ticket to support yet, so its clocks do not run."),
        instead=instead,
    )


def _raised_already(open_level: Level) -> Verdict:
    reasons = {
        Level.DESK: _("The ticket is escalated to the support desk already, and it is being attended."),
        Level.EXECUTIVE: _("The ticket is escalated to the commercial executive already."),
        Level.TELEPHONE: _("The escalation by telephone is on record already, and it is being attended."),
    }
    return _refused(
        f"ESC-{int(open_level)}",
        reasons[open_level],
        instead=_("Add what is new in a reply on the ticket: whoever attends the escalation reads it."),
    )


def _to_desk(request: Request, case: Case, now: datetime) -> Verdict:
    """ESC-1: with a clear description and the business impact."""
    if not request.description.strip():
        return _refused(
            "ESC-1", _("The description is missing."), instead=_("Say clearly what happens and since when.")
        )
    if not request.impact.strip():
        return _refused(
            "ESC-1",
            _("The business impact is missing."),
            instead=_("Say what the business cannot do because of it."),
        )
    return Verdict(True, "ESC-1", _("The support desk takes escalations at any time."))


def _to_executive(request: Request, case: Case, now: datetime) -> Verdict:
    """ESC-2 after level 1; ESC-7 straight away."""
    is_raised = case.level >= Level.DESK and (case.level_at is None or case.level_at <= now)
    if is_raised and request.ground != Ground.NO_RESPONSE:
        return Verdict(True, "ESC-2", _("Level 1 has been raised, and you are not satisfied."))
    overdue = _overdue(request, case, now, is_raised=is_raised)
    if overdue.allowed or request.ground == Ground.NO_RESPONSE:
        return overdue
    return _refused(
        "ESC-2",
        _("Level 1 comes first: the support desk has not been asked yet."),
        allowed_from=overdue.allowed_from,
        instead=_LEVEL_ONE_FIRST,
    )


def _overdue(request: Request, case: Case, now: datetime, *, is_raised: bool) -> Verdict:
    """ESC-7: not updated in the declared times, and causing significant business impact now."""
    clocks = [clock for clock in case.clocks if clock.kind in DECLARED_KINDS]
    is_significant = case.severity in SIGNIFICANT_SEVERITIES or bool(request.impact.strip())
    way_now = _SAY_DISSATISFIED if is_raised else _LEVEL_ONE_FIRST
    if case.restored_at is not None and case.restored_at <= now:
        reason = _("The service is restored, so the case causes no impact now.")
        return _refused("ESC-7", reason, instead=way_now)
    if not any(passed_at(clock, now) for clock in clocks):
        if case.no_target_rule and not any(_is_pending(clock) for clock in clocks):
            reason = _("No deadline applies to this ticket.")
            return _refused(case.no_target_rule, reason, instead=way_now)
        return _refused(
            "ESC-7",
            _("So far the case has been updated in the declared times."),
            allowed_from=_next_deadline(clocks) if is_significant else None,
            instead=way_now,
        )
    if not is_significant:
        return _refused(
            "ESC-7",
            _("A declared time has passed, yet no significant impact on the business is stated."),
            instead=_("State the impact, or escalate to the support desk (level 1)."),
        )
    return Verdict(
        True, "ESC-7", _("A declared time has passed, and the case causes a significant business impact.")
    )


def _by_telephone(request: Request, case: Case, now: datetime) -> Verdict:
    """ESC-3: severity 1, and a committed response time has passed unanswered."""
    if case.severity != 1:
        return _refused(
            "ESC-3", _("The telephone is for severity 1, and this ticket has another."), instead=_WRITE
        )
    clocks = [c for c in case.clocks if c.kind in RESPONSE_KINDS and c.stopped_at is None]
    if any(passed_at(clock, now) for clock in clocks):
        return Verdict(True, "ESC-3", _("A committed response time has passed unanswered."))
    if not any(_is_pending(clock) for clock in clocks) and case.no_target_rule:
        reason = _("No response time is committed for this ticket.")
        return _refused(case.no_target_rule, reason, instead=_WRITE)
    due = _next_deadline(clocks)
    if due is None:
        return _refused("ESC-3", _("Support has answered all that was written."), instead=_WRITE)
    return _refused(
        "ESC-3",
        _("The committed response time has not passed yet."),
        allowed_from=due,
        instead=_("For severity 1 you can call support as well while you wait (RSP-1)."),
    )


def _is_pending(clock: Clock) -> bool:
    return not clock.is_excused and clock.stopped_at is None


def _next_deadline(clocks: Iterable[Clock]) -> datetime | None:
    pending = (clock.due_at for clock in clocks if _is_pending(clock) and clock.due_at is not None)
    return min(pending, default=None)


def _refused(
    rule: str, reason: str, *, allowed_from: datetime | None = None, instead: str | None = None
) -> Verdict:
    return Verdict(False, rule, reason, allowed_from, instead)


_JUDGES = {Level.DESK: _to_desk, Level.EXECUTIVE: _to_executive, Level.TELEPHONE: _by_telephone}
