"""When something was down, from all that a monitor ever said of it, in whatever order it came (AVL-5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lynnsupport.common.intervals import Interval


@dataclass(frozen=True, slots=True)
class Turn:
    """From `at` on it was down, or up again. Told again it is the same turn."""

    at: datetime
    is_down: bool


def spans_of(turns: Iterable[Turn]) -> list[Interval]:
    """When it was down: sorted, apart from one another, the last one perhaps still open.

    Being told again that it is down, or up, changes nothing; what is told to be down and up at one instant
    was down for no time.
    """
    spans: list[Interval] = []
    down_since: datetime | None = None
    for turn in sorted(set(turns), key=lambda each: (each.at, not each.is_down)):
        if turn.is_down and down_since is None:
            down_since = turn.at
        elif not turn.is_down and down_since is not None:
            if turn.at > down_since:
                spans.append(Interval(down_since, turn.at))
            down_since = None
    if down_since is not None:
        spans.append(Interval(down_since, None))
    return spans
