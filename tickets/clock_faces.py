"""A clock as people see it: its state, when it falls due and how much is left, at one instant.

Made from the stored clock alone, so that a list of many costs no query for each; a receipt reads the
events instead (`operations.reading`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import F, Max, Q, QuerySet

from lynnsupport.common.durations import MINUTE
from lynnsupport.common.prepared import prepared
from sla.domain.business_time import BusinessCalendar
from sla.domain.readings import ClockState
from sla.domain.targets import ELAPSED, TimeMeasure, Unit
from sla.models import GROUND_LABELS, PAUSE_LABELS, CalendarVersion
from sla.queries import domain_calendar

from .explanations import CLOCK_NAMES
from .models import ClockMilestone, SlaClock, Ticket

AT_RISK = "at_risk"
NO_TIME = timedelta()
_STANDS_STILL_FOR = dict(PAUSE_LABELS)
_EXCUSED_FOR = dict(GROUND_LABELS)


class ClockFace(NamedTuple):
    """`badge` is a state of the `clock_badge` component; `left` is negative once overdue.

    `left` is None where nothing is left to count: met, excused, cancelled, or without a deadline. It is cut
    to the whole minute towards zero, as it is told: within one minute a clock shows the same.
    `measure` is `business` or `elapsed`, as the `remaining` filter takes it. `detail` says why it stands
    still or is excused, and how much of a clock at risk is used. `id` is the clock's.
    """

    id: int
    kind: str
    name: str
    badge: str
    detail: str
    due_at: datetime | None
    left: timedelta | None
    measure: str
    stopped_at: datetime | None


def faces_of(ticket: Ticket, now: datetime) -> list[ClockFace]:
    """What every clock of one ticket shows at `now`, in reading order."""
    return _faces(_of_ticket(ticket.pk), now)[ticket.pk]


def faces_for_rows(tickets: Sequence[int], now: datetime) -> Mapping[int, list[ClockFace]]:
    """What the rows of these tickets show, by the tickets' ids (`SlaClockQuerySet.for_rows`)."""
    return _faces(_of_rows(list(tickets)), now)


def faces_by_ticket(clocks: QuerySet[SlaClock], now: datetime) -> Mapping[int, list[ClockFace]]:
    """What these clocks show at `now`, in their order, by the id of their ticket; one query for all."""
    return _faces(_as_values(clocks), now)


@prepared
def _of_ticket(ticket: int) -> QuerySet[SlaClock, tuple[Any, ...]]:
    return _as_values(SlaClock.objects.filter(ticket=ticket).in_reading_order())


@prepared
def _of_rows(tickets: list[int]) -> QuerySet[SlaClock, tuple[Any, ...]]:
    return _as_values(SlaClock.objects.filter(ticket__pk__in=tickets).for_rows())


def _as_values(clocks: QuerySet[SlaClock]) -> QuerySet[SlaClock, tuple[Any, ...]]:
    warned = Max("milestones__percent", filter=Q(milestones__percent__lt=ClockMilestone.BREACH))
    return clocks.annotate(warned=warned, calendar_digest=F("calendar_version__digest")).values_list(*_READ)


def _faces(read: Iterable[tuple[Any, ...]], now: datetime) -> Mapping[int, list[ClockFace]]:
    faces: dict[int, list[ClockFace]] = defaultdict(list)
    for ticket, pk, kind, unit, state, why, excuse, due_at, stopped_at, remaining, reached, digest in read:
        faces[ticket].append(
            _face(
                pk=pk,
                kind=kind,
                state=state,
                paused_for=why,
                excused_for=excuse,
                due_at=due_at,
                stopped_at=stopped_at,
                remaining=remaining,
                warned=reached or 0,
                measure=ELAPSED if unit == Unit.ELAPSED_MINUTES else _calendar(digest),
                now=now,
            )
        )
    return faces


_READ = (
    "ticket",
    "id",
    "kind",
    "unit",
    "state",
    "paused_for",
    "excused_for",
    "due_at",
    "stopped_at",
    "remaining",
    "warned",
    "calendar_digest",
)


@lru_cache(maxsize=256)
def _calendar(digest: str) -> BusinessCalendar:
    return domain_calendar(CalendarVersion(digest=digest))  # of which only the digest is asked for


def face_of(clock: SlaClock, now: datetime) -> ClockFace:
    """What `clock` shows at `now`. Reads its milestones and its calendar version: prefetch them."""
    reached = (milestone.percent for milestone in clock.milestones.all())
    return _face(
        pk=clock.pk,
        kind=clock.kind,
        state=clock.state,
        paused_for=clock.paused_for,
        excused_for=clock.excused_for,
        due_at=clock.due_at,
        stopped_at=clock.stopped_at,
        remaining=clock.remaining,
        warned=max((percent for percent in reached if percent < ClockMilestone.BREACH), default=0),
        measure=clock.target.measure(domain_calendar(clock.calendar_version)),
        now=now,
    )


def _face(
    *,
    pk: int,
    kind: str,
    state: str,
    paused_for: str,
    excused_for: str,
    due_at: datetime | None,
    stopped_at: datetime | None,
    remaining: timedelta | None,
    warned: int,
    measure: TimeMeasure,
    now: datetime,
) -> ClockFace:
    """`warned` is the highest warning reached, in percent of the target (RST-8); 0 before the first."""
    badge = _badge(state, due_at, now, warned)
    if stopped_at or state in (ClockState.CANCELLED, ClockState.EXCUSED):
        left = None
    else:
        left = _left(due_at, now, measure) if remaining is None else remaining
    return ClockFace(
        id=pk,
        kind=kind,
        name=str(CLOCK_NAMES[kind]),
        badge=badge,
        detail=_detail(badge, warned, paused_for, excused_for),
        due_at=due_at,
        left=None if left is None else _cut(left),
        measure="elapsed" if measure is ELAPSED else "business",
        stopped_at=stopped_at,
    )


def _badge(state: str, due_at: datetime | None, now: datetime, warned: int) -> str:
    if state != ClockState.RUNNING:
        return state
    if due_at is not None and due_at < now:
        return ClockState.BREACHED  # RST-7: at the deadline, whenever it is noticed
    return AT_RISK if warned else ClockState.RUNNING


def _detail(badge: str, warned: int, paused_for: str, excused_for: str) -> str:
    if badge == AT_RISK:
        return f"{warned} %"
    if badge == ClockState.PAUSED:
        return str(_STANDS_STILL_FOR[paused_for])
    return str(_EXCUSED_FOR[excused_for]) if badge == ClockState.EXCUSED else ""


def _left(due_at: datetime | None, now: datetime, measure: TimeMeasure) -> timedelta | None:
    """What is left of a clock that runs; negative past its deadline."""
    if due_at is None:
        return None
    if due_at < now:
        return -measure.between(due_at, now)
    return measure.between(now, due_at)


def _cut(left: timedelta) -> timedelta:
    """Under a minute it stays a moment before or after the deadline."""
    minutes = abs(left) // MINUTE
    length = minutes * MINUTE if minutes else timedelta.resolution
    return -length if left < NO_TIME else length
