"""Billing cycles on a contract's local calendar, and until when credit may be claimed (AVL-2, CRD-2).

Days are local dates and become instants last, so that a change of the clocks lengthens or shortens a cycle
by what it is and never moves a border.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Self
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval

ONE_DAY = timedelta(days=1)
REMINDED_AT = time(9)
CLAIM_DAYS = 30  # CRD-2, as the shipped policy has it
_WRITTEN = re.compile(r"(\d{4})-(\d{2})")


def billing_cycle(year: int, month: int, billing_day: int, zone: ZoneInfo) -> Interval:
    """The cycle that starts in that month: from local midnight of the billing day to the next one (AVL-2).

    Billing days 29 to 31 fall on the last day of shorter months. ValueError for a month or a billing day
    that no calendar has.
    """
    cycle = Cycle(year, month)
    return Interval(
        local_midnight(cycle.first_day(billing_day), zone), local_midnight(cycle.day_after(billing_day), zone)
    )


def claim_deadline(cycle_end: date, zone: ZoneInfo, days: int = CLAIM_DAYS) -> datetime:
    """The instant at which a claim begins to be late, in UTC: local midnight after the 30th day (CRD-2).

    `cycle_end` is the first local day after the cycle and the first of the thirty: January's is 1 February,
    so its last day is 2 March, or 1 March in a leap year. TypeError for a datetime in its place.
    """
    return local_midnight(last_day_to_claim(cycle_end, days) + ONE_DAY, zone)


def last_day_to_claim(cycle_end: date, days: int = CLAIM_DAYS) -> date:
    """The last local day on which a claim is in time, for people to read."""
    if days < 1:
        raise ValueError(f"a term has at least one day, not {days}")
    return _checked_date(cycle_end) + timedelta(days=days - 1)


def reminder_instants(last_day: date, days_before: Iterable[int], zone: ZoneInfo) -> list[datetime]:
    """When people are reminded of a last day: at nine in the morning, so many days before; in order."""
    return sorted(
        datetime.combine(last_day - days * ONE_DAY, REMINDED_AT, zone).astimezone(UTC) for days in days_before
    )


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local date begins, in UTC.

    A midnight that the clocks skip is read with the offset before the gap, a repeated one as its first
    occurrence (RFC 5545, 3.3.5).
    """
    return datetime.combine(_checked_date(day), time(), zone).astimezone(UTC)


@dataclass(frozen=True, order=True, slots=True)
class Cycle:
    """A billing cycle by the month in which it starts; written `2026-01`."""

    year: int
    month: int

    def __post_init__(self) -> None:
        date(self.year, self.month, 1)  # ValueError for what is no month

    @classmethod
    def parse(cls, text: str) -> Self:
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"«{text}» is no cycle; write one such as 2026-01")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def containing(cls, day: date, billing_day: int) -> Self:
        """The cycle in which a local date lies."""
        cycle = cls(day.year, day.month)
        return cycle if cycle.first_day(billing_day) <= day else cycle.shifted(-1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def shifted(self, months: int) -> Self:
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return type(self)(year, month + 1)

    def first_day(self, billing_day: int) -> date:
        """Derived from the billing day, never from where the cycle before ended."""
        if not 1 <= billing_day <= 31:
            raise ValueError(f"a billing day is one of 1 to 31, not {billing_day}")
        return date(self.year, self.month, min(billing_day, monthrange(self.year, self.month)[1]))

    def day_after(self, billing_day: int) -> date:
        """The first local day after the cycle."""
        return self.shifted(1).first_day(billing_day)


@dataclass(frozen=True, slots=True)
class Period:
    """A cycle cut to the contract (AVL-2): the local days from `first_day` up to before `day_after`.

    `cycle_days` are the calendar days of the whole cycle, which the base of a shorter one is prorated by.
    """

    cycle: Cycle
    first_day: date
    day_after: date
    cycle_days: int

    @property
    def share(self) -> Fraction:
        return Fraction((self.day_after - self.first_day).days, self.cycle_days)

    def interval(self, zone: ZoneInfo) -> Interval:
        return Interval(local_midnight(self.first_day, zone), local_midnight(self.day_after, zone))


def period_of(
    cycle: Cycle,
    billing_day: int,
    starts_on: date,
    last_day_on: date | None,
    *,
    after: date | None = None,
) -> Period | None:
    """The part of the cycle that the contract covers, both its days included; None where there is none.

    `after` is the first day that no earlier cycle of the contract holds. Where the billing day was changed it
    differs from the cycle's own first day, and the cycle begins there: no day is in two cycles or in none.
    """
    whole_from, whole_to = cycle.first_day(billing_day), cycle.day_after(billing_day)
    first = max(whole_from if after is None else after, starts_on)
    ends = whole_to if last_day_on is None else min(whole_to, last_day_on + ONE_DAY)
    if ends <= first:
        return None
    return Period(cycle, first, ends, (whole_to - whole_from).days)


def _checked_date(day: date) -> date:
    if isinstance(day, datetime):
        raise TypeError(f"a local date is wanted, not the datetime {day!r}")
    return day
