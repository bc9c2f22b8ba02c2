"""A clock as people see it: its state, when it falls due and how much is left, at one instant.

Made from the stored clock alone, so that a list of many costs no query for each; a receipt reads the
events instead (`operations.reading`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.domain.readings import ClockState
from sla.queries import domain_calendar

from .explanations import CLOCK_NAMES
from .models import ClockMilestone, SlaClock, Ticket

AT_RISK = "at_risk"


@dataclass(frozen=True)
class ClockFace:
    """`badge` is a state of the `clock_badge` component; `left` is negative once overdue.

    `left` is None where nothing is left to count: met, cancelled, or without a deadline.
    `measure` is `business` or `elapsed`, as the `remaining` filter takes it.
    """

    kind: str
    name: str
    badge: str
    detail: str
    due_at: datetime | None
    left: timedelta | None
    measure: str
    rule: str
    stopped_at: datetime | None

    @property
    def is_pressing(self) -> bool:
        return self.badge in (AT_RISK, ClockState.BREACHED)


def face_of(clock: SlaClock, now: datetime) -> ClockFace:
    """What `clock` shows at `now`. Reads its milestones and its calendar version: prefetch them."""
    return ClockFace(
        kind=clock.kind,
        name=str(CLOCK_NAMES[clock.kind]),
        badge=_badge(clock, now),
        detail=f"{_warned(clock)} %" if _badge(clock, now) == AT_RISK else "",
        due_at=clock.due_at,
        left=_left(clock, now),
        measure="elapsed" if clock.target.is_elapsed else "business",
        rule=clock.rule,
        stopped_at=clock.stopped_at,
    )


def faces_of(clocks: Iterable[SlaClock], now: datetime) -> list[ClockFace]:
    return [face_of(clock, now) for clock in clocks]


def next_face(ticket: Ticket, now: datetime) -> ClockFace | None:
    """The clock of a row of a list: the unsettled one that falls due first (`queries.for_list`)."""
    return next((face_of(clock, now) for clock in ticket.clocks.all()), None)


def _badge(clock: SlaClock, now: datetime) -> str:
    if clock.state != ClockState.RUNNING:
        return clock.state
    if clock.due_at is not None and clock.due_at < now:
        return ClockState.BREACHED  # RST-7: at the deadline, whenever it is noticed
    return AT_RISK if _warned(clock) else ClockState.RUNNING


def _warned(clock: SlaClock) -> int:
    """The highest warning reached, in percent of the target (RST-8); 0 before the first."""
    reached = (milestone.percent for milestone in clock.milestones.all())
    return max((percent for percent in reached if percent < ClockMilestone.BREACH), default=0)


def _left(clock: SlaClock, now: datetime) -> timedelta | None:
    if clock.stopped_at or clock.state == ClockState.CANCELLED:
        return None
    if clock.remaining is not None:
        return clock.remaining
    if clock.due_at is None:
        return None
    measure = clock.target.measure(domain_calendar(clock.calendar_version))
    if clock.due_at < now:
        return -measure.between(clock.due_at, now)
    return measure.between(now, clock.due_at)
