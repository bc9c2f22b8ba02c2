"""How much of a period the service was up (AVL-1), and which time counts against it (AVL-3, AVL-4).

Union first, subtract second, cut always; whole seconds and fractions throughout, never a float.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval, clip, subtract, total_seconds, union

from .cycles import ONE_DAY, local_midnight

ONE_HOUR = timedelta(hours=1)  # SUP-5
_MILLION = 10**6


class Cause(StrEnum):
    """Whose fault it is. Only Lynn's own counts; the others are never counted and hide nothing (AVL-4)."""

    OWN = "own"
    THIRD_PARTY = "third_party"
    BEYOND_CONTROL = "beyond_control"
    CUSTOMER = "customer"
    PREVIEW = "preview"


class Scope(StrEnum):
    """What failed: the platform as a whole, or a feature, module or connector of it (AVL-3)."""

    PLATFORM = "platform"
    FEATURE = "feature"


class Impact(StrEnum):
    FULL = "full"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Outage:
    """One stretch of trouble, from started to restored; an `end` of None is not restored yet.

    Instants are aware, in any zone, and kept in UTC. An end before its start, a naive datetime and a word
    that is no cause, scope or impact raise ValueError.
    """

    start: datetime
    end: datetime | None = None
    cause: Cause = Cause.OWN
    scope: Scope = Scope.PLATFORM
    impact: Impact = Impact.FULL
    interval: Interval = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        interval = Interval(self.start, self.end)
        object.__setattr__(self, "interval", interval)
        object.__setattr__(self, "start", interval.start)
        object.__setattr__(self, "end", interval.end)
        object.__setattr__(self, "cause", Cause(self.cause))
        object.__setattr__(self, "scope", Scope(self.scope))
        object.__setattr__(self, "impact", Impact(self.impact))

    @property
    def is_counted(self) -> bool:
        """Lynn's own, of the whole platform, in full: the only kind that is downtime."""
        return (self.cause, self.scope, self.impact) == (Cause.OWN, Scope.PLATFORM, Impact.FULL)


class Calendar(Protocol):
    """What is asked of productive hours; `sla.domain.business_time.BusinessCalendar` answers it."""

    def open_intervals(self, start: datetime, end: datetime) -> Iterable[Interval]: ...


def daily_windows(
    start: time, period: Interval, zone: ZoneInfo, duration: timedelta = ONE_HOUR
) -> list[Interval]:
    """The maintenance windows of a period (SUP-5), one for each local date, sorted and cut to the period.

    Each begins at local `start` and lasts `duration` of elapsed time, also on days on which the clocks
    change; a `start` that the clocks skip is read with the offset before the gap, a repeated one as its first
    occurrence. ValueError for an open period, a `start` with a zone, a duration that is not positive.
    """
    ends_at = _end_of(period)
    if duration <= timedelta(0):
        raise ValueError(f"a window lasts some time, not {duration}")
    first = (period.start - duration).astimezone(zone).date() - ONE_DAY
    days = (ends_at.astimezone(zone).date() - first).days
    windows = (daily_window(first + number * ONE_DAY, start, zone, duration) for number in range(days + 1))
    return clip(filter(None, windows), period)


def daily_window(day: date, start: time, zone: ZoneInfo, duration: timedelta = ONE_HOUR) -> Interval | None:
    """The window of one local date; None for a date that its zone left out (Apia, 30 December 2011)."""
    if start.tzinfo is not None:
        raise ValueError(f"{start!r} has a zone of its own; the window is meant in the tenant's")
    if local_midnight(day, zone) >= local_midnight(day + ONE_DAY, zone):
        return None
    begins = datetime.combine(day, start, zone).astimezone(UTC)
    return Interval(begins, begins + duration)


def announced_window(window: Interval, announced_at: datetime, productive: Calendar | None) -> list[Interval]:
    """What an announced downtime excludes (AVL-4): as announced, and only outside productive hours.

    Nothing unless the notice went out before the window began. `productive` of None has no productive hours.
    ValueError for a naive instant and for a window without an end: nothing open can be announced.
    """
    ends_at = _end_of(window)
    if _aware(announced_at) >= window.start:
        return []
    open_hours = productive.open_intervals(window.start, ends_at) if productive is not None else ()
    return subtract([window], open_hours)


@dataclass(frozen=True, slots=True)
class Measurement:
    """How a period stands at `as_of`, in whole elapsed seconds.

    `counted` are the stretches of downtime that count, `excluded` the windows, both sorted, apart and cut to
    the period. The parts of a second of all stretches are added up before the sum is cut to whole seconds.
    """

    period: Interval
    as_of: datetime
    counted: tuple[Interval, ...]
    excluded: tuple[Interval, ...]
    period_seconds: int
    counted_seconds: int
    excluded_seconds: int

    @property
    def availability(self) -> Fraction | None:
        """AVL-1: (period − counted) / period; None for an empty period."""
        return _share(self.period_seconds, self.counted_seconds)

    @property
    def availability_excluding(self) -> Fraction | None:
        """AVL-7: the windows leave the denominator too; None where nothing is left of it."""
        return _share(self.period_seconds - self.excluded_seconds, self.counted_seconds)

    @property
    def percentage(self) -> str:
        """AVL-1's reading with four decimals, cut and never rounded up: `99.9499`; empty for no period."""
        return percentage(self.availability)

    @property
    def is_provisional(self) -> bool:
        """Whether the period was still running."""
        return self.as_of < _end_of(self.period)


def measure(
    period: Interval, outages: Iterable[Outage], windows: Iterable[Interval], as_of: datetime
) -> Measurement:
    """AVL-1: counted = union of what is_counted, minus union of the windows, cut to the period.

    An outage without an end runs to `as_of`, and nothing is counted past it. ValueError for an open period
    and a naive instant.
    """
    _end_of(period)
    as_of = _aware(as_of)
    happened = [_until(as_of, outage.interval) for outage in outages if outage.is_counted]
    excluded = clip(union(windows), period)
    down = clip(union(interval for interval in happened if interval is not None), period)
    counted = subtract(down, excluded)
    return Measurement(
        period=period,
        as_of=as_of,
        counted=tuple(counted),
        excluded=tuple(excluded),
        period_seconds=total_seconds([period]),
        counted_seconds=total_seconds(counted),
        excluded_seconds=total_seconds(excluded),
    )


def percentage(availability: Fraction | None) -> str:
    """`99.9499`: a share in percent, cut to four decimals; empty for None."""
    if availability is None:
        return ""
    whole, rest = divmod(availability.numerator * _MILLION // availability.denominator, 10**4)
    return f"{whole}.{rest:04}"


def _until(as_of: datetime, interval: Interval) -> Interval | None:
    if interval.start >= as_of:
        return None
    end = as_of if interval.end is None else min(interval.end, as_of)
    return Interval(interval.start, end)


def _share(whole: int, lost: int) -> Fraction | None:
    return Fraction(whole - lost, whole) if whole > 0 else None


def _end_of(interval: Interval) -> datetime:
    if interval.end is None:
        raise ValueError(f"the interval since {interval.start} has no end")
    return interval.end


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)
