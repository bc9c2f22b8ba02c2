"""Which of a maintenance notice's windows counts as announced, and since when (NOT-5, AVL-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lynnsupport.common.intervals import Interval

from .kinds import Step


@dataclass(frozen=True)
class Stated:
    """What one version said to one tenant: the downtime it announces, None where it announces none for it.

    `told_at` is the instant at which its first delivery to that tenant left, None while none has.
    """

    number: int
    step: Step
    published_at: datetime
    window: Interval | None
    told_at: datetime | None


@dataclass(frozen=True)
class InForce:
    """The window in force, and the version whose delivery announced it first."""

    window: Interval
    told_at: datetime
    by_version: int


def announced(versions: Sequence[Stated]) -> InForce | None:
    """The downtime that stands announced; None where there is none, it was withdrawn, or nobody was told.

    `versions` in their order. A version replaces the one before it unless that one's window had begun by
    then: an overrun cannot be announced afterwards, and what was announced stays (AVL-4). A window that
    several versions in a row state was announced by the first of them to be delivered.
    """
    in_force: list[Stated] = []
    for version in versions:
        if in_force and in_force[-1].window and version.published_at >= in_force[-1].window.start:
            break
        in_force.append(version)
    if not in_force or in_force[-1].step is Step.WITHDRAWN:
        return None
    window = in_force[-1].window
    if window is None:
        return None
    first: InForce | None = None
    for version in reversed(in_force):
        if version.window != window:
            break
        if version.told_at and (first is None or version.told_at <= first.told_at):
            first = InForce(window, version.told_at, version.number)
    return first
