"""The countries Lynn's partners work in, each with the zone its civil dates are read in."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

COUNTRY_ZONES: Mapping[str, str] = {
    "CL": "America/Santiago",
    "PE": "America/Lima",
    "EC": "America/Guayaquil",
    "CO": "America/Bogota",
    "MX": "America/Mexico_City",
    "BR": "America/Sao_Paulo",
    "ES": "Europe/Madrid",
}


def zone_of(country: str) -> ZoneInfo:
    """The zone in which a date stated for `country` begins and ends. KeyError for an undeclared country."""
    return ZoneInfo(COUNTRY_ZONES[country])


def civil_date(country: str, at: datetime) -> date:
    """The date in `country` at the instant `at`. ValueError for a naive `at`, KeyError as above."""
    if at.utcoffset() is None:
        raise ValueError("an instant without a time zone falls on no date")
    return at.astimezone(zone_of(country)).date()
