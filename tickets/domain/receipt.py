"""The receipt of a deadline: how the time promised was counted, one row a local day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval, clip
from sla.domain.readings import ClockState, Pause, Reading
from sla.domain.targets import Target

ONE_DAY = timedelta(days=1)
NO_TIME = timedelta()


class Nothing(StrEnum):
    """Why nothing was counted on a day."""

    HOLIDAY = "holiday"
    CLOSED = "closed"
    PAUSED = "paused"
    OUTSIDE = "outside"  # open that day, but not while the clock ran


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
class Day:
    """One local day, or several in a row on which nothing was counted for the same reason.

    `open` is when it could have counted, `counted` when it did; `pauses` are those in which the clock stood
    still; `used` is the time counted by the end of the day, `left` what remains of the target then.
    `special` is the name of a day with hours of its own. `whole` are the day's instants, and `shift` what a
    change of the clocks made it longer or shorter by.
    """

    first: date
    last: date
    whole: Interval
    open: tuple[Interval, ...]
    counted: tuple[Interval, ...]
    pauses: tuple[Pause, ...]
    nothing: Nothing | None
    holiday: str
    special: str
    shift: timedelta
    length: timedelta
    used: timedelta
    left: timedelta


@dataclass(frozen=True)
class Receipt:
    """`counted` goes from `counts_from` to the deadline, or as far as the clock was read without one.

    `follows_change`: it counts from a change of severity or of version, not from the original start (SEV-5).
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


def outcome_of(shown: Reading) -> Outcome:
    if shown.state is ClockState.BREACHED and shown.stopped_at is not None:
        return Outcome.MET_LATE
    return Outcome(shown.state)


def receipt_of(
    shown: Reading, *, zone: ZoneInfo, holidays: Mapping[date, str], specials: Mapping[date, str]
) -> Receipt:
    """The receipt of a reading; days are those of `zone`, whose closed and special dates are named."""
    promise = shown.deciding
    until = shown.due_at or shown.read_at
    counted = tuple(shown.counted(until))
    promised = promise.duration
    pauses = tuple(pause for pause in shown.pauses if pause.start < until)
    rows = []
    used = NO_TIME
    for day, whole in _local_days(promise.counts_from, until, zone):
        parts = tuple(clip(counted, whole))
        length = sum((part.end - part.start for part in parts), NO_TIME)  # type: ignore[operator]
        used += length
        still = tuple(pause for pause in pauses if clip([Interval(pause.start, pause.end)], whole))
        opens = tuple(promise.measure.open_intervals(whole.start, whole.end))  # type: ignore[arg-type]
        rows.append(
            Day(
                first=day,
                last=day,
                whole=whole,
                open=opens,
                counted=parts,
                pauses=still,
                nothing=None if parts else _why_nothing(day, still, bool(opens), holidays),
                holiday=holidays.get(day, ""),
                special=specials.get(day, ""),
                shift=whole.end - whole.start - ONE_DAY,  # type: ignore[operator]
                length=length,
                used=used,
                left=promised - used,
            )
        )
    return Receipt(
        outcome=outcome_of(shown),
        target=promise.target,
        counts_from=promise.counts_from,
        due_at=shown.due_at,
        until=until,
        promised=promised,
        used=used,
        zone=zone,
        counted=counted,
        pauses=pauses,
        days=tuple(_merged(rows)),
        follows_change=promise.counts_from != shown.started_at,
    )


def _local_days(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    """Every local date from `start` to `end` with its instants."""
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        yield day, Interval(_midnight(day, zone), _midnight(day + ONE_DAY, zone))
        day += ONE_DAY


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """In UTC, where the length of a day is a subtraction."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _why_nothing(day: date, still: tuple[Pause, ...], is_open: bool, holidays: Mapping[date, str]) -> Nothing:
    if day in holidays and not is_open:
        return Nothing.HOLIDAY
    if not is_open:
        return Nothing.CLOSED
    return Nothing.PAUSED if still else Nothing.OUTSIDE


def _merged(days: Iterable[Day]) -> Iterator[Day]:
    """Days in a row on which nothing was counted for the same reason become one row."""
    held: Day | None = None
    for day in days:
        if held and _alike(held, day):
            held = replace(held, last=day.last)
            continue
        if held:
            yield held
        held = day
    if held:
        yield held


def _alike(one: Day, other: Day) -> bool:
    return one.nothing is not None and not (one.shift or other.shift) and _why(one) == _why(other)


def _why(day: Day) -> tuple[object, ...]:
    return day.nothing, day.holiday, day.special, day.pauses
