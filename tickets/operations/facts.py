"""What a clock shows, kept: its stored face, and each warning or breach once (RST-7, RST-8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Prefetch

from lynnsupport.common.inserting import insert
from sla.domain.readings import ClockState, Reading
from sla.domain.stopwatch import read
from sla.queries import calendar_of, domain_calendar
from tickets.models import ClockMilestone, SlaClock, StoredClockEvent

from .news import Hearers, hearers_of, store_news

EVENTS = Prefetch("events", StoredClockEvent.objects.order_by("sequence"))

type Fact = tuple[int, int, datetime]  # clock, percent, instant


def reading(clock: SlaClock, now: datetime) -> Reading:
    """What the clock shows at `now`, from its events: the ground of every receipt."""
    calendar = domain_calendar(clock.calendar_version)
    return read(clock.domain_events(), calendar, now, calendar_of=calendar_of)


def store(clocks: Sequence[SlaClock]) -> None:
    """Update what the clocks show, in sets: an upsert of known rows, many times faster than bulk_update."""
    SlaClock.objects.bulk_create(
        clocks,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*SlaClock.PROJECTED, "policy_version", "calendar_version"],
    )


def keep_facts(
    clocks: Sequence[SlaClock],
    readings: Sequence[Reading],
    *,
    known: set[Fact],
    now: datetime,
    hearers: Mapping[int, Hearers] | None = None,
) -> int:
    """Store what has become true of these clocks and is not kept yet, with what is to be told of it.

    Returns how many facts were new. The next sweep tells them (`news`). `hearers` by ticket, where the caller
    has looked them up; else they are the clocks' own tickets'.
    """
    breached = {pk for pk, percent, _ in known if percent == ClockMilestone.BREACH}
    facts: list[ClockMilestone] = []
    told: list[tuple[ClockMilestone, Hearers]] = []
    for clock, shown in zip(clocks, readings, strict=True):
        new = [
            ClockMilestone(clock_id=clock.pk, percent=percent, at=at, recorded_at=now)
            for percent, at in _true_of(shown, was_breached=clock.pk in breached)
            if (clock.pk, percent, at) not in known
        ]
        facts += new
        latest = max(new, key=lambda fact: fact.percent, default=None)
        # A breach is told always; of the warnings the latest alone, while something can still be done.
        if latest and (latest.percent == ClockMilestone.BREACH or shown.state is ClockState.RUNNING):
            told.append((latest, hearers[clock.ticket_id] if hearers else hearers_of(clock.ticket)))
    if facts:
        insert(facts)
        store_news(told, now=now)
    return len(facts)


def known_milestones(clocks: Sequence[SlaClock]) -> set[Fact]:
    rows = ClockMilestone.objects.filter(clock__in=[clock.pk for clock in clocks])
    return set(rows.values_list("clock_id", "percent", "at"))


def _true_of(shown: Reading, *, was_breached: bool) -> list[tuple[int, datetime]]:
    """Percent and instant of what is true: each threshold, and the breach, once only (RST-7, RST-8)."""
    true = [(threshold.percent, threshold.at) for threshold in shown.reached]
    if shown.breached_at and not was_breached:
        true.append((ClockMilestone.BREACH, shown.breached_at))
    return true
