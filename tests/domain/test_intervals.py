"""Half-open intervals: one table for each function, and the laws that must hold between them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.common.intervals import Interval, clip, subtract, total_seconds, union

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def spans(*pairs: tuple[float, float | None]) -> list[Interval]:
    """Intervals by hours of one day; None is still open."""
    return [Interval(at(start), None if end is None else at(end)) for start, end in pairs]


# Interval


def test_an_interval_that_ends_before_its_start_is_refused():
    with pytest.raises(ValueError, match="before its start"):
        Interval(at(10), at(9))


def test_an_interval_may_be_empty_or_still_open():
    assert Interval(at(9), at(9)).end == at(9)
    assert Interval(at(9), None).end is None


@pytest.mark.parametrize(
    ("start", "end"),
    [(datetime(2026, 3, 2, 9), at(10)), (at(9), datetime(2026, 3, 2, 10)), (datetime(2026, 3, 2, 9), None)],
)
def test_a_naive_datetime_is_refused(start, end):
    with pytest.raises(ValueError, match="has no time zone"):
        Interval(start, end)


def test_intervals_are_equal_as_instants_whatever_the_zone():
    santiago = ZoneInfo("America/Santiago")
    assert Interval(at(9).astimezone(santiago), at(10).astimezone(santiago)) == Interval(at(9), at(10))


def test_the_order_is_that_of_instants_where_the_wall_clock_runs_back():
    santiago = ZoneInfo("America/Santiago")
    first = datetime(2026, 4, 4, 23, 30, tzinfo=santiago)
    again = datetime(2026, 4, 4, 23, 10, tzinfo=santiago, fold=1)
    assert total_seconds([Interval(first, again)]) == 40 * 60
    with pytest.raises(ValueError, match="before its start"):
        Interval(again, first)


def test_an_interval_cannot_be_changed():
    with pytest.raises(AttributeError):
        Interval(at(9), at(10)).start = at(8)


# union, subtract, clip, total_seconds


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([(9, 10)], [(9, 10)]),
        ([(12, 13), (9, 10)], [(9, 10), (12, 13)]),
        ([(9, 11), (10, 12)], [(9, 12)]),
        ([(9, 10), (10, 12)], [(9, 12)]),
        ([(9, 18), (10, 12)], [(9, 18)]),
        ([(9, 10), (9, 10)], [(9, 10)]),
        ([(9, 9)], []),
        ([(9, 10), (11, 11), (12, 13)], [(9, 10), (12, 13)]),
        ([(9, None)], [(9, None)]),
        ([(9, None), (10, 11)], [(9, None)]),
        ([(9, 10), (10, None)], [(9, None)]),
        ([(12, None), (9, 10)], [(9, 10), (12, None)]),
    ],
)
def test_union(given, expected):
    assert union(spans(*given)) == spans(*expected)


@pytest.mark.parametrize(
    ("given", "others", "expected"),
    [
        ([(9, 18)], [], [(9, 18)]),
        ([], [(9, 18)], []),
        ([(9, 18)], [(13, 14)], [(9, 13), (14, 18)]),
        ([(9, 18)], [(8, 10), (17, 19)], [(10, 17)]),
        ([(9, 18)], [(8, 19)], []),
        ([(9, 18)], [(9, 18)], []),
        ([(9, 10)], [(10, 11), (8, 9)], [(9, 10)]),
        ([(9, 11), (10, 12)], [(10.5, 11.5)], [(9, 10.5), (11.5, 12)]),
        ([(9, 10), (12, 13)], [(9.5, 12.5)], [(9, 9.5), (12.5, 13)]),
        ([(9, 18)], [(13, 13)], [(9, 18)]),
        ([(9, None)], [(13, 14)], [(9, 13), (14, None)]),
        ([(9, None)], [(13, None)], [(9, 13)]),
        ([(9, 18)], [(13, None), (10, 11)], [(9, 10), (11, 13)]),
        ([(9, None)], [(8, None)], []),
    ],
)
def test_subtract(given, others, expected):
    assert subtract(spans(*given), spans(*others)) == spans(*expected)


@pytest.mark.parametrize(
    ("given", "to", "expected"),
    [
        ([(8, 10), (17, 19)], (9, 18), [(9, 10), (17, 18)]),
        ([(9, 18)], (9, 18), [(9, 18)]),
        ([(8, 9), (18, 19)], (9, 18), []),
        ([(8, None)], (9, 18), [(9, 18)]),
        ([(8, None)], (9, None), [(9, None)]),
        ([(8, 10)], (9, None), [(9, 10)]),
        ([(19, None)], (9, 18), []),
        ([(10, 12), (9, 11)], (9.5, 18), [(10, 12), (9.5, 11)]),
        ([(10, 11)], (10.5, 10.5), []),
    ],
)
def test_clip(given, to, expected):
    assert clip(spans(*given), spans(to)[0]) == spans(*expected)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [([], 0), ([(9, 10)], 3600), ([(9, 10), (12, 13)], 7200), ([(9, 11), (10, 12)], 3 * 3600), ([(9, 9)], 0)],
)
def test_total_seconds_counts_an_instant_once(given, seconds):
    total = total_seconds(spans(*given))
    assert (total, type(total)) == (seconds, int)


def test_total_seconds_adds_parts_of_a_second_before_it_cuts_them_off():
    parts = [Interval(at(hour), at(hour) + timedelta(milliseconds=700)) for hour in (9, 10, 11)]
    assert total_seconds(parts) == 2


def test_total_seconds_of_an_open_interval_is_refused():
    with pytest.raises(ValueError, match="still open"):
        total_seconds(spans((9, None)))


# Laws, on whole hours of one day, where a set of hours is the independent picture


hours = st.integers(0, 23)
some_intervals = st.lists(
    st.tuples(hours, st.integers(0, 6)).map(lambda pair: spans((pair[0], pair[0] + pair[1]))[0]), max_size=6
)


def covered(intervals: list[Interval]) -> set[int]:
    return {
        hour
        for interval in intervals
        for hour in range(48)
        if interval.start <= at(hour) and at(hour + 1) <= interval.end
    }


@given(some_intervals, some_intervals)
def test_the_functions_are_what_sets_of_hours_do(left, right):
    assert covered(union(left + right)) == covered(left) | covered(right)
    assert covered(subtract(left, right)) == covered(left) - covered(right)
    assert total_seconds(left) == 3600 * len(covered(left))
    for window in right:
        assert covered(clip(left, window)) == covered(left) & covered([window])


@given(some_intervals)
def test_union_gives_one_form_for_one_set_of_instants(intervals):
    once = union(intervals)
    assert union(once) == once == union(reversed(intervals))
    assert all(one.end < other.start for one, other in pairwise(once))
