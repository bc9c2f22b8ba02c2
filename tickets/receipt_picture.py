"""The days of a receipt as bars: when it was open, when it counted, when the clock stood still.

Figures are minutes from the start of the day, so that a bar of a day of 23 or 25 hours is as long as it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lynnsupport.common.intervals import Interval, clip

from .domain.receipt import Day, Receipt
from .explanations import date_in_words

MINUTE = timedelta(minutes=1)
MOST_BARS = 14


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


@dataclass(frozen=True)
class Bar:
    label: str
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
        return [_bar(day, marks) for day in rows]
    half = MOST_BARS // 2
    left_out = rows[half : len(rows) - half]
    days = sum((day.last - day.first).days + 1 for day in left_out)
    ends = ([_bar(day, marks) for day in part] for part in (rows[:half], rows[-half:]))
    first, last = ends
    return [*first, Gap(days), *last]


def _bar(day: Day, marks: dict[str, datetime | None]) -> Bar:
    label = date_in_words(day.first)
    if day.last != day.first:
        label = f"{label} – {date_in_words(day.last)}"
    stood_still = [Interval(pause.start, pause.end) for pause in day.pauses]
    return Bar(
        label=label,
        length=_minutes(day, day.whole.end),
        parts=(
            *_parts("open", day, day.open),
            *_parts("paused", day, clip(stood_still, day.whole)),
            *_parts("counted", day, day.counted),
        ),
        marks=tuple(
            Mark(look, _minutes(day, at))
            for look, at in marks.items()
            if at is not None and day.whole.start <= at < day.whole.end  # type: ignore[operator]
        ),
    )


def _parts(look: str, day: Day, spans: Sequence[Interval] | Iterable[Interval]) -> Iterator[Part]:
    for span in spans:
        x = _minutes(day, span.start)
        yield Part(look, x, max(_minutes(day, span.end) - x, 1))


def _minutes(day: Day, at: datetime | None) -> int:
    return ((at or day.whole.end) - day.whole.start) // MINUTE  # type: ignore[operator]
