"""The segments of an incident and the full seconds in them, against a count second by second (AVL-3)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.incidents.domain.segments import Flaw, Segment, ended, flaws, full_seconds
from tickets.incidents.domain.words import Impact

START = datetime(2026, 11, 23, 13, tzinfo=UTC)
FULL, DEGRADED = Impact.FULL, Impact.DEGRADED


def at(seconds):
    return None if seconds is None else START + timedelta(seconds=seconds)


def part(impact, start, end):
    return Segment(impact, at(start), at(end))


@pytest.mark.rule("AVL-3")
@pytest.mark.parametrize(
    ("segments", "restored", "found"),
    [
        ([(FULL, 0, None)], None, []),
        ([(FULL, 0, 20), (DEGRADED, 20, 40), (FULL, 40, None)], None, []),
        ([(FULL, 0, 20), (FULL, 30, 40)], 40, []),
        ([], None, [Flaw.NONE_GIVEN]),
        ([(FULL, 0, 20), (DEGRADED, 19, None)], None, [Flaw.OVERLAP]),
        ([(FULL, 0, None), (DEGRADED, 19, None)], None, [Flaw.OPEN_BEFORE_ANOTHER]),
        ([(FULL, 0, 0), (DEGRADED, 0, None)], None, [Flaw.EMPTY]),
        ([(FULL, -5, None)], None, [Flaw.BEFORE_THE_START]),
        ([(FULL, 5, None)], None, [Flaw.STARTS_LATER]),
        ([(FULL, 0, 5), (FULL, 500, None)], None, [Flaw.IN_THE_FUTURE]),
        ([(FULL, 0, 50)], 40, [Flaw.AFTER_RESTORATION]),
        ([(FULL, 0, None)], 40, [Flaw.OPEN_THOUGH_RESTORED]),
        ([(FULL, 0, 20)], None, [Flaw.ENDED_THOUGH_LASTING]),
    ],
)
def test_what_cannot_have_been_is_named(segments, restored, found):
    parts = [part(*each) for each in segments]
    assert flaws(parts, started=START, restored=at(restored), now=at(100)) == found
    assert flaws(parts[::-1], started=START, restored=at(restored), now=at(100)) == found


def test_a_segment_is_aware_and_does_not_end_before_it_starts():
    with pytest.raises(ValueError, match="before its start"):
        part(FULL, 10, 5)
    with pytest.raises(ValueError, match="no time zone"):
        Segment(FULL, datetime(2026, 1, 1), None)


SPANS = st.lists(
    st.tuples(st.sampled_from(Impact), st.integers(0, 60), st.one_of(st.none(), st.integers(1, 30))),
    max_size=6,
).map(lambda rows: [part(i, s, None if length is None else s + length) for i, s, length in rows])


@given(SPANS, st.integers(0, 120))
def test_full_seconds_are_those_of_a_bitmap(segments, until):
    bits = {
        second
        for each in segments
        if each.impact is FULL
        for second in range(until)
        if each.start <= at(second) and (each.end is None or at(second) < each.end)
    }
    assert full_seconds(segments, until=at(until)) == len(bits)


@given(SPANS, st.integers(0, 120))
def test_what_is_ended_has_the_same_seconds_and_nothing_after(segments, moment):
    cut = ended(segments, at(moment))
    assert full_seconds(cut, until=at(500)) == full_seconds(segments, until=at(moment))
    assert all(each.end is not None and each.end <= at(moment) for each in cut)
