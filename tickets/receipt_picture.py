"""The days of a receipt as bars: when it was open, when it counted, when the clock stood still.

Figures are minutes from the start of the day, so that a bar of a day of 23 or 25 hours is as long as it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval, clip

from .domain.receipt import Receipt
from .domain.receipt_days import ONE_DAY, Day
from .explanations import date_in_words, span_in_words

MINUTE = timedelta(minutes=1)
MOST_BARS = 14
MARK_WIDTH = 9  # minutes, for an instant has no width


@dataclass(frozen=True)
class Part:
    """A stretch of a bar: `look` is `open`, `counted` or `paused`."""

    look: str
    x: int
    width: int


@dataclass(frozen=True)
class Mark:
    """An instant on a bar: `look` is `start`, `due`, `done` or `now`."""

    look: str
    x: int
    width: int = MARK_WIDTH


@dataclass(frozen=True)
class Bar:
    """A row of the picture; `counted` says in words what the parts show."""

    label: str
    counted: str
    length: int
    parts: tuple[Part, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Gap:
    """Days that the picture leaves out; the table beside it has them."""

    days: int


def picture_of(receipt: Receipt, *, now: datetime, done_at: datetime | None) -> list[Bar | Gap]:
    """One bar a day, days without anything counted in one; of a long story its beginning and its end."""
    marks = {"start": receipt.counts_from, "due": receipt.due_at, "done": done_at, "now": now}
    rows = list(receipt.days)
    if len(rows) <= MOST_BARS:
        return [_bar(day, marks, receipt.zone) for day in rows]
    half = MOST_BARS // 2
    first, left_out, last = rows[:half], rows[half:-half], rows[-half:]
    days = sum((day.last - day.first).days + 1 for day in left_out)
    bars = [_bar(day, marks, receipt.zone) for day in (*first, *last)]
    return [*bars[:half], Gap(days), *bars[half:]]


def _bar(day: Day, marks: dict[str, datetime | None], zone: ZoneInfo) -> Bar:
    label = date_in_words(day.first)
    if day.last != day.first:
        label = f"{label} – {date_in_words(day.last)}"
    stood_still = [Interval(pause.start, pause.end) for pause in day.pauses]
    placed = ((look, _minute_of(at, day, zone)) for look, at in marks.items() if at is not None)
    length = _minutes(day, day.whole.end)
    spans = (span_in_words(part.start, part.end, zone) for part in day.counted if part.end)
    return Bar(
        label=label,
        counted=", ".join(spans),
        length=length,
        parts=(
            *_parts("open", day, day.open),
            *_parts("paused", day, clip(stood_still, day.whole)),
            *_parts("counted", day, day.counted),
        ),
        marks=tuple(
            Mark(look, min(minute, length - MARK_WIDTH)) for look, minute in placed if minute is not None
        ),
    )


def _minute_of(at: datetime, day: Day, zone: ZoneInfo) -> int | None:
    """Where an instant stands on its day, which is one of the row's; None where it is none of them.

    The midnight that ends the row is on it: a deadline at 24:00 belongs to the day that it closes.
    """
    local = at.astimezone(zone)
    midnight = datetime.combine(local.date(), time(), zone).astimezone(UTC)
    if local.date() == day.last + ONE_DAY and at == midnight:
        return _minutes(day, day.whole.end)
    return (at - midnight) // MINUTE if day.first <= local.date() <= day.last else None


def _parts(look: str, day: Day, spans: Iterable[Interval]) -> Iterator[Part]:
    for span in spans:
        x = _minutes(day, span.start)
        yield Part(look, x, max(_minutes(day, span.end) - x, 1))


def _minutes(day: Day, at: datetime | None) -> int:
    return ((at or day.whole.end) - day.whole.start) // MINUTE  # type: ignore[operator]
