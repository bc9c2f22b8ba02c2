"""The spans of an incident's impact: half-open, apart from one another, in order (AVL-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from lynnsupport.common.intervals import Interval, clip, total_seconds

from .words import Impact


@dataclass(frozen=True, slots=True)
class Segment:
    """How bad it was from `start` up to `end`; no end while it lasts. Raises ValueError as Interval does."""

    impact: Impact
    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        span = Interval(self.start, self.end)
        object.__setattr__(self, "start", span.start)
        object.__setattr__(self, "end", span.end)

    @property
    def span(self) -> Interval:
        return Interval(self.start, self.end)


class Flaw(StrEnum):
    """Why a list of segments cannot be what happened."""

    NONE_GIVEN = "none_given"
    EMPTY = "empty"
    OVERLAP = "overlap"
    OPEN_BEFORE_ANOTHER = "open_before_another"
    BEFORE_THE_START = "before_the_start"
    STARTS_LATER = "starts_later"
    IN_THE_FUTURE = "in_the_future"
    AFTER_RESTORATION = "after_restoration"
    OPEN_THOUGH_RESTORED = "open_though_restored"
    ENDED_THOUGH_LASTING = "ended_though_lasting"


def flaws(
    segments: Sequence[Segment], *, started: datetime, restored: datetime | None, now: datetime
) -> list[Flaw]:
    """Everything that is wrong with the list, each flaw once, in a fixed order; empty where it may stand.

    Gaps are allowed: the service was well meanwhile. The first segment begins when the incident started;
    the last ends at its restoration, or is open while there is none.
    """
    if not segments:
        return [Flaw.NONE_GIVEN]
    ordered = sorted(segments, key=lambda each: (each.start, each.end is None, each.end or each.start))
    neighbours = list(pairwise(ordered))
    last = ordered[-1]
    found = {
        Flaw.EMPTY: any(each.start == each.end for each in ordered),
        Flaw.OPEN_BEFORE_ANOTHER: any(one.end is None for one, _ in neighbours),
        Flaw.OVERLAP: any(one.end is not None and one.end > two.start for one, two in neighbours),
        Flaw.BEFORE_THE_START: ordered[0].start < started,
        Flaw.STARTS_LATER: ordered[0].start > started,
        Flaw.IN_THE_FUTURE: any(moment > now for each in ordered for moment in (each.start, each.end or now)),
        Flaw.AFTER_RESTORATION: restored is not None
        and any(moment > restored for each in ordered for moment in (each.start, each.end or restored)),
        Flaw.OPEN_THOUGH_RESTORED: restored is not None and last.end is None,
        Flaw.ENDED_THOUGH_LASTING: restored is None and last.end is not None,
    }
    return [flaw for flaw in Flaw if found.get(flaw)]


def full_seconds(segments: Sequence[Segment], *, until: datetime) -> int:
    """Elapsed whole seconds of full outage, what still lasts counted up to `until`."""
    if not segments:
        return 0
    ahead = Interval(min(each.start for each in segments), max(until, min(each.start for each in segments)))
    return total_seconds(clip([each.span for each in segments if each.impact is Impact.FULL], ahead))


def ended(segments: Sequence[Segment], at: datetime) -> list[Segment]:
    """The same impact up to `at`: what was open ends there, what lies after it is left out."""
    cut = []
    for each in segments:
        end = at if each.end is None else min(each.end, at)
        if each.start < end:
            cut.append(Segment(each.impact, each.start, end))
    return cut
