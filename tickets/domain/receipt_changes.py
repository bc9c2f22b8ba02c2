"""What changes of severity and new versions did to a deadline: target and due time before and after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sla.domain.clock_events import Cancelled, ClockEvent, Retargeted, Started
from sla.domain.readings import Reading
from sla.domain.stopwatch import read
from sla.domain.targets import Target, WorkingCalendar


@dataclass(frozen=True)
class Change:
    """The target was another one from `at` on, or the same in another calendar (SEV-5, SUP-1).

    `before` is None where the clock did not apply until then, `after` where it no longer does. The due times
    are None where none could be known (paused, excused) or none applied. `is_kept`: it had no effect, for the
    deadline had been met or breached by then, or was the same. `place` is the event's position among those
    given.
    """

    place: int
    at: datetime
    before: Target | None
    after: Target | None
    due_before: datetime | None
    due_after: datetime | None
    is_kept: bool


def changes_of(
    events: Sequence[ClockEvent],
    calendar: WorkingCalendar,
    *,
    calendar_of: Callable[[str], WorkingCalendar],
) -> list[Change]:
    """Every change of target among the events of one clock, in the order in which they took effect.

    Takes what `stopwatch.read` takes. Each change is read at its own instant, without and with it; what was
    recorded later about an earlier moment counts in both.
    """
    ordered = sorted(enumerate(events), key=lambda pair: pair[1].at)
    told: list[ClockEvent] = []
    found: list[Change] = []
    for place, event in ordered:
        told.append(event)
        match event:
            case Started(_, _, applies_from) if applies_from is not None:
                after = read(told, calendar, applies_from, calendar_of=calendar_of)
                found.append(
                    Change(place, applies_from, None, after.target, None, after.due_at, is_kept=False)
                )
            case Retargeted() | Cancelled():
                before = read(told[:-1], calendar, event.at, calendar_of=calendar_of)
                after = read(told, calendar, event.at, calendar_of=calendar_of)
                found.append(_change(place, event, before, after))
    return found


def _change(place: int, event: Retargeted | Cancelled, before: Reading, after: Reading) -> Change:
    is_kept = (before.promises, before.cancelled_at) == (after.promises, after.cancelled_at)
    wanted = event.target if isinstance(event, Retargeted) else None
    return Change(
        place=place,
        at=event.at,
        before=None if before.cancelled_at else before.target,
        after=wanted if is_kept else None if after.cancelled_at else after.target,
        due_before=before.due_at,
        due_after=after.due_at,
        is_kept=is_kept,
    )
