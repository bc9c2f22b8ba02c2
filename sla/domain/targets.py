"""What the agreement promises, as values: kinds of clocks, how a target is stated, the terms of a policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, Self

from lynnsupport.common.intervals import Interval

SEVERITIES = (1, 2, 3)


class ClockKind(StrEnum):
    FIRST_RESPONSE = "first_response"  # RSP-1..3
    NEXT_RESPONSE = "next_response"  # RSP-4
    RESTORATION_GOAL = "restoration_goal"  # RST-1: what support aims at
    RESTORATION = "restoration"  # RST-1..3: what support commits to
    RCA = "rca"  # RCA-1: a deliverable, owed by the end of a business day


RESPONSE_KINDS = frozenset({ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE})
RESTORATION_KINDS = frozenset({ClockKind.RESTORATION_GOAL, ClockKind.RESTORATION})


class Unit(StrEnum):
    """How a target is stated.

    A business day is the calendar's standard day (RST-2): so much open time. `BUSINESS_DAY_ENDS` is a date
    instead: the closing of the nth business day after the local date of the start (RCA-1).
    """

    ELAPSED_MINUTES = "elapsed_minutes"
    BUSINESS_MINUTES = "business_minutes"
    BUSINESS_DAYS = "business_days"
    BUSINESS_DAY_ENDS = "business_day_ends"


class TimeMeasure(Protocol):
    """What counts as time: a business calendar, or `ELAPSED`. Aware datetimes in and out."""

    def add(self, start: datetime, duration: timedelta) -> datetime: ...
    def between(self, start: datetime, end: datetime) -> timedelta: ...
    def open_intervals(self, start: datetime, end: datetime) -> Iterable[Interval]: ...


class WorkingCalendar(TimeMeasure, Protocol):
    """A measure that knows how long its usual day is: `business_time.BusinessCalendar`."""

    @property
    def standard_day(self) -> timedelta: ...
    def end_of_business_day(self, start: datetime, nth: int) -> datetime: ...


class _Elapsed:
    """Day and night, no calendar (RSP-1). Only for instants in UTC: elsewhere `+` moves a wall clock."""

    def add(self, start: datetime, duration: timedelta) -> datetime:
        return start + duration

    def between(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, timedelta())

    def open_intervals(self, start: datetime, end: datetime) -> Iterable[Interval]:
        return [Interval(start, end)] if start < end else []


ELAPSED: TimeMeasure = _Elapsed()


@dataclass(frozen=True, slots=True)
class Target:
    """One promise of a policy: so much time, for one kind of clock at one severity.

    `warning_percents` ascend strictly between 0 and 100 (RST-8). ValueError otherwise, and for an
    amount that is not positive or an unknown severity.
    """

    kind: ClockKind
    severity: int
    amount: int
    unit: Unit
    warning_percents: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity {self.severity} is none of {SEVERITIES}")
        if self.amount <= 0:
            raise ValueError(f"a target of {self.amount} leaves no time; it must be positive")
        if self.unit is Unit.BUSINESS_DAY_ENDS and self.may_pause:
            raise ValueError(f"a {self.kind} clock can be paused; the end of a day cannot (RST-6)")
        _check_percents(self.warning_percents)

    @property
    def rule(self) -> str:
        """The rule of the agreement that states this target, such as "RSP-1"."""
        if self.kind in _RULES:
            return _RULES[self.kind]
        return f"{'RST' if self.kind in RESTORATION_KINDS else 'RSP'}-{self.severity}"

    @property
    def may_pause(self) -> bool:
        """RST-6: response clocks never pause."""
        return self.kind in RESTORATION_KINDS

    @property
    def is_elapsed(self) -> bool:
        return self.unit is Unit.ELAPSED_MINUTES

    def measure(self, calendar: WorkingCalendar) -> TimeMeasure:
        return ELAPSED if self.is_elapsed else calendar

    def duration(self, calendar: WorkingCalendar, start: datetime) -> timedelta:
        """The time promised to a clock that counts from `start`, in what `measure` counts."""
        match self.unit:
            case Unit.BUSINESS_DAYS:
                return self.amount * calendar.standard_day
            case Unit.BUSINESS_DAY_ENDS:
                return calendar.between(start, calendar.end_of_business_day(start, self.amount))
            case _:
                return timedelta(minutes=self.amount)

    def to_data(self) -> dict[str, object]:
        """As JSON; `from_data` reads it back."""
        return {
            "kind": self.kind.value,
            "severity": self.severity,
            "amount": self.amount,
            "unit": self.unit.value,
            "warning_percents": list(self.warning_percents),
        }

    @classmethod
    def from_data(cls, data: Mapping) -> Self:
        return cls(
            kind=ClockKind(data["kind"]),
            severity=data["severity"],
            amount=data["amount"],
            unit=Unit(data["unit"]),
            warning_percents=tuple(data["warning_percents"]),
        )


# The others are numbered by severity.
_RULES = {ClockKind.NEXT_RESPONSE: "RSP-4", ClockKind.RCA: "RCA-1"}


def parse_percents(text: str) -> tuple[int, ...]:
    """Warning percents from "50 75 90"; ValueError unless whole and ascending between 0 and 100 (RST-8)."""
    percents = tuple(int(figure) for figure in text.split())
    _check_percents(percents)
    return percents


def _check_percents(percents: tuple[int, ...]) -> None:
    if list(percents) != sorted(set(percents)) or not all(0 < percent < 100 for percent in percents):
        raise ValueError(f"warning percents {percents} do not ascend between 0 and 100")


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of a policy says: borders of severity, weights of priority, targets.

    `critical_over` and `low_under` are percents of impact (SEV-1); `weights` by priority (SEV-3).
    """

    critical_over: Decimal
    low_under: Decimal
    weights: Mapping[str, Decimal]
    targets: tuple[Target, ...]

    def for_severity(self, severity: int) -> tuple[Target, ...]:
        return tuple(target for target in self.targets if target.severity == severity)

    def target(self, kind: ClockKind, severity: int) -> Target | None:
        """The one target of that kind at that severity; None where the policy promises nothing."""
        found = (target for target in self.targets if (target.kind, target.severity) == (kind, severity))
        return next(found, None)
