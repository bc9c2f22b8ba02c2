"""Opening hours as people state them, checked and turned into instants.

Instants are timedeltas since EPOCH: exact, quick to compare, and free of zones.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sla.domain.instants import EPOCH

type Hours = Sequence[tuple[time, time]]
type DayHours = tuple[tuple[timedelta, timedelta], ...]  # the same as what the clock shows since 00:00
type Span = tuple[timedelta, timedelta]  # opening and closing, as time since EPOCH

NOTHING = timedelta(0)
ONE_DAY = timedelta(days=1)
MIDNIGHT = time(0)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class OpeningHours:
    """A usual week and the dates that differ from it, in one zone; a checked copy of what was passed.

    Intervals that overlap, that do not end after their start or that carry a zone raise ValueError
    naming the day; a datetime in the place of a local date raises TypeError.
    """

    __slots__ = (
        "_by_date",
        "_by_weekday",
        "dates_with_hours",
        "has_usual_week",
        "longest_usual_day",
        "time_zone",
    )

    def __init__(
        self,
        time_zone: ZoneInfo,
        weekly_hours: Mapping[int, Hours],
        closed_dates: Collection[date],
        special_hours: Mapping[date, Hours],
    ) -> None:
        self.time_zone = time_zone
        self._by_weekday = _checked_week(weekly_hours)
        closed: dict[date, DayHours] = {_checked_date(day): () for day in closed_dates}
        special = {_checked_date(day): _checked(hours, str(day)) for day, hours in special_hours.items()}
        self._by_date = closed | special
        # Without a usual week these dates are all there is, and nothing has to be searched.
        self.has_usual_week = any(self._by_weekday)
        self.dates_with_hours = sorted(day for day, hours in special.items() if hours)
        # By the wall clock, whatever the clocks do on a given date.
        self.longest_usual_day = max(
            sum((end - start for start, end in hours), NOTHING) for hours in self._by_weekday
        )

    def possible_dates(self, first: date, last: date) -> Iterable[date]:
        """The dates from `first` to `last`, both included, that may have hours, in order."""
        if self.has_usual_week:
            return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
        days = self.dates_with_hours
        return days[bisect_left(days, first) : bisect_right(days, last)]

    def spans_on(self, day: date) -> list[Span]:
        """The hours of a local date as instants.

        Sorted and apart, except on a date on which the clocks are put forward: there an interval
        that lies in the gap may come to lie on the one that follows it.
        """
        hours = self._by_date.get(day)
        if hours is None:
            hours = self._by_weekday[day.weekday()]
        if not hours:
            return []
        midnight = datetime.combine(day, MIDNIGHT)
        begins, ends = self._instant(midnight), self._instant(midnight + ONE_DAY)
        if ends - begins == ONE_DAY:  # no zone has ever changed twice in a day
            return [(begins + start, begins + end) for start, end in hours]
        # A date that a change of zone left out (Apia, 30 December 2011) has no hours to be open in.
        if begins >= ends:
            return []
        spans = [(self._instant(midnight + start), self._instant(midnight + end)) for start, end in hours]
        # An interval that the clocks skip may end at its start, or before it (00:30 to 01:00 in Chile).
        return [(opening, closing) for opening, closing in spans if opening < closing]

    def _instant(self, local: datetime) -> timedelta:
        """When the wall clock shows this (RFC 5545, 3.3.5).

        `local` has fold 0, by which zoneinfo reads a skipped time with the offset before the gap
        and a repeated one as its first occurrence.
        """
        return local.replace(tzinfo=self.time_zone) - EPOCH


def _checked_week(weekly_hours: Mapping[int, Hours]) -> list[DayHours]:
    unknown = [day for day in weekly_hours if day not in range(7)]
    if unknown:
        raise ValueError(f"weekdays are numbered 0 (Monday) to 6, not {unknown}")
    return [_checked(weekly_hours.get(number, ()), name) for number, name in enumerate(WEEKDAYS)]


def _checked_date(day: date) -> date:
    if isinstance(day, datetime):
        raise TypeError(f"a local date is wanted, not the datetime {day!r}")
    return day


def _checked(hours: Hours, day: str) -> DayHours:
    checked = sorted(
        (_since_midnight(start, day), _since_midnight(end, day) or ONE_DAY) for start, end in hours
    )
    for start, end in checked:
        if end <= start:
            raise ValueError(f"{day}: the interval {start} to {end} does not end after its start")
    for (start, end), (next_start, next_end) in pairwise(checked):
        if next_start < end:
            raise ValueError(f"{day}: {start} to {end} overlaps {next_start} to {next_end}")
    return tuple(checked)


def _since_midnight(clock: time, day: str) -> timedelta:
    if clock.tzinfo is not None:
        raise ValueError(f"{day}: {clock} has a zone of its own; hours are meant in the calendar's zone")
    return datetime.combine(EPOCH, clock, UTC) - EPOCH
