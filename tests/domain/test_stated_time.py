"""INT-3: a detection time is stated on a clock somewhere; some of those times do not exist or exist twice."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.stated_time import instants_of

SANTIAGO = ZoneInfo("America/Santiago")
ZONES = ["America/Santiago", "America/Lima", "Europe/Madrid", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]


@pytest.mark.rule("INT-3")
@pytest.mark.parametrize(
    ("shown", "instants"),
    [
        # an ordinary afternoon
        (datetime(2026, 11, 26, 17, 30), [datetime(2026, 11, 26, 20, 30, tzinfo=UTC)]),
        # clocks were put forward from 24:00 to 1:00: that night has no 0:30
        (datetime(2026, 9, 6, 0, 30), []),
        (datetime(2026, 9, 6, 1, 0), [datetime(2026, 9, 6, 4, 0, tzinfo=UTC)]),
        # clocks were put back from 24:00 to 23:00: that evening has two 23:30
        (
            datetime(2026, 4, 4, 23, 30),
            [datetime(2026, 4, 5, 2, 30, tzinfo=UTC), datetime(2026, 4, 5, 3, 30, tzinfo=UTC)],
        ),
        (datetime(2026, 4, 5, 0, 0), [datetime(2026, 4, 5, 4, 0, tzinfo=UTC)]),
    ],
)
def test_a_time_shown_in_chile_is_one_instant_none_or_two(shown, instants):
    assert list(instants_of(shown, SANTIAGO)) == instants


def test_an_instant_is_no_stated_time():
    with pytest.raises(ValueError, match="already"):
        instants_of(datetime(2026, 1, 1, tzinfo=UTC), SANTIAGO)


@given(
    at=st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_every_instant_is_among_those_of_what_its_clock_showed(at, zone):
    zone = ZoneInfo(zone)
    shown = at.astimezone(zone).replace(tzinfo=None, fold=0)
    found = instants_of(shown, zone)
    assert at in found
    assert {instant.astimezone(zone).replace(tzinfo=None, fold=0) for instant in found} == {shown}
    assert list(found) == sorted(set(found))
