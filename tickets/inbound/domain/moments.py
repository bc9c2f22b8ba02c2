"""When something was detected, as a mail states it: with the zone or country beside it, never guessed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lynnsupport.accounts.domain.countries import COUNTRY_ZONES
from lynnsupport.common.search import fold
from tickets.domain.stated_time import instants_of


class Doubt(StrEnum):
    """Why a moment cannot be read; whoever wrote it is asked."""

    NOT_SAID = "not_said"
    NO_ZONE = "no_zone"
    SEVERAL_ZONES = "several_zones"
    SEVERAL_TIMES = "several_times"
    NO_SUCH_TIME = "no_such_time"
    TWICE = "twice"  # clocks were put back over it
    FUTURE = "future"


@dataclass(frozen=True)
class Stated:
    """An instant with the name of the zone it was stated in; or `at` None and the doubt."""

    at: datetime | None
    zone: str = ""
    doubt: Doubt | None = None


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("enero ene january jan janeiro", "febrero feb february fevereiro fev", "marzo mar march marco"),
            *("abril abr april apr", "mayo may maio mai", "junio jun june junho", "julio jul july julho"),
            *("agosto ago august aug", "septiembre setiembre sep sept set september setembro"),
            *("octubre oct october outubro out", "noviembre nov november novembro"),
            "diciembre dic december dec dezembro dez",
        ),
        start=1,
    )
    for name in names.split()
}
_COUNTRIES: Mapping[str, str] = {
    "chile": "CL",
    "peru": "PE",
    "ecuador": "EC",
    "colombia": "CO",
    "mexico": "MX",
    "brasil": "BR",
    "brazil": "BR",
    "espana": "ES",
    "spain": "ES",
}
_CITIES: Mapping[str, str] = {
    "santiago": "America/Santiago",
    "punta arenas": "America/Punta_Arenas",
    "lima": "America/Lima",
    "guayaquil": "America/Guayaquil",
    "quito": "America/Guayaquil",
    "bogota": "America/Bogota",
    "galapagos": "Pacific/Galapagos",
    "isla de pascua": "Pacific/Easter",
    "ciudad de mexico": "America/Mexico_City",
    "cdmx": "America/Mexico_City",
    "sao paulo": "America/Sao_Paulo",
    "madrid": "Europe/Madrid",
    "canarias": "Atlantic/Canary",
}
_ABBREVIATIONS: Mapping[str, str] = {
    "clt": "Etc/GMT+4",
    "clst": "Etc/GMT+3",
    "pet": "America/Lima",
    "brt": "Etc/GMT+3",
    "cet": "Etc/GMT-1",
    "cest": "Etc/GMT-2",
    "utc": "UTC",
    "gmt": "UTC",
    "zulu": "UTC",
}  # EST, CST, IST and ECT mean several zones each, so they are asked about
_PLACE = re.compile(r"\b(" + "|".join(sorted({*_COUNTRIES, *_CITIES}, key=len, reverse=True)) + r")\b")
_ABBREVIATION = re.compile(r"\b(" + "|".join(_ABBREVIATIONS) + r")\b(?!\s*[+-]\s*\d)")
_OFFSET = re.compile(r"\b(?:utc|gmt)\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?\b")
_ISO_OFFSET = re.compile(r"^\s*(z\b|[+-]\d{2}:?\d{2}\b)")
_IANA = re.compile(r"\b((?:america|europe|pacific|atlantic|etc)/[a-z_]+(?:/[a-z_]+)?)")

_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?::|\.|h)(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,6})?)?)?"
    r"\s*(?P<half>a\.?\s?m\.?|p\.?\s?m\.?)?(?![\d/])"
)
_BETWEEN = r"(?:\s*,?\s*(?:a\s+las?|at|as|a\s+eso\s+de\s+las|hora\s*:?|-|–|t|,)?\s*)"
_DATES = (
    r"(?P<y1>\d{4})[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})",
    r"(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4}|\d{2})(?!\d)",
    r"(?P<d3>\d{1,2})(?:\s+de)?[\s-]+(?P<n3>[a-z]{3,10})\.?(?:(?:\s+de|\s+del|,)?[\s-]+(?P<y3>\d{4}))?",
    r"(?P<n4>[a-z]{3,10})\.?\s+(?P<d4>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{4})",
)
_DATE_THEN_CLOCK = [re.compile(rf"(?<![\d/.-]){each}{_BETWEEN}{_CLOCK}") for each in _DATES]
_CLOCK_THEN_DATE = [
    re.compile(rf"(?<![\d:]){_CLOCK}\s*(?:hrs?\.?|horas|h)?\s*(?:,|del?|el|on|of)?\s*(?:dia\s+)?{each}")
    for each in _DATES
]
ZONE_WITHIN = 120  # characters around the time, in which its zone is looked for
_ZONE_BEFORE = 60
_LONGEST = 20_000


def read_moment(text: str, *, now: datetime) -> Stated:
    """The one moment that `text` states, with its zone; a time of another zone or none is a doubt.

    Days come before months, as in every country that Lynn works in. `now` (aware) judges the future and a
    year that is left out.
    """
    folded = _folded(text)[:_LONGEST]
    found: dict[datetime, tuple[int, int]] = {}
    for shown, start, end in _shown(folded, now):
        found.setdefault(shown, (start, end))
    if not found:
        return Stated(None, doubt=Doubt.NOT_SAID)
    if len(found) > 1:
        return Stated(None, doubt=Doubt.SEVERAL_TIMES)
    [(shown, (start, end))] = found.items()
    zones = _zones_near(folded, start, end)
    if not zones:
        return Stated(None, doubt=Doubt.NO_ZONE)
    readings = [_instant(shown, zone, now) for zone in _places_first(zones)]
    if (
        len({reading.at for reading in readings}) > 1
    ):  # «Chile (UTC-3)» says one thing twice, «Chile / Perú» two
        return Stated(None, doubt=Doubt.SEVERAL_ZONES)
    return readings[0]


def _places_first(zones: set[str]) -> list[str]:
    """Names before bare offsets; of several names an offset beside them is the surer one."""
    names = sorted(zone for zone in zones if not zone.startswith(("+", "-")))
    offsets = sorted(zones - set(names))
    return names + offsets if len(names) == 1 else offsets + names


def _folded(text: str) -> str:
    return re.sub(r"\bhoras\b|\bhrs\b\.?", " ", fold(text))


def _instant(shown: datetime, zone: str, now: datetime) -> Stated:
    if zone.startswith(("+", "-")):
        at = shown.replace(tzinfo=UTC) - _offset(zone)
        zone = _fixed_zone(_offset(zone))
    else:
        instants = instants_of(shown, ZoneInfo(zone))
        if len(instants) != 1:
            return Stated(None, zone, Doubt.TWICE if instants else Doubt.NO_SUCH_TIME)
        at = instants[0]
    if at > now:
        return Stated(None, zone, Doubt.FUTURE)
    return Stated(at, zone)


def _offset(text: str) -> timedelta:
    hours, minutes = int(text[1:3]), int(text[-2:])
    size = timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def _fixed_zone(offset: timedelta) -> str:
    """The zone of that offset from UTC; those of half hours have no name, so they are told in UTC."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest or not -12 <= hours <= 14:
        return "UTC"
    return "UTC" if not hours else f"Etc/GMT{-hours:+d}"


def _shown(folded: str, now: datetime) -> Iterator[tuple[datetime, int, int]]:
    """Each date with a time, naive, as it stands in the text, with where it stands."""
    taken: list[tuple[int, int]] = []
    for pattern in (*_DATE_THEN_CLOCK, *_CLOCK_THEN_DATE):
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            shown = _clock_shown(match.groupdict(), now)
            if shown is not None:
                taken.append((start, end))
                yield shown, start, end


def _clock_shown(parts: Mapping[str, str | None], now: datetime) -> datetime | None:
    if parts["minute"] is None and parts["half"] is None:
        return None  # a bare number is no time of day
    hour, minute, second = int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0)
    half = (parts["half"] or "")[:1]
    if half:
        if not 1 <= hour <= 12:
            if hour > 12 and half == "p":
                half = ""  # «15:30 p.m.» says the same twice
            else:
                return None
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
    day = _date_shown(parts, now)
    if day is None:
        return None
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - a wall's
    except ValueError:
        return None


def _date_shown(parts: Mapping[str, str | None], now: datetime) -> date | None:
    by_number = {name[0]: value for name, value in parts.items() if value and name[1:].isdigit()}
    name = by_number.get("n")
    month = _MONTHS.get(name, 0) if name else int(by_number.get("m", 0))
    day, year = int(by_number.get("d", 0)), by_number.get("y")
    if month > 12 and day <= 12 and not name:
        day, month = month, day  # 11/23/2026 can only be read one way
    try:
        if year is None:
            return _latest(month, day, now)
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    except ValueError:
        return None


def _latest(month: int, day: int, now: datetime) -> date | None:
    """The day of a month named without its year: the last one that was, if that is not long ago."""
    if not month:
        return None
    today = now.date()
    candidates = [date(year, month, day) for year in (today.year, today.year - 1) if year >= 1]
    near = [each for each in candidates if -1 <= (today - each).days <= 60]
    return near[0] if near else None


def _zones_near(folded: str, start: int, end: int) -> set[str]:
    """The zones named beside a time: behind it on its line, else before it. Folding left one line only."""
    offset = _ISO_OFFSET.match(folded[end:])
    if offset:
        text = offset[1]
        return {"UTC"} if text == "z" else {text[0] + text[1:].replace(":", "")}
    behind = re.split(r"[.;](?=\s)", folded[end : end + ZONE_WITHIN], maxsplit=1)[0]
    before = re.split(r"[.;](?=\s)", folded[max(0, start - _ZONE_BEFORE) : start])[-1]
    return _zones_in(behind) or _zones_in(before)


def _zones_in(text: str) -> set[str]:
    zones: set[str] = set()
    for sign, hours, minutes in _OFFSET.findall(text):
        zones.add(f"{sign}{int(hours):02d}{minutes or '00'}")
    for name in _IANA.findall(text):
        zones.update(known for known in (_canonical(name),) if known)
    rest = _IANA.sub(" ", _OFFSET.sub(" ", text))
    places = set(_PLACE.findall(rest))
    if "ciudad de mexico" in places:
        places.discard("mexico")
    named = {_CITIES[place] for place in places if place in _CITIES}
    countries = {COUNTRY_ZONES[_COUNTRIES[place]] for place in places if place in _COUNTRIES}
    # «Santiago de Chile», «Punta Arenas, Chile»: the city says it more closely.
    zones |= named or countries
    return zones or {_ABBREVIATIONS[name] for name in _ABBREVIATION.findall(rest)}


def _canonical(folded_name: str) -> str | None:
    for name in {*COUNTRY_ZONES.values(), *_CITIES.values()}:
        if name.lower() == folded_name:
            return name
    guess = "/".join(
        "_".join(word.capitalize() for word in part.split("_")) for part in folded_name.split("/")
    )
    try:
        ZoneInfo(guess)
    except (ValueError, OSError, KeyError):
        return None
    return guess
