"""The receipt of a deadline: how the time promised was counted, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval
from sla.domain.clock_events import PauseReason
from sla.domain.readings import ClockState, Pause, Reading
from sla.domain.targets import Target

from .receipt_days import Day, Names, Nothing, days_of, total

# The rule by which a clock stands still for each reason.
PAUSE_RULES = {
    PauseReason.WAITING_CUSTOMER: "RST-6",
    PauseReason.CONTACT_UNREACHABLE: "CON-5",
    PauseReason.THIRD_PARTY: "EXC-1",
    PauseReason.CLOSED: "CRP-3",
}


class Outcome(StrEnum):
    """What became of the clock: its state, and whether what came after the deadline was done at all."""

    RUNNING = "running"
    PAUSED = "paused"
    EXCUSED = "excused"
    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Receipt:
    """`counted` goes from `counts_from` to the deadline, or as far as the clock was read without one.

    `used` is the sum of it. `follows_change`: it counts from a change of severity or of version, not from the
    original start (SEV-5).
    """

    outcome: Outcome
    target: Target
    counts_from: datetime
    due_at: datetime | None
    until: datetime
    promised: timedelta
    used: timedelta
    zone: ZoneInfo
    counted: tuple[Interval, ...]
    pauses: tuple[Pause, ...]
    days: tuple[Day, ...]
    follows_change: bool

    @property
    def left(self) -> timedelta:
        return self.promised - self.used

    @property
    def holidays(self) -> Iterator[tuple[date, str]]:
        """The holidays that were skipped, with their names."""
        for day in self.days:
            if day.nothing is Nothing.HOLIDAY:
                yield from ((each, day.holiday) for each in day.dates)

    @property
    def special_days(self) -> Iterator[Day]:
        """The days with hours of their own."""
        return (day for day in self.days if day.special)

    @property
    def clock_changes(self) -> Iterator[Day]:
        """The days that a change of the clocks made longer or shorter."""
        return (day for day in self.days if day.shift)


def outcome_of(shown: Reading) -> Outcome:
    if shown.state is ClockState.BREACHED and shown.stopped_at is not None:
        return Outcome.MET_LATE
    return Outcome(shown.state)


def receipt_of(shown: Reading, *, zone: ZoneInfo, names: Names) -> Receipt:
    """The receipt of a reading; days are those of `zone`, whose closed and special dates are named."""
    promise = shown.deciding
    until = max(shown.due_at or shown.read_at, promise.counts_from)
    counted = tuple(shown.counted(until))
    pauses = tuple(pause for pause in shown.pauses if pause.start < until)
    run = Interval(promise.counts_from, until)
    return Receipt(
        outcome=outcome_of(shown),
        target=promise.target,
        counts_from=promise.counts_from,
        due_at=shown.due_at,
        until=until,
        promised=promise.duration,
        used=total(counted),
        zone=zone,
        counted=counted,
        pauses=pauses,
        days=days_of(promise, run, counted=counted, pauses=pauses, zone=zone, names=names),
        follows_change=promise.counts_from != shown.started_at,
    )
