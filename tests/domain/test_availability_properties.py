"""What must hold for any month: the bitmap agrees, and neither order, splitting nor zone changes a second."""

import os
import time as clock
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credits.domain.availability import Cause, Impact, Outage, Scope, measure
from lynnsupport.common.intervals import Interval

from .oracle_availability import bitmap

EPOCH = datetime(2026, 4, 4, 20, tzinfo=UTC)  # Chile's clocks go back on the fifth
LONGEST = 6 * 3600
pytestmark = pytest.mark.rule("AVL-1", "AVL-4")

seconds = st.integers(-1800, LONGEST + 1800)
spans = st.tuples(seconds, seconds).map(sorted).map(tuple)
kinds = st.tuples(st.sampled_from(Cause), st.sampled_from(Scope), st.sampled_from(Impact))
own = st.just((Cause.OWN, Scope.PLATFORM, Impact.FULL))
outages = st.lists(st.tuples(spans, st.booleans(), own | kinds), max_size=6)
windows = st.lists(spans, max_size=4)
zones = st.sampled_from(["America/Santiago", "America/Lima", "Asia/Kathmandu", "UTC"])


def at(second: int, zone: str = "UTC") -> datetime:
    return (EPOCH + timedelta(seconds=second)).astimezone(ZoneInfo(zone))


def built(drawn, zone="UTC"):
    return [
        Outage(at(first, zone), None if is_open else at(last, zone), *kind)
        for (first, last), is_open, kind in drawn
    ]


def spans_of(drawn, zone="UTC"):
    return [Interval(at(first, zone), at(last, zone)) for first, last in drawn]


def figures(measured):
    return (
        measured.period_seconds,
        measured.counted_seconds,
        measured.availability,
        measured.availability_excluding,
    )


def period_of(length):
    return Interval(at(0), at(length))


@settings(max_examples=60)
@given(st.integers(0, LONGEST), outages, windows, seconds, zones)
def test_a_bitmap_of_seconds_gives_the_same(length, drawn, out, as_of, zone):
    measured = measure(period_of(length), built(drawn, zone), spans_of(out, zone), at(as_of))
    plain = [
        (each.start, each.end, each.cause.value, each.scope.value, each.impact.value) for each in built(drawn)
    ]

    expected = bitmap((at(0), at(length)), plain, [(at(a), at(b)) for a, b in out], at(as_of))

    assert figures(measured) == expected


@given(st.integers(1, LONGEST), outages, windows, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_anything(length, drawn, out, dice):
    expected = figures(measure(period_of(length), built(drawn), spans_of(out), at(LONGEST)))
    again, out_again = [*drawn, *drawn], [*out, *out]
    dice.shuffle(again)
    dice.shuffle(out_again)

    assert figures(measure(period_of(length), built(again), spans_of(out_again), at(LONGEST))) == expected


@given(st.integers(1, LONGEST), spans, st.data(), windows)
def test_splitting_an_outage_changes_nothing(length, span, data, out):
    first, last = span
    cut = data.draw(st.integers(first, last))
    kind = (Cause.OWN, Scope.PLATFORM, Impact.FULL)
    parts = [((first, cut), False, kind), ((cut, last), False, kind)]

    whole = measure(period_of(length), built([(span, False, kind)]), spans_of(out), at(LONGEST))

    assert figures(measure(period_of(length), built(parts), spans_of(out), at(LONGEST))) == figures(whole)


@given(st.integers(1, LONGEST), outages, windows)
def test_more_windows_never_count_more_and_more_outages_never_less(length, drawn, out):
    def counted(some, excluded):
        return measure(period_of(length), built(some), spans_of(excluded), at(LONGEST)).counted_seconds

    whole = counted(drawn, out)

    assert whole <= counted(drawn, [])
    assert counted(drawn[1:], out) <= whole
    assert 0 <= whole <= length


@given(st.integers(1, LONGEST), outages, windows)
@settings(max_examples=20)
def test_the_zone_of_the_process_is_of_no_account(length, drawn, out):
    results = []
    before = os.environ.get("TZ")
    try:
        for zone in ("America/Santiago", "Asia/Kathmandu"):
            os.environ["TZ"] = zone
            clock.tzset()
            results.append(figures(measure(period_of(length), built(drawn), spans_of(out), at(LONGEST))))
    finally:
        os.environ.pop("TZ", None) if before is None else os.environ.update(TZ=before)
        clock.tzset()
    assert results[0] == results[1]
