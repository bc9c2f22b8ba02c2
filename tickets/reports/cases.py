"""The deadlines and the times of a span of months, as they were known at an instant.

Everything is read from events told by that instant, so that the report of a past month comes out the same
whenever it is asked for again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q

from lynnsupport.accounts.access import customer_scope
from lynnsupport.accounts.models import User
from lynnsupport.common.intervals import Interval
from sla.domain.readings import ClockState, Reading
from sla.domain.stopwatch import read
from sla.domain.targets import ClockKind
from sla.queries import calendar_of, domain_calendar
from tickets.domain.compliance import Judged, Verdict, judge
from tickets.models import SlaClock, StoredClockEvent, TicketEvent

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """One deadline. `spent` is the time counted until it was done, `elapsed` all of it; None if undone."""

    clock_id: int
    number: str
    kind: str
    severity: int
    partner: str
    customer: str
    owner: str
    verdict: Verdict
    at: datetime | None
    due_at: datetime | None
    done_at: datetime | None
    overdue: timedelta | None
    spent: timedelta | None
    elapsed: timedelta | None


def cases(reader: User, span: Interval, *, told_by: datetime) -> list[Case]:
    """The deadlines that `reader` may see and that belong to `span`, and those still open in it.

    Three queries for each thousand clocks.
    """
    told = Prefetch("events", StoredClockEvent.objects.filter(recorded_at__lte=told_by).order_by("sequence"))
    clocks = (
        SlaClock.objects.filter(customer_scope(reader, "ticket__customer__"))
        .filter(_may_belong(span, told_by))
        .select_related("ticket__customer__partner", "ticket__owner", "calendar_version")
        .defer("calendar_version__definition", "ticket__search_text", "ticket__description")
        .prefetch_related(told)
        .order_by("id")
    )
    found = (_case(clock, span, told_by) for clock in clocks.iterator(chunk_size=BATCH))
    return [case for case in found if case is not None]


def _may_belong(span: Interval, told_by: datetime) -> Q:
    """What is stored now says where a clock belongs, unless something was told of it after `told_by`."""
    later = StoredClockEvent.objects.filter(clock=OuterRef("pk"), recorded_at__gt=told_by)
    since = span.start
    return Q(started_at__lt=span.end) & (
        Q(state__in=[ClockState.RUNNING, ClockState.PAUSED])
        | Q(stopped_at__gte=since)
        | Q(due_at__gte=since)
        | Q(excused_since__gte=since)
        | Exists(later)
    )


def _case(clock: SlaClock, span: Interval, told_by: datetime) -> Case | None:
    events = clock.domain_events()
    if not events:
        return None  # it began after the report
    shown = read(events, domain_calendar(clock.calendar_version), told_by, calendar_of=calendar_of)
    judged = judge(shown)
    if judged is None or not _belongs(judged, shown, span):
        return None
    ticket, done_at = clock.ticket, shown.stopped_at
    return Case(
        clock_id=clock.pk,
        number=ticket.number,
        kind=clock.kind,
        severity=shown.target.severity,
        partner=ticket.customer.partner.name,
        customer=ticket.customer.name,
        owner=ticket.owner.name if ticket.owner else "",
        verdict=judged.verdict,
        at=judged.at,
        due_at=shown.due_at,
        done_at=done_at,
        overdue=_overdue(shown, told_by) if judged.verdict in (Verdict.LATE, Verdict.MISSED) else None,
        spent=shown.consumed if done_at else None,
        elapsed=done_at - shown.started_at if done_at else None,
    )


def _belongs(judged: Judged, shown: Reading, span: Interval) -> bool:
    if judged.at is None:
        return shown.started_at < span.end  # type: ignore[operator]
    return span.start <= judged.at < span.end  # type: ignore[operator]


def _overdue(shown: Reading, told_by: datetime) -> timedelta:
    """By how much of the time that the deadline counts in it was late, or has been so far."""
    return shown.deciding.measure.between(shown.due_at, shown.stopped_at or told_by)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Solved:
    """A ticket whose root cause was removed: measured without a target, from the escalation on."""

    number: str
    at: datetime
    elapsed: timedelta
    spent: timedelta


def resolutions(reader: User, span: Interval, *, told_by: datetime) -> Iterator[Solved]:
    """The resolutions told by then whose moment lies in `span`; one query."""
    escalated = TicketEvent.objects.filter(
        ticket=OuterRef("ticket"), kind=TicketEvent.Kind.ESCALATED, recorded_at__lte=told_by
    )
    events = (
        TicketEvent.objects.filter(customer_scope(reader, "ticket__customer__"), Exists(escalated))
        .filter(kind=TicketEvent.Kind.RESOLVED, at__gte=span.start, at__lt=span.end, recorded_at__lte=told_by)
        .select_related("ticket__calendar_version")
        .defer("ticket__calendar_version__definition", "ticket__search_text", "ticket__description")
        .order_by("at", "id")
    )
    for event in events.iterator(chunk_size=BATCH):
        ticket = event.ticket
        start = ticket.escalated_at
        yield Solved(
            number=ticket.number,
            at=event.at,
            elapsed=event.at - start,
            spent=domain_calendar(ticket.calendar_version).between(start, event.at),
        )


RESPONSES = frozenset({ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE})
