"""Are the stored clocks what their events say? The projection is rebuilt and compared, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.domain.stopwatch import IllegalClock

from .models import ClockMilestone, SlaClock
from .operations import reading

BATCH = 500
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Difference:
    """One field of one clock that is stored otherwise than its events say."""

    ticket: str
    clock: str
    field: str
    stored: object
    rebuilt: object

    def __str__(self) -> str:
        return f"{self.ticket} {self.clock} {self.field}: stored {self.stored}, events say {self.rebuilt}"


def differences(now: datetime) -> Iterator[Difference]:
    """Every difference between stored clocks and clocks rebuilt from their events at `now`.

    A clock whose next check has passed unswept is read just before it: what is stored was right until then.
    """
    clocks = SlaClock.objects.select_related("ticket", "calendar_version").prefetch_related(
        "events", "milestones"
    )
    for clock in clocks.order_by("pk").iterator(chunk_size=BATCH):
        checked = clock.next_check_at
        at = now if checked is None or now < checked else checked - INSTANT
        try:
            shown = reading(clock, at)
        except IllegalClock as error:
            yield Difference(clock.ticket.number, clock.kind, "events", "a story", str(error))
            continue
        stored = {name: getattr(clock, name) for name in SlaClock.PROJECTED}
        clock.project(shown)
        for name, value in stored.items():
            if getattr(clock, name) != value:
                yield Difference(clock.ticket.number, clock.kind, name, value, getattr(clock, name))
        yield from _missing_facts(clock, shown)


def _missing_facts(clock: SlaClock, shown) -> Iterator[Difference]:
    """Facts that should have been kept. More than these may be: a kept fact is never erased (RST-7)."""
    kept = {(fact.percent, fact.at) for fact in clock.milestones.all()}
    true = {(threshold.percent, threshold.at) for threshold in shown.reached}
    if shown.breached_at:
        true.add((ClockMilestone.BREACH, shown.breached_at))
    for percent, at in sorted(true - kept):
        yield Difference(clock.ticket.number, clock.kind, f"{percent} %", None, at)
