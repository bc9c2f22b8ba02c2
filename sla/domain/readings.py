"""What a clock shows when it is read; `stopwatch.read` makes these."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lynnsupport.common.intervals import Interval, subtract

from .clock_events import PauseReason
from .targets import Target, WorkingCalendar


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Promise:
    """A target and the instant it counts from; `made_at` is when it began to be promised (SEV-5)."""

    counts_from: datetime
    target: Target
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    start: datetime
    end: datetime | None  # None: it holds still
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class Threshold:
    """When `percent` of the target is used up; `at` is None where that is unknown or will never be."""

    percent: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows.

    `target` is the one in force; `promises` are all that hold since the last change of severity, and
    `deciding` the one of them whose deadline comes first: `consumed`, `remaining` (negative once
    overdue), `warnings` and `due_at` are about it. `due_at` is None while it cannot be known (paused
    before the target is used up) and where none applies (cancelled). A clock that stopped in a pause
    shows the deadline it would have had, had it run on from there.

    `next_check_at` is the first instant after `read_at` at which something becomes true: a warning, or
    the breach, which is true one microsecond after `due_at` (RST-7). None while paused and when
    nothing is left to come.
    """

    state: ClockState
    target: Target
    promises: tuple[Promise, ...]
    deciding: Promise
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    cancelled_at: datetime | None
    breached_at: datetime | None
    paused_since: datetime | None
    pauses: tuple[Pause, ...]
    consumed: timedelta
    remaining: timedelta
    warnings: tuple[Threshold, ...]
    next_check_at: datetime | None
    read_at: datetime  # the instant up to which the clock was followed: now, its stop, or its cancelling

    @property
    def stands_still(self) -> bool:
        """Whether `consumed` and `remaining` no longer move with time."""
        return self.stopped_at is not None or self.cancelled_at is not None or self.paused_since is not None

    @property
    def reached(self) -> tuple[Threshold, ...]:
        """The warnings that are true at `read_at`, in order: facts, whoever notices them and when (RST-8)."""
        return tuple(each for each in self.warnings if each.at is not None and each.at <= self.read_at)

    def counted(self, calendar: WorkingCalendar, until: datetime) -> list[Interval]:
        """The receipt: what counts toward the deciding promise up to `until`, pauses taken out."""
        start = self.deciding.counts_from
        if until <= start:
            return []
        measure = self.deciding.target.measure(calendar)
        pauses = [Interval(pause.start, pause.end) for pause in self.pauses]
        return subtract(measure.open_intervals(start, until), pauses)
