"""One incident, one ticket (INT-6): what goes along when a ticket is split, what forbids merging."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sla.domain.targets import ClockKind


def goes_along(kind: ClockKind, *, starter_moved: bool) -> bool:
    """Whether a clock of the split ticket runs on the new one as well.

    What was promised for the whole is promised for each part; the answer that a message asks for (RSP-4)
    is promised where that message is.
    """
    return starter_moved if kind is ClockKind.NEXT_RESPONSE else True


class Loss(StrEnum):
    """What the customer would lose if one ticket went on in another."""

    CLOCKS = "clocks"  # they run on the duplicate alone
    EARLIER_START = "earlier_start"
    SEVERITY = "severity"


@dataclass(frozen=True)
class Standing:
    """What a ticket promises: since when its clocks run (None: not yet, CON-2), and at which severity."""

    escalated_at: datetime | None
    severity: int


def lost_by_merging(duplicate: Standing, survivor: Standing) -> Loss | None:
    """The first promise of `duplicate` that `survivor` does not hold as well; None where nothing is lost."""
    if duplicate.escalated_at is None:
        return None
    if survivor.escalated_at is None:
        return Loss.CLOCKS
    if duplicate.escalated_at < survivor.escalated_at:
        return Loss.EARLIER_START
    return Loss.SEVERITY if duplicate.severity < survivor.severity else None
