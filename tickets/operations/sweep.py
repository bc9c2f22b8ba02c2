"""The sweep over what has fallen due: each warning and breach becomes a fact, once (RST-7, RST-8)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Prefetch

from lynnsupport.accounts.models import Customer, Partner
from sla.domain.readings import ClockState
from sla.models import CalendarVersion
from tickets.models import SlaClock, Ticket

from .facts import EVENTS, keep_facts, known_milestones, reading, store
from .news import tell_news

SWEEP_BATCH = 1000
# Each calendar, customer and partner once for the batch, not once for each clock.
WHAT_A_FACT_NEEDS = (
    EVENTS,
    Prefetch("calendar_version", CalendarVersion.objects.defer("definition")),
    Prefetch("ticket", Ticket.objects.only("owner", "customer", "decided_severity", "suggested_severity")),
    Prefetch("ticket__customer", Customer.objects.only("partner")),
    Prefetch("ticket__customer__partner", Partner.objects.only("executive")),
)


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
    due = (
        SlaClock.objects.filter(next_check_at__lte=now)
        .order_by("next_check_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .prefetch_related(*WHAT_A_FACT_NEEDS)[:size]
    )
    clocks = list(due)
    if not clocks:
        return 0, 0
    readings = [reading(clock, now) for clock in clocks]
    for clock, shown in zip(clocks, readings, strict=True):
        clock.project(shown)
    _store(clocks)
    return len(clocks), keep_facts(clocks, readings, known=known_milestones(clocks), now=now)


def _store(clocks: list[SlaClock]) -> None:
    """What the clocks show now. Of a clock that ran into its deadline time changed the same for all."""
    breached = [clock.pk for clock in clocks if clock.state == ClockState.BREACHED]
    SlaClock.objects.filter(pk__in=breached).update(
        state=ClockState.BREACHED, breached_at=F("due_at"), next_check_at=None
    )
    store([clock for clock in clocks if clock.state != ClockState.BREACHED])
