"""Countries, civil dates and addresses: pure, without a database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.accounts.domain.addresses import fold_address
from lynnsupport.accounts.domain.countries import COUNTRY_ZONES, civil_date, zone_of
from lynnsupport.accounts.models import Country

COUNTRIES = st.sampled_from(sorted(COUNTRY_ZONES))
INSTANTS = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
)


def test_every_country_of_the_forms_has_a_zone():
    assert set(COUNTRY_ZONES) == set(Country.values)


@pytest.mark.parametrize("country", sorted(COUNTRY_ZONES))
def test_every_zone_exists(country):
    assert zone_of(country) == ZoneInfo(COUNTRY_ZONES[country])


def test_an_undeclared_country_is_an_error():
    with pytest.raises(KeyError):
        zone_of("XX")


@given(COUNTRIES, INSTANTS)
def test_a_civil_date_holds_its_instant(country, at):
    """The instant lies at or after the date's midnight there, and before the next one's."""
    day, zone = civil_date(country, at), zone_of(country)
    next_day = day + timedelta(days=1)
    local = at.astimezone(zone).replace(tzinfo=None)
    assert (
        datetime(day.year, day.month, day.day)
        <= local
        < datetime(next_day.year, next_day.month, next_day.day)
    )


@given(COUNTRIES, INSTANTS, st.sampled_from(["Asia/Tokyo", "America/Lima", "Pacific/Kiritimati"]))
def test_a_civil_date_does_not_depend_on_how_the_instant_is_written(country, at, zone):
    assert civil_date(country, at.astimezone(ZoneInfo(zone))) == civil_date(country, at)


@given(COUNTRIES, INSTANTS, INSTANTS)
def test_civil_dates_never_go_back(country, one, other):
    first, second = sorted([one, other])
    assert civil_date(country, first) <= civil_date(country, second)


def test_a_civil_date_of_chile():
    assert civil_date("CL", datetime(2026, 9, 6, 3, 59, 59, tzinfo=UTC)) == date(2026, 9, 5)
    assert civil_date("CL", datetime(2026, 9, 6, 4, 0, tzinfo=UTC)) == date(2026, 9, 6)


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        civil_date("CL", datetime(2026, 6, 1))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ana@Example.COM", "ana@example.com"),
        (" ana@example.com\n", "ana@example.com"),
        ("ana+Lynn@example.com", "ana+lynn@example.com"),
        ("\u212aate@example.com", "\u212aate@example.com"),  # Kelvin sign: not a k
        ("José@Example.com", "José@Example.com"),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(written, folded):
    assert fold_address(written) == folded


@given(st.text())
def test_folding_again_changes_nothing_and_never_makes_an_ascii_address_of_another(text):
    folded = fold_address(text)
    assert fold_address(folded) == folded
    assert folded.isascii() == text.strip().isascii()
