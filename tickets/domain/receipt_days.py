"""The local days of a receipt: when each was open, what of it counted, and why nothing did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval, clip
from sla.domain.readings import Pause, Promise

ONE_DAY = timedelta(days=1)
NO_TIME = timedelta()
TICK = timedelta.resolution


class Nothing(StrEnum):
    """Why nothing was counted on a day."""

    HOLIDAY = "holiday"
    CLOSED = "closed"
    PAUSED = "paused"
    OUTSIDE = "outside"  # open that day, but not while the clock ran


@dataclass(frozen=True)
class Names:
    """What a calendar calls its closed dates (holidays) and its dates with hours of their own."""

    holidays: Mapping[date, str]
    specials: Mapping[date, str]


NO_NAMES = Names({}, {})


@dataclass(frozen=True)
class Day:
    """One local day, or several in a row on which nothing was counted for the same reason.

    `whole` are the instants of the first of them. `open` is when it could have counted, `counted` when it
    did; `pauses` are those in which the clock stood still; `length` is the time counted that day, `used` by
    its end, `left` what remains of the target then. `holiday` and `special` are names, else empty. `shift` is
    what a change of the clocks made the day longer by (shorter: negative), if it fell in the time told.
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

    @property
    def dates(self) -> Iterator[date]:
        """Each of the days."""
        day = self.first
        while day <= self.last:
            yield day
            day += ONE_DAY


def days_of(
    promise: Promise,
    run: Interval,
    *,
    counted: tuple[Interval, ...],
    pauses: tuple[Pause, ...],
    zone: ZoneInfo,
    names: Names,
) -> tuple[Day, ...]:
    """Every local day that `run` touches, in order; none where it holds nothing."""
    rows = []
    used = NO_TIME
    for day, whole in _local_days(run, zone):
        parts = tuple(clip(counted, whole))
        length = total(parts)
        used += length
        still = tuple(pause for pause in pauses if clip([Interval(pause.start, pause.end)], whole))
        opens = tuple(promise.measure.open_intervals(whole.start, _end(whole)))
        rows.append(
            Day(
                first=day,
                last=day,
                whole=whole,
                open=opens,
                counted=parts,
                pauses=still,
                nothing=None if parts else _why_nothing(day, still, bool(opens), names),
                holiday=names.holidays.get(day, "") if not opens else "",
                special=names.specials.get(day, ""),
                shift=_shift(whole, run, zone),
                length=length,
                used=used,
                left=promise.duration - used,
            )
        )
    return tuple(_merged(rows))


def total(intervals: Iterable[Interval]) -> timedelta:
    """The time in intervals that have ended and do not overlap."""
    return sum((_end(part) - part.start for part in intervals), NO_TIME)


def _end(interval: Interval) -> datetime:
    if interval.end is None:
        raise ValueError(f"the interval since {interval.start} has not ended")
    return interval.end


def _local_days(run: Interval, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    """Every local date of which `run` holds an instant, with its instants."""
    end = _end(run)
    if end <= run.start:
        return
    day, last = run.start.astimezone(zone).date(), (end - TICK).astimezone(zone).date()
    while day <= last:
        yield day, Interval(_midnight(day, zone), _midnight(day + ONE_DAY, zone))
        day += ONE_DAY


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """In UTC, where the length of a day is a subtraction."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _shift(whole: Interval, run: Interval, zone: ZoneInfo) -> timedelta:
    """By how much the day is longer than others; nothing where the clocks were changed outside `run`.

    A change at midnight belongs to the day that it opens.
    """
    first = max(run.start, whole.start - TICK).astimezone(zone)
    last = min(_end(run), _end(whole)).astimezone(zone)
    is_inside = first.utcoffset() != last.utcoffset()
    return _end(whole) - whole.start - ONE_DAY if is_inside else NO_TIME


def _why_nothing(day: date, still: tuple[Pause, ...], is_open: bool, names: Names) -> Nothing:
    if not is_open:
        return Nothing.HOLIDAY if day in names.holidays else Nothing.CLOSED
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
