"""What became of deadlines, counted: verdicts, shares, percentiles. Exact arithmetic only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from sla.domain.readings import ClockState, Reading


class Verdict(StrEnum):
    MET = "met"
    LATE = "late"  # done after its deadline
    MISSED = "missed"  # not done by the instant of the report
    EXCUSED = "excused"  # EXC: no deadline applied; in no share
    OPEN = "open"  # neither done nor due


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and the instant by which a clock belongs to a month; None while it is open."""

    verdict: Verdict
    at: datetime | None


def judge(shown: Reading) -> Judged | None:
    """What became of the clock; None for one that ended without effect.

    It belongs to the instant at which it was decided: when it was done in time, or its deadline when it was
    missed, however late it was done then. An excused one belongs to when it was excused.
    """
    if shown.state is ClockState.CANCELLED:
        return None
    if shown.state is ClockState.MET:
        return Judged(Verdict.MET, shown.stopped_at)
    if shown.state is ClockState.EXCUSED:
        return Judged(Verdict.EXCUSED, shown.excused_since)
    if shown.state is ClockState.BREACHED:
        return Judged(Verdict.MISSED if shown.stopped_at is None else Verdict.LATE, shown.due_at)
    return Judged(Verdict.OPEN, None)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of each verdict."""

    met: int = 0
    late: int = 0
    missed: int = 0
    excused: int = 0

    @property
    def decided(self) -> int:
        return self.met + self.late + self.missed

    @property
    def share(self) -> Fraction | None:
        """The part met of what was decided; None where nothing was."""
        return Fraction(self.met, self.decided) if self.decided else None


def tally(verdicts: Iterable[Verdict]) -> Tally:
    counts = dict.fromkeys(Verdict, 0)
    for verdict in verdicts:
        counts[verdict] += 1
    return Tally(counts[Verdict.MET], counts[Verdict.LATE], counts[Verdict.MISSED], counts[Verdict.EXCUSED])


def percentile(values: Sequence[timedelta], percent: int) -> timedelta | None:
    """The nearest-rank percentile: the smallest value that at least `percent` % of them do not exceed.

    None without values; ValueError for a percent outside 1 to 100.
    """
    if not 1 <= percent <= 100:
        raise ValueError(f"{percent} is no percentile")
    if not values:
        return None
    rank = -(-len(values) * percent // 100)
    return sorted(values)[rank - 1]


def percent_floor(share: Fraction) -> str:
    """A share in percent with one decimal, cut and never rounded: under 100 % it never reads 100."""
    tenths = share * 1000
    whole, tenth = divmod(tenths.numerator // tenths.denominator, 10)
    return f"{whole}.{tenth}"
