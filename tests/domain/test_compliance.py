"""Verdicts, shares and percentiles: tables, and a sorted list as the oracle."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.compliance import Tally, Verdict, percent_floor, percentile, tally


def minutes(*figures):
    return [timedelta(minutes=figure) for figure in figures]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ((), 50, None),
        ((7,), 1, 7),
        ((7,), 100, 7),
        ((1, 2), 50, 1),  # half of them do not exceed 1
        ((1, 2, 3), 50, 2),
        ((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 90, 9),
        ((10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), 90, 9),  # rank 10 of 11
        ((1, 1, 1, 100), 75, 1),
    ],
)
def test_percentiles_by_nearest_rank(values, percent, expected):
    assert percentile(minutes(*values), percent) == (
        None if expected is None else timedelta(minutes=expected)
    )


@given(st.lists(st.timedeltas(), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values, percent):
    found = percentile(values, percent)
    enough = Fraction(percent, 100)

    def share(value):
        return Fraction(sum(each <= value for each in values), len(values))

    assert found in values
    assert share(found) >= enough
    assert [value for value in values if value < found and share(value) >= enough] == []


@pytest.mark.parametrize("percent", [0, 101, -1])
def test_there_is_no_such_percentile(percent):
    with pytest.raises(ValueError, match="is no percentile"):
        percentile(minutes(1), percent)


def test_excused_and_open_deadlines_are_in_no_share():
    verdicts = [Verdict.MET, Verdict.MET, Verdict.LATE, Verdict.MISSED, Verdict.EXCUSED, Verdict.OPEN]
    counts = tally(verdicts)
    assert counts == Tally(met=2, late=1, missed=1, excused=1)
    assert counts.share == Fraction(1, 2)
    assert Tally(excused=3).share is None


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(1), "100.0"),
        (Fraction(9999, 10000), "99.9"),
        (Fraction(2, 3), "66.6"),
        (Fraction(0), "0.0"),
        (Fraction(1, 1000), "0.1"),
    ],
)
def test_a_share_is_cut_and_never_rounded_up(share, shown):
    assert percent_floor(share) == shown
