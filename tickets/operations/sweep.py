"""The sweep over what has fallen due: each warning and breach becomes a fact, once (RST-7, RST-8)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from sla.domain.business_time import BusinessCalendar
from sla.domain.clock_events import ClockEvent, from_record
from sla.domain.readings import ClockState, Reading
from sla.domain.stopwatch import read
from sla.models import CalendarVersion
from sla.queries import calendar_of
from tickets.models import SlaClock, StoredClockEvent

from .facts import keep_facts, known_milestones, store
from .news import hearers_of_tickets, tell_news

SWEEP_BATCH = 1000


def sweep_clocks(*, now: datetime, limit: int | None = None) -> int:
    """Keep every warning and breach that has become true by `now`, then tell what is due to be told.

    Returns how many facts were new. Works through what is due in batches, each its own transaction, oldest
    first; several sweeps at once share the work. `limit` bounds the clocks taken by this call.
    """
    facts, taken = 0, 0
    while limit is None or taken < limit:
        size = SWEEP_BATCH if limit is None else min(SWEEP_BATCH, limit - taken)
        found, new = _sweep_batch(now=now, size=size)
        facts, taken = facts + new, taken + found
        if found < size:
            break
    tell_news(now=now)
    return facts


@transaction.atomic
def _sweep_batch(*, now: datetime, size: int) -> tuple[int, int]:
    due = SlaClock.objects.filter(next_check_at__lte=now).order_by("next_check_at", "id")
    clocks = list(due.select_for_update(skip_locked=True)[:size])
    if not clocks:
        return 0, 0
    events, calendars = _events(clocks), _calendars(clocks)
    readings = [
        read(events[clock.pk], calendars[clock.calendar_version_id], now, calendar_of=calendar_of)
        for clock in clocks
    ]
    _store(clocks, readings)
    known, hearers = known_milestones(clocks), hearers_of_tickets({clock.ticket_id for clock in clocks})
    return len(clocks), keep_facts(clocks, readings, known=known, hearers=hearers, now=now)


def _events(clocks: list[SlaClock]) -> dict[int, list[ClockEvent]]:
    rows = StoredClockEvent.objects.filter(clock__in=[clock.pk for clock in clocks]).order_by("sequence")
    events: dict[int, list[ClockEvent]] = {}
    for clock, *told in rows.values_list("clock_id", "kind", "at", "data"):
        events.setdefault(clock, []).append(from_record(*told))
    return events


def _calendars(clocks: list[SlaClock]) -> dict[int, BusinessCalendar]:
    pinned = CalendarVersion.objects.filter(pk__in={clock.calendar_version_id for clock in clocks})
    return {key: calendar_of(digest) for key, digest in pinned.values_list("pk", "digest")}


def _store(clocks: list[SlaClock], readings: list[Reading]) -> None:
    """What the clocks show now. Of those that ran into the deadline they showed, the same for all of them."""
    run_out, others = [], []
    for clock, shown in zip(clocks, readings, strict=True):
        has_run_out = shown.state is ClockState.BREACHED and clock.due_at == shown.breached_at
        (run_out if has_run_out else others).append(clock)
        clock.project(shown)
    SlaClock.objects.filter(pk__in=[clock.pk for clock in run_out]).update(
        state=ClockState.BREACHED, breached_at=F("due_at"), next_check_at=None
    )
    store(others)
