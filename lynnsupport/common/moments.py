"""How an instant is written for a person: `jue 26 nov, 17:30 (Chile)`."""

from contextlib import nullcontext
from datetime import datetime, tzinfo

from django.utils import timezone, translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext, gettext_noop

# The zone in which most of a country lives carries the country's name; any other, its city's.
_COUNTRY_OF_ZONE = {
    "America/Bogota": gettext_noop("Colombia"),
    "America/Guayaquil": gettext_noop("Ecuador"),
    "America/Lima": gettext_noop("Peru"),
    "America/Mexico_City": gettext_noop("Mexico"),
    "America/Santiago": gettext_noop("Chile"),
    "America/Sao_Paulo": gettext_noop("Brazil"),
    "Europe/Madrid": gettext_noop("Spain"),
}

# Django's names of days and months; Spanish writes its months small.
_DATE_FORMATS = {"es": "D j b, H:i", "en": "D j M, H:i"}


def describe_instant(at: datetime, zone: tzinfo, language: str | None = None) -> str:
    """`at` on the wall clock of `zone`, with the zone named, in `language` (else the reader's).

    ValueError for a naive datetime: nobody can know which instant it means.
    """
    if timezone.is_naive(at):
        raise ValueError(f"{at} has no time zone")
    with translation.override(language) if language else nullcontext():
        spoken = (translation.get_language() or "en").partition("-")[0]
        written = format_date(at.astimezone(zone), _DATE_FORMATS.get(spoken, _DATE_FORMATS["en"]))
        return f"{written} ({zone_name(zone)})"


def zone_name(zone: tzinfo) -> str:
    """`Chile`, `Perú`, `Punta Arenas`, `UTC`: the zone as people there call it, in the current language."""
    key = getattr(zone, "key", None) or str(zone)
    if key in _COUNTRY_OF_ZONE:
        return gettext(_COUNTRY_OF_ZONE[key])
    return key.rpartition("/")[2].replace("_", " ")
