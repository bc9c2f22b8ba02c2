"""Business time: how much of the time between two instants is open, and when so much has passed.

Local hours become instants first, and all counting is done on instants, so that a change of the
clocks is counted as what it is: elapsed time. `docs/business-time.md` explains each convention;
the tests hold one table for each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import accumulate, count
from types import MappingProxyType
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval
from sla.domain.instants import EPOCH, since_epoch_for
from sla.domain.opening_hours import NOTHING, ONE_DAY, Hours, OpeningHours, Span

type Find = Callable[[list[timedelta], timedelta, int], int]  # one of bisect's two

# Opening hours are worked out one page at a time: a page is this many days of UTC, counted from EPOCH.
PAGE_DAYS = 512
# Pages that one calendar remembers (some 350 years); past that it forgets them and starts anew.
PAGES_KEPT = 256
# A page needs the local dates around it, so the first and last pages are those well inside date's range.
FIRST_PAGE = (date.min - EPOCH.date()).days // PAGE_DAYS + 1
LAST_PAGE = (date.max - EPOCH.date()).days // PAGE_DAYS - 1


class NeverOpen(Exception):
    """The calendar has no open time left that could answer the question."""


class BusinessCalendar:
    """The opening hours of one place (SUP-1): a usual week, dates closed, dates with hours of their own.

    time_zone      the zone in which all hours and dates are meant.
    weekly_hours   weekday (Monday is 0) to intervals (start, end) of local time; a missing day is
                   closed; an end of 00:00 is midnight at the day's end. Intervals may touch.
    closed_dates   local dates without hours.
    special_hours  local date to the intervals that replace that date's hours, closed or not.

    Everything is copied: later changes to what was passed in change nothing here. Intervals that
    overlap, that do not end after their start or that carry a zone raise ValueError naming the day.

    Instants may be given in any zone; a naive datetime raises ValueError. Results are in UTC.
    Instants within two years of datetime's limits, and results there, raise OverflowError. An object
    may be shared between threads, and is meant to be kept: what it has worked out, it remembers.
    """

    __slots__ = ("_hours", "_pages", "_since_epoch", "_special_pages")

    def __init__(
        self,
        time_zone: ZoneInfo,
        weekly_hours: Mapping[int, Hours],
        closed_dates: Collection[date] = (),
        special_hours: Mapping[date, Hours] = MappingProxyType({}),
    ) -> None:
        self._hours = OpeningHours(time_zone, weekly_hours, closed_dates, special_hours)
        self._pages: dict[int, _Page] = {}
        self._since_epoch = since_epoch_for(time_zone)
        days = self._hours.dates_with_hours
        self._special_pages = sorted({number for day in days for number in _pages_touched(day)})

    @property
    def time_zone(self) -> ZoneInfo:
        return self._hours.time_zone

    @property
    def standard_day(self) -> timedelta:
        """What "one business day" is worth (RST-2): the longest day of the usual week, by the wall clock."""
        return self._hours.longest_usual_day

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The instant at which `duration` of open time has passed since `start`, in UTC.

        A duration that is used up at closing gives the closing instant (a stop at that instant is
        in time, RST-7). No duration gives `start` while open and the next opening otherwise. A
        negative duration raises ValueError; a calendar that does not open for so long, NeverOpen.
        """
        since = self._since_epoch(start)
        if duration < NOTHING:
            raise ValueError(f"a duration cannot be negative: {duration}")
        find = bisect_left if duration else bisect_right
        number = since.days // PAGE_DAYS
        page = self._pages.get(number) or self._page(number)
        opened = page.open_before(since) + duration
        moment = page.moment_of(opened, find)
        if moment is None:
            moment = self._moment_after_page(number, opened - page.total, find)
        return EPOCH + moment

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time from `start` to `end`; zero where `end` is not after `start`."""
        first, last = self._since_epoch(start), self._since_epoch(end)
        if last <= first:
            return NOTHING
        number = first.days // PAGE_DAYS
        if number == last.days // PAGE_DAYS:
            page = self._pages.get(number) or self._page(number)
            return page.open_before(last) - page.open_before(first)
        pages = self._pages_between(first, last)
        return sum((page.open_before(last) - page.open_before(first) for page in pages), NOTHING)

    def end_of_business_day(self, start: datetime, nth: int) -> datetime:
        """The closing instant of the nth business day after the local date of `start` (CRP-1, RCA-1).

        A business day is a local date with open time; the date of `start` itself never counts. An
        `nth` under 1 raises ValueError; too few business days to come, NeverOpen.
        """
        if nth < 1:
            raise ValueError(f"the business day asked for must be the first or a later one, not {nth}")
        today = (EPOCH + self._since_epoch(start)).astimezone(self.time_zone).date()
        for day in self._hours.possible_dates(today + ONE_DAY, date.max):
            spans = self._hours.spans_on(day)
            if spans:
                nth -= 1
                if nth == 0:
                    return EPOCH + max(closing for _, closing in spans)
        raise NeverOpen(f"too few business days after {today}")

    def open_intervals(self, start: datetime, end: datetime) -> Iterable[Interval]:
        """What `between` counts, as a sorted list, cut to `start` and `end`; touching intervals are one."""
        first, last = self._since_epoch(start), self._since_epoch(end)
        spans: list[Span] = []
        if first < last:
            for page in self._pages_between(first, last):
                spans += page.spans_between(first, last)
        return [Interval(EPOCH + opening, EPOCH + closing) for opening, closing in _merged(spans)]

    def is_open(self, at: datetime) -> bool:
        """Whether the instant lies in open time; an opening instant does, a closing instant does not."""
        since = self._since_epoch(at)
        return self._page(since.days // PAGE_DAYS).is_open(since)

    def _page(self, number: int) -> "_Page":
        """The page of that number, worked out at its first use.

        Safe between threads without a lock: a page depends on nothing that changes, so two threads
        that miss it at once make equal ones, and a page in use outlives its place in the dict.
        """
        page = self._pages.get(number)
        if page is None:
            _check_in_range(number)
            page = _Page(self._spans_of_page(number))
            if len(self._pages) >= PAGES_KEPT:
                self._pages.clear()
            self._pages[number] = page
        return page

    def _spans_of_page(self, number: int) -> list[Span]:
        opens = timedelta(days=number * PAGE_DAYS)
        closes = opens + timedelta(days=PAGE_DAYS)
        # No zone is a whole day away from UTC, and the last hours of a date may end on the next one.
        first, last = EPOCH.date() + opens - 2 * ONE_DAY, EPOCH.date() + closes + ONE_DAY
        spans = (
            span for day in self._hours.possible_dates(first, last) for span in self._hours.spans_on(day)
        )
        return _merged(_clipped(spans, opens, closes))

    def _pages_between(self, first: timedelta, last: timedelta) -> Iterator["_Page"]:
        """The pages that may hold open time between two instants, in order."""
        lowest, highest = first.days // PAGE_DAYS, last.days // PAGE_DAYS
        _check_in_range(lowest)
        _check_in_range(highest)
        if self._hours.has_usual_week:
            return map(self._page, range(lowest, highest + 1))
        pages = self._special_pages
        return map(self._page, pages[bisect_left(pages, lowest) : bisect_right(pages, highest)])

    def _moment_after_page(self, number: int, left: timedelta, find: Find) -> timedelta:
        """When `left` of open time has passed since the end of a page; raises as `add` does."""
        if self._hours.has_usual_week:
            _check_in_range(number + left.days // PAGE_DAYS)  # at once, though it were open day and night
            later: Iterable[int] = count(number + 1)
        else:
            later = self._special_pages[bisect_right(self._special_pages, number) :]
        for page in map(self._page, later):
            moment = page.moment_of(left, find)
            if moment is not None:
                return moment
            left -= page.total
        raise NeverOpen("the calendar does not open again for as long as asked")


class _Page:
    """The open spans of one stretch of time, made for two binary searches: by instant, by open time."""

    __slots__ = ("_bases", "_closings", "_opened", "_openings", "total")

    def __init__(self, spans: list[Span]) -> None:
        """`spans` are sorted, apart and not empty."""
        self._openings = [opening for opening, _ in spans]
        self._closings = [closing for _, closing in spans]
        # _opened[n] is the open time in the first n spans; an instant in span n less _bases[n] is
        # the open time up to that instant.
        self._opened = list(accumulate((closing - opening for opening, closing in spans), initial=NOTHING))
        self._bases = [opening - before for (opening, _), before in zip(spans, self._opened, strict=False)]
        self.total = self._opened[-1]
        # After the last span nothing opens: spares the look-up by instant the question.
        self._openings.append(timedelta.max)

    def open_before(self, moment: timedelta) -> timedelta:
        """The page's open time up to an instant, which may lie outside the page."""
        position = bisect_left(self._closings, moment)
        if moment > self._openings[position]:
            return moment - self._bases[position]
        return self._opened[position]

    def moment_of(self, opened: timedelta, find: Find) -> timedelta | None:
        """When the page has been open for so long, or None if it never has been.

        Where that holds from a closing to the next opening, `find` chooses: bisect_left takes the
        closing, bisect_right the opening.
        """
        position = find(self._opened, opened, 1)
        if position == len(self._opened):
            return None
        return self._bases[position - 1] + opened

    def is_open(self, moment: timedelta) -> bool:
        return self._openings[bisect_right(self._closings, moment)] <= moment

    def spans_between(self, first: timedelta, last: timedelta) -> list[Span]:
        """The spans cut to two instants, of which the second is later."""
        low, high = bisect_right(self._closings, first), bisect_left(self._openings, last)
        return _clipped(zip(self._openings[low:high], self._closings[low:high], strict=True), first, last)


def _check_in_range(number: int) -> None:
    if not FIRST_PAGE <= number <= LAST_PAGE:
        raise OverflowError("business time is not computed so close to the years 1 and 9999")


def _pages_touched(day: date) -> Iterable[int]:
    """Numbers of the pages that the hours of a local date may lie on, whatever the zone."""
    days = (day - EPOCH.date()).days
    return range((days - 1) // PAGE_DAYS, (days + 2) // PAGE_DAYS + 1)


def _clipped(spans: Iterable[Span], first: timedelta, last: timedelta) -> list[Span]:
    return [(max(start, first), min(end, last)) for start, end in spans if start < last and end > first]


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Sorted, with those that overlap or touch made one."""
    merged: list[Span] = []
    for opening, closing in sorted(spans):
        if merged and opening <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closing, merged[-1][1]))
        else:
            merged.append((opening, closing))
    return merged
