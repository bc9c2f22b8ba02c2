"""What a clock shows when it is read; `stopwatch.read` makes these."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from lynnsupport.common.intervals import Interval, subtract

from .clock_events import Ground, PauseReason
from .targets import Target, TimeMeasure, WorkingCalendar


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    EXCUSED = "excused"  # EXC-1 to EXC-3: an exclusion holds; a breach from before it stays on record
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Promise:
    """A target, the instant it counts from and the calendar it counts in.

    `made_at` is when it began to be promised (SEV-5).
    """

    counts_from: datetime
    target: Target
    made_at: datetime
    calendar: WorkingCalendar = field(repr=False, compare=False)

    @property
    def duration(self) -> timedelta:
        return self.target.duration(self.calendar, self.counts_from)

    @property
    def measure(self) -> TimeMeasure:
        return self.target.measure(self.calendar)


@dataclass(frozen=True, slots=True)
class Pause:
    start: datetime
    end: datetime | None  # None: it holds still
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The clock did not apply on this ground; with an end it was reverted then and had no effect (EXC-3)."""

    ground: Ground
    start: datetime
    end: datetime | None


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

    While an exclusion holds, the clock is read at `excused_since`; `due_at` is then the deadline that had
    been missed before, or None. What was met before stays met.

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
    excused_since: datetime | None
    exclusions: tuple[Exclusion, ...]
    breached_at: datetime | None
    paused_since: datetime | None
    pauses: tuple[Pause, ...]
    consumed: timedelta
    remaining: timedelta
    warnings: tuple[Threshold, ...]
    next_check_at: datetime | None
    read_at: datetime  # up to which the clock was followed: now, its stop, its cancelling, its exclusion

    @property
    def holding(self) -> tuple[PauseReason, ...]:
        """The reasons to stand still that have not ended, also of a clock that does not apply."""
        return tuple(pause.reason for pause in self.pauses if pause.end is None)

    @property
    def paused_for(self) -> tuple[PauseReason, ...]:
        """The reasons that hold now, the earliest first."""
        if self.paused_since is None:
            return ()
        return self.holding

    @property
    def excused_for(self) -> tuple[Ground, ...]:
        """The grounds that hold now, the earliest first."""
        return tuple(exclusion.ground for exclusion in self.exclusions if exclusion.end is None)

    @property
    def stands_still(self) -> bool:
        """Whether `consumed` and `remaining` no longer move with time."""
        ends = (self.stopped_at, self.cancelled_at, self.excused_since, self.paused_since)
        return any(end is not None for end in ends)

    @property
    def reached(self) -> tuple[Threshold, ...]:
        """The warnings that are true at `read_at`, in order: facts, whoever notices them and when (RST-8)."""
        return tuple(each for each in self.warnings if each.at is not None and each.at <= self.read_at)

    def counted(self, until: datetime) -> list[Interval]:
        """The receipt: what counts toward the deciding promise up to `until`, pauses taken out."""
        start = self.deciding.counts_from
        if until <= start:
            return []
        pauses = [Interval(pause.start, pause.end) for pause in self.pauses]
        return subtract(self.deciding.measure.open_intervals(start, until), pauses)
