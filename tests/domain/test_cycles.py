"""AVL-2 and CRD-2 by hand: where cycles begin and end, and the last day to claim."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.domain.cycles import (
    Cycle,
    billing_cycle,
    claim_deadline,
    last_day_to_claim,
    local_midnight,
    period_of,
)

CHILE = ZoneInfo("America/Santiago")
LIMA = ZoneInfo("America/Lima")
HAVANA = ZoneInfo("America/Havana")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.rule("AVL-2")
@pytest.mark.parametrize(
    ("year", "month", "day", "zone", "start", "end"),
    [
        (2026, 1, 1, CHILE, "2026-01-01 03:00", "2026-02-01 03:00"),
        (2026, 1, 15, LIMA, "2026-01-15 05:00", "2026-02-15 05:00"),
        # Days 29 to 31 fall on the last day of shorter months, and come back afterwards.
        (2026, 1, 31, LIMA, "2026-01-31 05:00", "2026-02-28 05:00"),
        (2026, 2, 31, LIMA, "2026-02-28 05:00", "2026-03-31 05:00"),
        (2024, 1, 30, LIMA, "2024-01-30 05:00", "2024-02-29 05:00"),
        (2024, 2, 30, LIMA, "2024-02-29 05:00", "2024-03-30 05:00"),
        (2026, 4, 31, LIMA, "2026-04-30 05:00", "2026-05-31 05:00"),
        (2026, 12, 31, LIMA, "2026-12-31 05:00", "2027-01-31 05:00"),
        # Chile leaves summer time on 5 April 2026 (25 hours) and enters it on 6 September (23 hours).
        (2026, 4, 1, CHILE, "2026-04-01 03:00", "2026-05-01 04:00"),
        (2026, 9, 1, CHILE, "2026-09-01 04:00", "2026-10-01 03:00"),
        # The midnight of 6 September 2026 is skipped in Chile: read with the offset before the gap.
        (2026, 8, 6, CHILE, "2026-08-06 04:00", "2026-09-06 04:00"),
        (2026, 9, 6, CHILE, "2026-09-06 04:00", "2026-10-06 03:00"),
        # In Havana the clocks go back from 01:00 to 00:00: of two midnights the first.
        (2026, 11, 1, HAVANA, "2026-11-01 04:00", "2026-12-01 05:00"),
    ],
)
def test_cycle(year, month, day, zone, start, end):
    cycle = billing_cycle(year, month, day, zone)

    assert (cycle.start, cycle.end) == (utc(start), utc(end))


@pytest.mark.rule("AVL-2")
@pytest.mark.parametrize(("month", "seconds"), [(4, 3600), (9, -3600), (1, 0)])
def test_cycle_with_a_change_of_the_clocks_is_an_hour_longer_or_shorter(month, seconds):
    cycle = billing_cycle(2026, month, 1, CHILE)
    days = (date(2026, month + 1, 1) - date(2026, month, 1)).days

    assert cycle.end - cycle.start == timedelta(days=days, seconds=seconds)


@given(
    st.integers(1950, 2090),
    st.integers(1, 12),
    st.integers(1, 31),
    st.sampled_from(["America/Santiago", "America/Lima", "America/Havana", "Europe/Madrid", "UTC"]),
)
def test_cycles_follow_one_another_without_gap_or_overlap(year, month, day, zone):
    cycle = Cycle(year, month)
    following = cycle.shifted(1)
    this = billing_cycle(year, month, day, ZoneInfo(zone))

    assert this.end == billing_cycle(following.year, following.month, day, ZoneInfo(zone)).start
    assert Cycle.containing(cycle.first_day(day), day) == cycle
    assert Cycle.containing(cycle.day_after(day) - timedelta(days=1), day) == cycle
    assert Cycle.parse(str(cycle)) == cycle


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (1, 0), (1, 32)])
def test_cycle_of_no_calendar_is_refused(month, day):
    with pytest.raises(ValueError, match=r"."):
        billing_cycle(2026, month, day, CHILE)


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-1", "26-01", "2026-01-01", ""])
def test_what_is_no_cycle_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        Cycle.parse(text)


@pytest.mark.rule("CRD-2")
@pytest.mark.parametrize(
    ("cycle_end", "zone", "last_day", "deadline"),
    [
        (date(2026, 2, 1), CHILE, date(2026, 3, 2), "2026-03-03 03:00"),
        (date(2024, 2, 1), CHILE, date(2024, 3, 1), "2024-03-02 03:00"),
        (date(2026, 3, 15), LIMA, date(2026, 4, 13), "2026-04-14 05:00"),
        # The clocks change inside the term: the local date does not move.
        (date(2026, 4, 1), CHILE, date(2026, 4, 30), "2026-05-01 04:00"),
        (date(2026, 8, 7), CHILE, date(2026, 9, 5), "2026-09-06 04:00"),
        (date(2027, 1, 1), LIMA, date(2027, 1, 30), "2027-01-31 05:00"),
    ],
)
def test_claims_end_with_the_thirtieth_day(cycle_end, zone, last_day, deadline):
    assert last_day_to_claim(cycle_end) == last_day
    assert claim_deadline(cycle_end, zone) == utc(deadline)
    assert claim_deadline(cycle_end, zone, days=1) == local_midnight(cycle_end + timedelta(days=1), zone)


def test_claims_need_a_local_date_and_a_term():
    with pytest.raises(TypeError):
        claim_deadline(utc("2026-02-01 00:00"), CHILE)
    with pytest.raises(ValueError, match="one day"):
        claim_deadline(date(2026, 2, 1), CHILE, days=0)


@pytest.mark.rule("AVL-2", "CRD-4")
@pytest.mark.parametrize(
    ("starts_on", "last_day_on", "after", "expected"),
    [
        (date(2020, 1, 1), None, None, (date(2026, 1, 1), date(2026, 2, 1), Fraction(1))),
        (date(2026, 1, 11), None, None, (date(2026, 1, 11), date(2026, 2, 1), Fraction(21, 31))),
        (date(2020, 1, 1), date(2026, 1, 10), None, (date(2026, 1, 1), date(2026, 1, 11), Fraction(10, 31))),
        (date(2026, 1, 31), date(2026, 1, 31), None, (date(2026, 1, 31), date(2026, 2, 1), Fraction(1, 31))),
        (date(2026, 2, 1), None, None, None),
        (date(2020, 1, 1), date(2025, 12, 31), None, None),
        # The billing day was changed: the cycle begins where the one before ended.
        (
            date(2020, 1, 1),
            None,
            date(2025, 12, 20),
            (date(2025, 12, 20), date(2026, 2, 1), Fraction(43, 31)),
        ),
    ],
)
def test_a_contract_that_begins_or_ends_inside_makes_a_shorter_period(
    starts_on, last_day_on, after, expected
):
    period = period_of(Cycle(2026, 1), 1, starts_on, last_day_on, after=after)

    assert (period and (period.first_day, period.day_after, period.share)) == expected
