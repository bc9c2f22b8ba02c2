"""Days as bars: a cycle in one row of days, and each day from midnight to midnight.

Figures are whole units of the picture, so that a day of 23 or 25 hours is as long as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits.domain.days import Day, Look
from lynnsupport.common.intervals import Interval

from .words import LOOKS, day_name

MINUTE = timedelta(minutes=1)
NAMED_DAYS = 6


@dataclass(frozen=True)
class Part:
    """A stretch of a bar; `look` is a class of the style sheet."""

    look: str
    x: int
    width: int


@dataclass(frozen=True)
class Bar:
    label: str
    length: int
    parts: tuple[Part, ...]


def row_of_days(days: Sequence[Day]) -> Bar:
    """One cycle: a unit a day, equal neighbours in one part; the label says in words what it shows."""
    parts, x = [], 0
    for look, run in groupby(days, key=lambda day: day.look):
        width = sum(1 for _day in run)
        parts.append(Part(look.value, x, width))
        x += width
    return Bar(_summary(days), max(len(days), 1), tuple(parts))


def _summary(days: Sequence[Day]) -> str:
    sentences = []
    for look in Look:
        named = [day for day in days if day.look is look]
        if not named:
            continue
        count = ngettext("%(number)s day", "%(number)s days", len(named)) % {"number": len(named)}
        sentence = f"{count}: {LOOKS[look]}"
        if look in (Look.COUNTED, Look.EXCLUDED, Look.UNKNOWN):
            names = ", ".join(day_name(day.day) for day in named[:NAMED_DAYS])
            more = len(named) - NAMED_DAYS
            sentence += f" ({names}{', …' if more > 0 else ''})"
        sentences.append(sentence)
    return "; ".join(sentences)


def bar_of_day(day: Day) -> Bar:
    """One day, in minutes from its midnight: windows, trouble that weighs nothing, downtime that counts."""
    length = _minutes(day.whole, day.whole.end)
    parts = (
        *_parts("window", day.whole, day.windows),
        *_parts("excluded", day.whole, day.left_out),
        *_parts("counted", day.whole, day.counted),
    )
    return Bar(day_name(day.day), length, parts)


def _parts(look: str, whole: Interval, spans: Iterable[Interval]) -> Iterator[Part]:
    for span in spans:
        x = _minutes(whole, span.start)
        yield Part(look, x, max(_minutes(whole, span.end) - x, 2))


def _minutes(whole: Interval, at) -> int:
    return (at - whole.start) // MINUTE


def spans_in_words(spans: Iterable[Interval], zone: ZoneInfo) -> str:
    """`10:00:00–10:20:00, 23:10:00–24:00:00` on the wall clock of `zone`."""
    return ", ".join(
        _("%(start)s–%(end)s") % {"start": _clock(span.start, zone), "end": _clock(span.end, zone)}
        for span in spans
    )


def _clock(at, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"
