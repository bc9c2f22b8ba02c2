"""The sweep over what has fallen due: each warning and breach becomes a fact, once (RST-7, RST-8)."""

from datetime import datetime

from django.db import transaction

from tickets.models import SlaClock

from .facts import EVENTS, keep_facts, known_milestones, reading, store
from .news import tell_news

SWEEP_BATCH = 500


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
        .select_related("ticket__customer__partner", "calendar_version")
        .defer("ticket__description", "ticket__search_text", "calendar_version__definition")
        .prefetch_related(EVENTS)[:size]
    )
    clocks = list(due)
    if not clocks:
        return 0, 0
    readings = [reading(clock, now) for clock in clocks]
    for clock, shown in zip(clocks, readings, strict=True):
        clock.project(shown)
    store(clocks)
    return len(clocks), keep_facts(clocks, readings, known=known_milestones(clocks), now=now)
