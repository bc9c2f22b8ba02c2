"""Instants from local datetimes: the remembered offsets say what zoneinfo says."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain import instants
from sla.domain.instants import EPOCH, since_epoch_for

# Changes at midnight forward and back, within a day, by half an hour, a date left out, none at all.
ZONES = [
    ZoneInfo(key)
    for key in (
        "America/Santiago",
        "Europe/Madrid",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/Havana",
        "Asia/Kolkata",
        "UTC",
    )
]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_every_half_hour_of_two_years_is_the_same_instant(zone):
    since_epoch = since_epoch_for(zone)
    first = datetime(2011, 1, 1, tzinfo=UTC)
    moments = [first + timedelta(minutes=30 * step) for step in range(2 * 365 * 48)]
    assert [since_epoch(moment.astimezone(zone)) for moment in moments] == [at - EPOCH for at in moments]


@given(
    shown=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    zone=st.sampled_from(ZONES),
    other=st.sampled_from(ZONES),
    fold=st.sampled_from((0, 1)),
)
def test_what_the_clock_shows_in_any_zone_is_the_instant_that_zoneinfo_tells(shown, zone, other, fold):
    moment = shown.replace(tzinfo=other, fold=fold)
    since_epoch = since_epoch_for(zone)
    assert since_epoch(moment) == moment - EPOCH
    assert since_epoch(moment) == moment - EPOCH, "and again, from what it remembers"


def test_a_date_on_which_the_clocks_change_is_not_remembered_as_one_offset():
    """Negative control: with the offset of its midnight alone, the hours after the change are wrong."""
    zone = ZoneInfo("Europe/Madrid")
    day = (date(2026, 3, 29) - EPOCH.date()).days
    offsets = instants._Offsets(zone)
    around = [offsets[day - 1], offsets[day], offsets[day + 1]]
    assert around == [timedelta(hours=1), None, timedelta(hours=2)]


def test_what_is_remembered_has_a_limit(monkeypatch):
    monkeypatch.setattr(instants, "DATES_KEPT", 3)
    offsets = instants._Offsets(ZoneInfo("Asia/Kolkata"))
    for day in range(5):
        assert offsets[day] == timedelta(hours=5, minutes=30)
    assert sorted(offsets) == [3, 4]


def test_what_is_no_aware_datetime_is_refused():
    since_epoch = since_epoch_for(ZoneInfo("America/Santiago"))
    with pytest.raises(ValueError, match="has no time zone"):
        since_epoch(datetime(2026, 1, 1))
    with pytest.raises(TypeError, match="an aware datetime is wanted"):
        since_epoch(date(2026, 1, 1))  # type: ignore[arg-type]
