"""Half-open spans of time, and exact arithmetic on sets of them.

Every instant is aware; a naive one raises ValueError. Instants are kept in UTC, because Python
compares two datetimes of one zone by what the wall clock shows, and the wall clock repeats an hour
each autumn. The functions take any iterable and return new lists; nothing is changed in place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Interval:
    """The instants from `start` up to, not including, `end`. An `end` of None is still open.

    `start` and `end` are given in any zone and kept in UTC. An end before its start and a naive
    datetime raise ValueError; an end equal to its start is allowed and holds nothing.
    """

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _in_utc(self.start))
        if self.end is not None:
            object.__setattr__(self, "end", _in_utc(self.end))
            if self.end < self.start:
                raise ValueError(f"the interval ends at {self.end}, before its start at {self.start}")


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as sorted intervals that neither overlap nor touch; empty ones are left out."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda each: each.start):
        if interval.start == interval.end:
            continue
        if merged and _reaches(merged[-1], interval.start):
            merged[-1] = Interval(merged[-1].start, _later(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return merged


def subtract(intervals: Iterable[Interval], others: Iterable[Interval]) -> list[Interval]:
    """The instants of `intervals` that no interval of `others` holds, in the form that `union` gives."""
    holes = union(others)
    return [part for interval in union(intervals) for part in _without(interval, holes)]


def clip(intervals: Iterable[Interval], to: Interval) -> list[Interval]:
    """Each interval cut to the part inside `to`, in the order given; those wholly outside are left out."""
    clipped = []
    for interval in intervals:
        start = max(interval.start, to.start)
        end = _earlier(interval.end, to.end)
        if end is None or start < end:
            clipped.append(Interval(start, end))
    return clipped


def total_seconds(intervals: Iterable[Interval]) -> int:
    """Elapsed whole seconds that the intervals cover; an instant in two of them counts once.

    The parts of a second are added up before the sum is cut to whole seconds. An interval that is
    still open has no length and raises ValueError: clip it first.
    """
    covered = timedelta(0)
    for interval in union(intervals):
        if interval.end is None:
            raise ValueError(f"the interval since {interval.start} is still open; clip it before measuring")
        covered += interval.end - interval.start
    return covered // timedelta(seconds=1)


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def _reaches(interval: Interval, moment: datetime) -> bool:
    return interval.end is None or interval.end >= moment


def _later(end: datetime | None, other: datetime | None) -> datetime | None:
    return None if end is None or other is None else max(end, other)


def _earlier(end: datetime | None, other: datetime | None) -> datetime | None:
    if end is None or other is None:
        return other if end is None else end
    return min(end, other)


def _without(interval: Interval, holes: list[Interval]) -> list[Interval]:
    """What is left of one interval; `holes` are sorted and apart."""
    parts = []
    start: datetime = interval.start
    for hole in holes:
        if interval.end is not None and hole.start >= interval.end:
            break
        if not _reaches(hole, start):
            continue
        if start < hole.start:
            parts.append(Interval(start, hole.start))
        if hole.end is None:
            return parts
        start = max(start, hole.end)
    if interval.end is None or start < interval.end:
        parts.append(Interval(start, interval.end))
    return parts
