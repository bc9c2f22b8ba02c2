"""The receipt of a deadline: how the time promised was counted, one row a local day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval, clip
from sla.domain.readings import Pause, Reading
from sla.domain.targets import Target, WorkingCalendar

ONE_DAY = timedelta(days=1)
NO_TIME = timedelta()


class Nothing(StrEnum):
    """Why nothing was counted on a day."""

    HOLIDAY = "holiday"
    CLOSED = "closed"
    PAUSED = "paused"
    OUTSIDE = "outside"  # open that day, but not while the clock ran


@dataclass(frozen=True)
class Day:
    """One local day, or several in a row on which nothing was counted for the same reason.

    `counted` are the parts that count; `pauses` those in which the clock stood still; `used` is the
    time counted by the end of the day, `left` what remains of the target then.
    """

    first: date
    last: date
    counted: tuple[Interval, ...]
    pauses: tuple[Pause, ...]
    nothing: Nothing | None
    holiday: str
    length: timedelta
    used: timedelta
    left: timedelta


@dataclass(frozen=True)
class Receipt:
    """`counted` goes from `counts_from` to the deadline, or as far as the clock was read without one."""

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
    follows_change: bool  # SEV-5: counts from a change of severity, not from the original start

    @property
    def left(self) -> timedelta:
        return self.promised - self.used


def receipt_of(
    shown: Reading, calendar: WorkingCalendar, *, zone: ZoneInfo, holidays: Mapping[date, str]
) -> Receipt:
    """The receipt of a reading; days are those of `zone`, `holidays` names its closed dates."""
    promise = shown.deciding
    until = shown.due_at or shown.read_at
    counted = tuple(shown.counted(until))
    promised = promise.duration
    pauses = tuple(pause for pause in shown.pauses if pause.start < until)
    measure = promise.target.measure(calendar)
    rows = []
    used = NO_TIME
    for day, whole in _local_days(promise.counts_from, until, zone):
        parts = tuple(clip(counted, whole))
        length = sum((part.end - part.start for part in parts), NO_TIME)  # type: ignore[operator]
        used += length
        still = tuple(pause for pause in pauses if clip([Interval(pause.start, pause.end)], whole))
        is_open = any(measure.open_intervals(whole.start, whole.end))  # type: ignore[arg-type]
        nothing = None if parts else _why_nothing(day, still, is_open, holidays)
        rows.append(
            Day(day, day, parts, still, nothing, holidays.get(day, ""), length, used, promised - used)
        )
    return Receipt(
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
    return datetime.combine(day, time(), zone)


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
    return one.nothing is not None and (one.nothing, one.holiday, one.pauses) == (
        other.nothing,
        other.holiday,
        other.pauses,
    )
