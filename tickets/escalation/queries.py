"""Reads over escalations: the case as the rules see it, what waits for whom, who is in charge."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case as Cases
from django.db.models import F, Prefetch, Q, QuerySet, Value, When

from lynnsupport.accounts.access import customer_scope
from lynnsupport.accounts.models import Contact, Deputy, Partner, User
from lynnsupport.accounts.queries import desk_leads, is_designated
from sla.domain.readings import ClockState
from sla.domain.targets import ClockKind, Unit
from sla.queries import calendar_version_for, domain_calendar, terms_of
from tickets.domain.lifecycle import State
from tickets.models import SlaClock, Ticket

from .domain.course import Stage, Step
from .domain.eligibility import Case, Clock, Level
from .models import Escalation, EscalationStep, PriorityRequest

# RCA-1, where no policy binds the ticket.
RCA_BUSINESS_DAYS = 5


def case_of(ticket: Ticket, *, contact: Contact | None, now: datetime) -> Case:
    """`ticket` as the rules of escalation see it at `now`, for `contact` who asks; at most five queries."""
    raised = list(ticket.escalations.order_by("raised_at").values_list("level", "raised_at", "settled_at"))
    highest = max((level for level, *_ in raised), default=0)
    clocks = list(ticket.clocks.all())
    rca = [clock for clock in clocks if clock.kind == ClockKind.RCA and clock.state != ClockState.CANCELLED]
    return Case(
        severity=ticket.severity,
        state=State(ticket.state),
        escalated_at=ticket.escalated_at,
        restored_at=ticket.restored_at,
        clocks=[_clock(clock) for clock in clocks if clock.kind != ClockKind.RCA and not _ended(clock)],
        level=highest,
        level_at=min((at for level, at, _ in raised if level == highest), default=None),
        open_levels=frozenset(level for level, _, settled_at in raised if settled_at is None),
        rca_due_at=rca[-1].due_at if rca else _rca_term(ticket),
        rca_delivered_at=rca[-1].stopped_at if rca else None,
        no_target_rule=ticket.no_target_rule,
        is_partner_approved=ticket.customer.partner.is_approved,
        is_designated=ticket.is_escalated or is_designated(contact, ticket.customer, now),
    )


def _clock(clock: SlaClock) -> Clock:
    is_excused = clock.state == ClockState.EXCUSED
    return Clock(ClockKind(clock.kind), clock.due_at, clock.stopped_at, is_excused)


def _ended(clock: SlaClock) -> bool:
    """Cancelled, without a breach from before: what it promised is not owed any more."""
    return clock.state == ClockState.CANCELLED and clock.breached_at is None


def _rca_term(ticket: Ticket) -> datetime | None:
    """ESC-4 where no clock of the analysis runs: the same business days after restoration."""
    if ticket.restored_at is None or ticket.calendar_version is None:
        return None
    days = RCA_BUSINESS_DAYS
    if ticket.policy_version is not None:
        target = terms_of(ticket.policy_version).target(ClockKind.RCA, 1)
        if target is not None and target.unit is Unit.BUSINESS_DAY_ENDS:
            days = target.amount
    return domain_calendar(ticket.calendar_version).end_of_business_day(ticket.restored_at, days)


def acknowledge_by(ticket: Ticket, now: datetime, *, minutes: int) -> datetime:
    """So many minutes of business time from `now`, in the calendar that binds the ticket."""
    version = ticket.calendar_version or calendar_version_for(ticket.tenant, now)
    return domain_calendar(version).add(now, timedelta(minutes=minutes))


# ---------- people ----------


def deputies_in_force(executive: User, at: datetime) -> list[User]:
    """Who stands in for `executive` at that moment and still has access."""
    found = Deputy.objects.filter(
        executive=executive, starts_at__lte=at, ends_at__gt=at, deputy__is_active=True
    )
    return [deputy.deputy for deputy in found.select_related("deputy").order_by("pk")]


def in_charge(partner: Partner, at: datetime) -> list[User]:
    """Who attends an escalation of `partner`: the executive and the deputies of that moment; the desk leads
    where nobody of them has access any more."""
    executive = [partner.executive] if partner.executive.is_active else []
    return [*executive, *deputies_in_force(partner.executive, at)] or list(desk_leads())


def is_in_charge(user: User, partner: Partner, at: datetime) -> bool:
    """Whether `user` is the partner's executive or stands in for them at that moment."""
    if user.pk == partner.executive_id:
        return True
    return any(deputy.pk == user.pk for deputy in deputies_in_force(partner.executive, at))


# ---------- escalations ----------

# What a row of the queue and the case's page name beside the escalation.
ROW_RELATIONS = (
    "ticket__customer__partner__executive",
    "ticket__tenant",
    "ticket__owner",
    "ticket__calendar_version",
    "contact",
    "executive",
)


def visible_to(user: User | AnonymousUser) -> QuerySet[Escalation]:
    return Escalation.objects.filter(customer_scope(user, "ticket__customer__"))


def queue_of(user: User | AnonymousUser) -> QuerySet[Escalation]:
    """ESC-8: what was escalated to the executive and is not settled; first what has to be acknowledged,
    by its due time, then what is being attended, the oldest first."""
    waits_first = Cases(When(stage=Stage.WAITING, then=Value(0)), default=Value(1))
    return (
        visible_to(user)
        .filter(level=Level.EXECUTIVE, settled_at__isnull=True)
        .select_related(*ROW_RELATIONS)
        .defer("ticket__calendar_version__definition")
        .order_by(waits_first, "acknowledge_by", "id")
    )


def settled_of(user: User | AnonymousUser, *, limit: int = 10) -> Sequence[Escalation]:
    """What was settled last."""
    settled = visible_to(user).filter(level=Level.EXECUTIVE, settled_at__isnull=False)
    return settled.select_related("ticket__customer__partner", "ticket__tenant").order_by("-settled_at")[
        :limit
    ]


def steps(*, with_internal: bool) -> Prefetch:
    """The steps of escalations in order; the customer's side sees that the desk was asked, not what."""
    found = EscalationStep.objects.select_related("by", "contact", "on_behalf_of").order_by("at", "id")
    if not with_internal:
        found = found.filter(Q(is_internal=False) | Q(step=Step.ASK_DESK))
    return Prefetch("steps", found, to_attr="course")


def of_ticket(ticket: Ticket, *, with_internal: bool) -> list[Escalation]:
    """Every escalation of a ticket with its `course`, the latest first; two queries at most."""
    found = ticket.escalations.select_related("contact", "executive").order_by("-raised_at", "-id")
    escalations = list(found.prefetch_related(steps(with_internal=with_internal)))
    if not with_internal:
        for step in (step for escalation in escalations for step in escalation.course):
            step.words, step.is_internal = ("" if step.is_internal else step.words), False
    return escalations


def open_at_desk() -> QuerySet[Escalation]:
    """What the desk has to see to: its own levels, and questions of the executives."""
    waits = Q(level__in=[Level.DESK, Level.TELEPHONE]) | Q(stage=Stage.WITH_DESK)
    return Escalation.objects.filter(waits, settled_at__isnull=True)


def open_priority_requests() -> QuerySet[PriorityRequest]:
    return PriorityRequest.objects.filter(decided_at__isnull=True)


def due_for_check(now: datetime) -> QuerySet[Escalation]:
    return Escalation.objects.filter(next_check_at__lte=now).order_by("next_check_at", "id")


def of_closed_tickets() -> QuerySet[Escalation]:
    """The desk's own that are still open though their ticket has closed."""
    desk = Escalation.objects.filter(
        level__in=[Level.DESK, Level.TELEPHONE], settled_at__isnull=True, ticket__state=State.CLOSED
    )
    return desk.annotate(closed_at=F("ticket__closed_at"))
