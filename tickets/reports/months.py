"""Civil months of one zone, as half-open intervals of instants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Self:
        local = at.astimezone(zone)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2026-11`. ValueError for anything else."""
        day = date.fromisoformat(f"{text}-01")
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    def plus(self, months: int) -> Self:
        years, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return type(self)(years, number + 1)

    def interval(self, zone: ZoneInfo) -> Interval:
        return Interval(_midnight(self, zone), _midnight(self.plus(1), zone))


def _midnight(month: Month, zone: ZoneInfo) -> datetime:
    return datetime(month.year, month.number, 1, tzinfo=zone)


def up_to(last: Month, count: int) -> Iterator[Month]:
    """So many months in a row, the last of them `last`."""
    for back in range(count - 1, -1, -1):
        yield last.plus(-back)
