"""Availability counted second by second on a bitmap: slow, naive, and of another make than the product's."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction


def _second(at: datetime) -> int:
    return int(at.timestamp())


def _paint(seconds: bytearray, first: int, start: datetime, end: datetime) -> None:
    low, high = max(_second(start) - first, 0), min(_second(end) - first, len(seconds))
    for second in range(low, high):
        seconds[second] = 1


def bitmap(
    period: tuple[datetime, datetime],
    outages: Iterable[tuple[datetime, datetime | None, str, str, str]],
    windows: Iterable[tuple[datetime, datetime]],
    as_of: datetime,
) -> tuple[int, int, Fraction | None, Fraction | None]:
    """Seconds of the period, seconds counted, and both readings of availability; whole seconds only."""
    first, length = _second(period[0]), _second(period[1]) - _second(period[0])
    down, excluded = bytearray(length), bytearray(length)
    for start, end, cause, scope, impact in outages:
        if (cause, scope, impact) == ("own", "platform", "full"):
            _paint(down, first, start, as_of if end is None else min(end, as_of))
    for start, end in windows:
        _paint(excluded, first, start, end)
    counted = sum(lost and not out for lost, out in zip(down, excluded, strict=True))
    left = length - sum(excluded)
    return (
        length,
        counted,
        Fraction(length - counted, length) if length else None,
        Fraction(left - counted, left) if left else None,
    )
