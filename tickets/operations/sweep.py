"""The sweep over what has fallen due: each warning and breach becomes a fact, once (RST-7, RST-8)."""

from datetime import datetime

from django.db import transaction

from lynnsupport.accounts.models import User
from lynnsupport.accounts.queries import desk_leads
from lynnsupport.outbox.operations import Mail, enqueue
from tickets.models import ClockMilestone, SlaClock

from .facts import EVENTS, known_milestones, new_milestones, notices, reading, store

SWEEP_BATCH = 500


def sweep_clocks(*, now: datetime, limit: int | None = None) -> int:
    """Keep every warning and breach that has become true by `now`; returns how many facts were new.

    Works through what is due in batches, each its own transaction, oldest first; several sweeps at once
    share the work. `limit` bounds the clocks taken by this call.
    """
    facts, taken = 0, 0
    leads = list(desk_leads())
    while limit is None or taken < limit:
        size = SWEEP_BATCH if limit is None else min(SWEEP_BATCH, limit - taken)
        found, new = _sweep_batch(now=now, size=size, leads=leads)
        facts, taken = facts + new, taken + found
        if found < size:
            break
    return facts


@transaction.atomic
def _sweep_batch(*, now: datetime, size: int, leads: list[User]) -> tuple[int, int]:
    due = (
        SlaClock.objects.filter(next_check_at__lte=now)
        .order_by("next_check_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related(*_FOR_NOTICES, "calendar_version")
        .prefetch_related(EVENTS)[:size]
    )
    clocks = list(due)
    facts: list[ClockMilestone] = []
    mails: list[Mail] = []
    known = known_milestones(clocks)
    for clock in clocks:
        shown = reading(clock, now)
        clock.project(shown)
        new = new_milestones(clock, shown, known, now=now)
        facts += new
        mails += notices(clock, shown, new, leads)
    store(clocks)
    ClockMilestone.objects.bulk_create(facts)
    enqueue(mails, now=now)
    return len(clocks), len(facts)


_FOR_NOTICES = (
    "ticket__tenant",
    "ticket__customer__partner__executive",
    "ticket__owner",
)
