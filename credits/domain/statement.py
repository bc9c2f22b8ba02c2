"""An availability statement as data: what was known, and what follows from it (AVL-6).

A statement is JSON: inputs, and under `result` what `recompute` makes of them. `docs/availability.md` says
the same in words, so that anybody can count again with their own tools.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from lynnsupport.common.intervals import Interval, clip

from .availability import Measurement, Outage, announced_window, daily_window, measure, percentage
from .cycles import ONE_DAY, Cycle, Period, last_day_to_claim
from .tiers import Tier, credit_amount, credit_percent

RULES = "AVL/1"  # changes when a reading of the rules does; an old statement keeps its own

type Data = Mapping[str, Any]


class Reading(StrEnum):
    """What availability is a share of."""

    PERIOD = "period"  # AVL-1: of the whole period
    EXCLUDING = "excluding"  # AVL-7: of the period without the windows


class WindowKind(StrEnum):
    MAINTENANCE = "maintenance"  # SUP-5
    ANNOUNCED = "announced"  # AVL-4


@dataclass(frozen=True, slots=True)
class Window:
    """Time that does not count whatever happened in it, and the record that proves it."""

    kind: WindowKind
    interval: Interval
    proof: str


class HoursOf:
    """Productive hours as a statement carries them: the open intervals themselves."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._intervals = list(intervals)

    def open_intervals(self, start: datetime, end: datetime) -> list[Interval]:
        return clip(self._intervals, Interval(start, end))


def instant_text(at: datetime) -> str:
    """`2026-01-01T03:00:00Z`, with the parts of a second where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def interval_data(interval: Interval) -> dict[str, str | None]:
    return {
        "start": instant_text(interval.start),
        "end": None if interval.end is None else instant_text(interval.end),
    }


def interval_from(data: Data) -> Interval:
    return Interval(_instant(data["start"]), _instant(data["end"]) if data["end"] else None)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def period_from(data: Data) -> Period:
    written = data["period"]
    return Period(
        Cycle.parse(data["cycle"]),
        date.fromisoformat(written["first_day"]),
        date.fromisoformat(written["day_after"]),
        written["cycle_days"],
    )


def zone_from(data: Data) -> ZoneInfo:
    return ZoneInfo(data["contract"]["time_zone"])


def tiers_from(data: Data) -> tuple[Tier, ...]:
    return tuple(Tier(Decimal(tier["under"]), tier["credit"]) for tier in data["policy"]["tiers"])


def outages_from(data: Data) -> list[Outage]:
    return [
        Outage(interval.start, interval.end, each["cause"], each["scope"], each["impact"])
        for each in data["outages"]
        for interval in (interval_from(each),)
    ]


def windows_from(data: Data) -> list[Window]:
    """The exclusions of the statement's period, in the order of their start."""
    period = period_from(data)
    zone = zone_from(data)
    whole = period.interval(zone)
    windows = list(_maintenance_windows(data["maintenance"], period, zone))
    for each in data["announcements"]:
        hours = HoursOf(interval_from(hours) for hours in each["productive_hours"])
        parts = announced_window(interval_from(each), _instant(each["announced_at"]), hours)
        proof = each["proof"]
        windows += [Window(WindowKind.ANNOUNCED, part, proof) for part in clip(parts, whole)]
    return sorted(windows, key=lambda window: (window.interval.start, window.kind))


def _maintenance_windows(agreements: Sequence[Data], period: Period, zone: ZoneInfo) -> Iterable[Window]:
    """SUP-5: each agreement covers the local dates from its first day until the next one's."""
    ordered = sorted(agreements, key=lambda agreement: agreement["first_day"])
    whole = period.interval(zone)
    for position, agreement in enumerate(ordered):
        # a window of the evening before may reach into the period
        first = max(date.fromisoformat(agreement["first_day"]), period.first_day - ONE_DAY)
        after = period.day_after
        if position + 1 < len(ordered):
            after = min(after, date.fromisoformat(ordered[position + 1]["first_day"]))
        start = time.fromisoformat(agreement["daily_start"])
        days = (first + number * ONE_DAY for number in range((after - first).days))
        windows = [window for day in days if (window := daily_window(day, start, zone))]
        for part in clip(windows, whole):
            yield Window(WindowKind.MAINTENANCE, part, agreement["proof"])


def measurement_of(data: Data) -> Measurement:
    """What the statement's own inputs measure."""
    windows = [window.interval for window in windows_from(data)]
    return measure(
        period_from(data).interval(zone_from(data)), outages_from(data), windows, _instant(data["as_of"])
    )


def recompute(data: Data) -> dict[str, Any]:
    """The `result` of a statement, from its inputs alone; equal to the one it carries, or it was changed."""
    period, tiers = period_from(data), tiers_from(data)
    measured = measurement_of(data)
    shares = {
        Reading.PERIOD: measured.availability,
        Reading.EXCLUDING: measured.availability_excluding,
    }
    percents = {reading: credit_percent(share, tiers) for reading, share in shares.items()}
    binding = Reading(data["policy"]["binding_reading"])
    base = base_of(data["contract"], period.share)
    return {
        "period": interval_data(measured.period),
        "period_seconds": measured.period_seconds,
        "counted_seconds": measured.counted_seconds,
        "excluded_seconds": measured.excluded_seconds,
        "availability": {reading.value: _fraction_text(share) for reading, share in shares.items()},
        "percentage": {reading.value: percentage(share) for reading, share in shares.items()},
        "credit_percent": {reading.value: percent for reading, percent in percents.items()},
        "binding_credit_percent": percents[binding],
        "tiers_differ": percents[Reading.PERIOD] != percents[Reading.EXCLUDING],
        "allowed_seconds": [tier.allowed_seconds(measured.period_seconds) for tier in tiers],
        "base": _fraction_text(base),
        "amount": _amount(base, percents[binding], data["contract"]["currency"]),
        "last_day_to_claim": last_day_to_claim(period.day_after, data["policy"]["claim_days"]).isoformat(),
        "counted": [interval_data(part) for part in measured.counted],
        "excluded": [interval_data(part) for part in measured.excluded],
        "is_provisional": measured.is_provisional,
    }


def base_of(contract: Data, share: Fraction = Fraction(1)) -> Fraction | None:
    """CRD-4: the monthly value, or a twelfth of an annual contract's, times the part of the cycle; exact.

    None where the contract names no value.
    """
    if contract["billing"] == "annual" and contract["base_annual_value"] is not None:
        return Fraction(contract["base_annual_value"]) / 12 * share
    value = contract["base_monthly_value"]
    return None if value is None else Fraction(value) * share


def _amount(base: Fraction | None, percent: int, currency: str) -> str | None:
    """None without a base value, or where the currency has no minor unit: the claim says so."""
    if base is None:
        return None
    try:
        return f"{credit_amount(base, percent, currency):f}"
    except ValueError:
        return None


def _fraction_text(share: Fraction | None) -> str | None:
    return None if share is None else f"{share.numerator}/{share.denominator}"


# What later evidence may change. The period's borders, the policy and the names stay as they were frozen.
EVIDENCE = ("outages", "maintenance", "announcements")


def same_evidence(before: Data, after: Data) -> bool:
    """Whether nothing that the figures rest on has changed between two statements of a cycle."""
    worth = ("base_monthly_value", "base_annual_value", "currency", "billing")
    return (
        all(before[name] == after[name] for name in EVIDENCE)
        and before["period"] == after["period"]
        and all(before["contract"][name] == after["contract"][name] for name in worth)
    )


def difference(before: Data, after: Data) -> dict[str, Any]:
    """What version 2 says otherwise: evidence that came, evidence that went, figures that moved."""
    changed = {
        name: {"before": before["result"][name], "after": after["result"][name]}
        for name in ("counted_seconds", "excluded_seconds", "percentage", "binding_credit_percent", "amount")
        if before["result"][name] != after["result"][name]
    }
    return {
        "added": {name: [each for each in after[name] if each not in before[name]] for name in EVIDENCE},
        "removed": {name: [each for each in before[name] if each not in after[name]] for name in EVIDENCE},
        "figures": changed,
    }
