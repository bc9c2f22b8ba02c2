"""A statement day by day and outage by outage: what counted, what did not, and why (AVL-3, AVL-4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lynnsupport.common.intervals import Interval, clip, subtract, total_seconds, union

from .availability import Cause, Impact, Outage, Scope
from .cycles import ONE_DAY, local_midnight
from .statement import Data, Window, interval_from, outages_from, period_from, windows_from, zone_from


class Look(StrEnum):
    """What a day shows, the heaviest first."""

    COUNTED = "counted"
    EXCLUDED = "excluded"  # trouble that weighs nothing
    UNKNOWN = "unknown"  # nobody watched; counts as up (AVL-5)
    FULL = "full"
    AHEAD = "ahead"


class Because(StrEnum):
    """Why an outage, or a part of it, does not count."""

    CAUSE = "cause"
    SCOPE = "scope"
    IMPACT = "impact"
    MAINTENANCE = "maintenance"
    ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an outage that does not count; `proof` names the record that excludes it."""

    interval: Interval
    because: Because
    proof: str


@dataclass(frozen=True, slots=True)
class Explained:
    """One outage of a statement, cut to its period. What `counted` holds may lie in other outages too."""

    facts: Data
    whole: Interval
    counted: tuple[Interval, ...]
    left_out: tuple[Part, ...]

    @property
    def counted_seconds(self) -> int:
        return total_seconds(self.counted)

    @property
    def left_out_seconds(self) -> int:
        return total_seconds(part.interval for part in self.left_out)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the period: what counted, what was left out, what is excluded anyway."""

    day: date
    whole: Interval
    look: Look
    counted: tuple[Interval, ...]
    left_out: tuple[Interval, ...]
    windows: tuple[Interval, ...]

    @property
    def counted_seconds(self) -> int:
        return total_seconds(self.counted)

    @property
    def left_out_seconds(self) -> int:
        return total_seconds(self.left_out)


def explained(data: Data) -> list[Explained]:
    """Each outage of the statement that touches its period, in the order of the statement."""
    whole = _happened(data)
    windows = windows_from(data)
    found = []
    for facts, outage in zip(data["outages"], outages_from(data), strict=True):
        cut = clip([outage.interval], whole)
        if cut and cut[0].start != cut[0].end:
            found.append(_explained(facts, outage, cut[0], windows))
    return found


def _explained(facts: Data, outage: Outage, cut: Interval, windows: Iterable[Window]) -> Explained:
    because = _because(outage)
    if because is not None:
        return Explained(facts, cut, (), (Part(cut, because, ""),))
    left_out, counted = [], [cut]
    for window in windows:
        parts = clip(counted, window.interval)
        left_out += [Part(part, Because(window.kind), window.proof) for part in parts]
        counted = subtract(counted, [window.interval])
    return Explained(facts, cut, tuple(counted), tuple(left_out))


def _because(outage: Outage) -> Because | None:
    if outage.cause is not Cause.OWN:
        return Because.CAUSE
    if outage.scope is not Scope.PLATFORM:
        return Because.SCOPE
    return Because.IMPACT if outage.impact is not Impact.FULL else None


def days_of(data: Data, unknown: Iterable[Interval] = ()) -> list[Day]:
    """Every local day of the period; `unknown` are stretches that nobody watched."""
    period, zone = period_from(data), zone_from(data)
    reached = datetime.fromisoformat(data["as_of"])
    counted = [interval_from(part) for part in data["result"]["counted"]]
    trouble = union(clip([outage.interval for outage in outages_from(data)], _happened(data)))
    left_out = subtract(trouble, counted)
    windows = union(window.interval for window in windows_from(data))
    unwatched = union(unknown)
    days = []
    for number in range((period.day_after - period.first_day).days):
        day = period.first_day + number * ONE_DAY
        whole = Interval(local_midnight(day, zone), local_midnight(day + ONE_DAY, zone))
        lost, spared = clip(counted, whole), clip(left_out, whole)
        look = _look(whole, reached, lost, spared, clip(unwatched, whole))
        days.append(Day(day, whole, look, tuple(lost), tuple(spared), tuple(clip(windows, whole))))
    return days


def _look(
    whole: Interval,
    reached: datetime,
    counted: list[Interval],
    left_out: list[Interval],
    unknown: list[Interval],
) -> Look:
    if counted:
        return Look.COUNTED
    if left_out:
        return Look.EXCLUDED
    if whole.start >= reached:
        return Look.AHEAD
    return Look.UNKNOWN if unknown else Look.FULL


def _happened(data: Data) -> Interval:
    """The period as far as it has been lived."""
    whole = period_from(data).interval(zone_from(data))
    reached = max(datetime.fromisoformat(data["as_of"]), whole.start)
    return Interval(whole.start, reached if whole.end is None else min(whole.end, reached))
