"""The clocks of a ticket: started, paused, resumed, stopped, re-targeted by events; swept when they fall due.

Events are the truth. Each act appends events, reads the clock anew (`sla.domain.stopwatch`) and stores what
it shows; every warning or breach that has become true by then is kept as a fact and told (RST-7, RST-8).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch

from lynnsupport.accounts.models import User
from lynnsupport.accounts.queries import desk_leads
from lynnsupport.outbox.operations import Mail, enqueue
from sla.domain.clock_events import (
    Cancelled,
    ClockEvent,
    Paused,
    PauseReason,
    Reopened,
    Resumed,
    Retargeted,
    Started,
    Stopped,
)
from sla.domain.readings import ClockState, Reading
from sla.domain.stopwatch import read
from sla.domain.targets import RESTORATION_KINDS, ClockKind, Target
from sla.queries import domain_calendar, targets_of
from tickets import notifications
from tickets.models import ClockMilestone, SlaClock, StoredClockEvent, Ticket, TicketEvent

# What begins to run when a designated contact escalates (RSP-1 to RSP-3, RST-1 to RST-3).
AT_ESCALATION = frozenset({ClockKind.FIRST_RESPONSE, *RESTORATION_KINDS})
SWEEP_BATCH = 500

type Fact = tuple[int, int, datetime]  # clock, percent, instant
type Story = Callable[[SlaClock, Reading], ClockEvent | None]


def reading(clock: SlaClock, now: datetime) -> Reading:
    """What the clock shows at `now`, from its events: the ground of every receipt."""
    return read(clock.domain_events(), domain_calendar(clock.calendar_version), now)


def start_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> list[SlaClock]:
    """Start what the pinned policy promises at this severity; nothing where no target applies."""
    if ticket.policy_version is None:
        return []
    targets = [t for t in targets_of(ticket.policy_version, ticket.severity) if t.kind in AT_ESCALATION]
    return _start(ticket, [[Started(at, target)] for target in targets], cause=cause, now=now)


def pause_clocks(
    ticket: Ticket, reason: PauseReason, *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """Restoration stands still for a recorded reason; response clocks never do (RST-6)."""

    def paused(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        if not shown.target.may_pause or any(p.reason is reason and p.end is None for p in shown.pauses):
            return None
        return Paused(at, reason)

    _tell(ticket, paused, cause=cause, now=now)


def resume_clocks(
    ticket: Ticket,
    *,
    at: datetime,
    cause: TicketEvent,
    now: datetime,
    reason: PauseReason | None = None,
) -> None:
    """That reason to stand still has ended; without a reason, every one."""

    def resumed(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        held = [p for p in shown.pauses if p.end is None and reason in (None, p.reason)]
        return Resumed(at, reason) if held else None

    _tell(ticket, resumed, cause=cause, now=now)


def stop_clocks(
    ticket: Ticket, kinds: Iterable[ClockKind], *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """What these clocks promised was done at `at`."""
    wanted = frozenset(kinds)
    _tell(
        ticket,
        lambda clock, shown: Stopped(at) if shown.target.kind in wanted else None,
        cause=cause,
        now=now,
    )


def reopen_clocks(
    ticket: Ticket, kinds: Iterable[ClockKind], *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """What had been done did not hold: these clocks go on, without the time since they stopped (CRP-3)."""
    wanted = frozenset(kinds)

    def reopened(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        return Reopened(at) if shown.stopped_at and shown.target.kind in wanted else None

    _tell(ticket, reopened, cause=cause, now=now, to_stopped=True)


def cancel_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """The case ends without what was promised being owed any more; a breach stays a breach."""
    _tell(ticket, lambda clock, shown: Cancelled(at), cause=cause, now=now)


def retarget_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """A change of severity gives the running clocks the targets of the new one (SEV-5)."""
    if ticket.policy_version is None:
        return
    targets: dict[ClockKind, Target] = {
        target.kind: target for target in targets_of(ticket.policy_version, ticket.severity)
    }

    def retargeted(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        target = targets.get(shown.target.kind)
        if target is None:
            return None if shown.state is ClockState.CANCELLED else Cancelled(at)
        return Retargeted(at, target)

    _tell(ticket, retargeted, cause=cause, now=now)
    existing = {clock.kind: clock for clock in ticket.clocks.prefetch_related(_EVENTS)}
    appeared = [t for kind, t in targets.items() if kind in AT_ESCALATION and kind not in existing]
    if appeared and ticket.escalated_at and not ticket.restored_at:
        stood_still = _pauses_of(existing.get(ClockKind.RESTORATION))
        stories = [
            [
                Started(ticket.escalated_at, target, applies_from=at),
                *(stood_still if target.may_pause else ()),
            ]
            for target in appeared
        ]
        _start(ticket, stories, cause=cause, now=now)
        _refresh_deadline(ticket)


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
        .prefetch_related(_EVENTS)[:size]
    )
    clocks = list(due)
    facts: list[ClockMilestone] = []
    mails: list[Mail] = []
    known = _known_milestones(clocks)
    for clock in clocks:
        shown = reading(clock, now)
        clock.project(shown)
        new = _new_milestones(clock, shown, known, now=now)
        facts += new
        mails += _notices(clock, shown, new, leads)
    _store(clocks)
    ClockMilestone.objects.bulk_create(facts)
    enqueue(mails, now=now)
    return len(clocks), len(facts)


_FOR_NOTICES = (
    "ticket__tenant",
    "ticket__customer__partner__executive",
    "ticket__owner",
)
_EVENTS = Prefetch("events", StoredClockEvent.objects.order_by("sequence"))


def _pauses_of(clock: SlaClock | None) -> list[ClockEvent]:
    """When the ticket stood still, for a clock that comes to apply later (SEV-5: with its pauses)."""
    events = clock.domain_events() if clock else []
    return [event for event in events if isinstance(event, Paused | Resumed | Stopped | Reopened)]


def _start(
    ticket: Ticket, stories: Sequence[Sequence[ClockEvent]], *, cause: TicketEvent, now: datetime
) -> list[SlaClock]:
    """One clock for each story; a story begins with its `Started`."""
    calendar = domain_calendar(ticket.calendar_version)
    clocks, readings = [], []
    for events in stories:
        shown = read(events, calendar, now)
        clock = SlaClock(
            ticket=ticket, policy_version=ticket.policy_version, calendar_version=ticket.calendar_version
        )
        clock.project(shown)
        clocks.append(clock)
        readings.append(shown)
    SlaClock.objects.bulk_create(clocks)
    StoredClockEvent.objects.bulk_create(
        StoredClockEvent.of(clock, event, sequence=sequence, cause=cause, now=now)
        for clock, events in zip(clocks, stories, strict=True)
        for sequence, event in enumerate(events, start=1)
    )
    # A call entered long after it was made may find its deadline passed already.
    _keep_facts(clocks, readings, known=set(), now=now)
    _refresh_deadline(ticket, clocks)
    return clocks


def _tell(
    ticket: Ticket, story: Story, *, cause: TicketEvent, now: datetime, to_stopped: bool = False
) -> None:
    """Append to each clock of the ticket what `story` says happened to it: to those that run, or to those
    that have stopped."""
    clocks = list(
        ticket.clocks.select_for_update(of=("self",))
        .select_related("calendar_version")
        .prefetch_related(_EVENTS)
    )
    changed, readings, appended = [], [], []
    for clock in clocks:
        clock.ticket = ticket
        is_stopped = clock.stopped_at is not None
        event = story(clock, reading(clock, now)) if is_stopped is to_stopped else None
        if event is None:
            continue
        told_before = clock.domain_events()
        stored = StoredClockEvent.of(clock, event, sequence=len(told_before) + 1, cause=cause, now=now)
        appended.append(stored)
        told = [*told_before, event]
        readings.append(read(told, domain_calendar(clock.calendar_version), now))
        clock.project(readings[-1])
        changed.append(clock)
    if changed:
        StoredClockEvent.objects.bulk_create(appended)
        _store(changed)
        _keep_facts(changed, readings, known=_known_milestones(changed), now=now)
    _refresh_deadline(ticket, clocks)


def _store(clocks: Sequence[SlaClock]) -> None:
    """Update what the clocks show, in sets: an upsert of known rows, many times faster than bulk_update."""
    SlaClock.objects.bulk_create(
        clocks, update_conflicts=True, unique_fields=["id"], update_fields=SlaClock.PROJECTED
    )


def _keep_facts(
    clocks: Sequence[SlaClock], readings: Sequence[Reading], *, known: set[Fact], now: datetime
) -> None:
    mails: list[Mail] = []
    facts: list[ClockMilestone] = []
    for clock, shown in zip(clocks, readings, strict=True):
        new = _new_milestones(clock, shown, known, now=now)
        facts += new
        if new:
            mails += _notices(clock, shown, new, list(desk_leads()))
    if facts:
        ClockMilestone.objects.bulk_create(facts)
        enqueue(mails, now=now)


def _known_milestones(clocks: Sequence[SlaClock]) -> set[Fact]:
    rows = ClockMilestone.objects.filter(clock__in=[clock.pk for clock in clocks])
    return set(rows.values_list("clock_id", "percent", "at"))


def _new_milestones(
    clock: SlaClock, shown: Reading, known: set[Fact], *, now: datetime
) -> list[ClockMilestone]:
    """The facts that are true now and not kept yet: each threshold once, the breach once (RST-7, RST-8)."""
    reached = [(threshold.percent, threshold.at) for threshold in shown.reached]
    breached_before = any(pk == clock.pk and percent == ClockMilestone.BREACH for pk, percent, _ in known)
    if shown.breached_at and not breached_before:
        reached.append((ClockMilestone.BREACH, shown.breached_at))
    return [
        ClockMilestone(clock=clock, percent=percent, at=at, recorded_at=now)
        for percent, at in reached
        if (clock.pk, percent, at) not in known
    ]


def _notices(
    clock: SlaClock, shown: Reading, new: Sequence[ClockMilestone], leads: list[User]
) -> Iterator[Mail]:
    """A breach is told always; of the warnings the latest alone, while something can still be done."""
    ticket = clock.ticket
    breach = next((fact for fact in new if fact.percent == ClockMilestone.BREACH), None)
    if breach:
        yield from notifications.clock_breached(ticket, clock, at=breach.at, leads=leads)
    elif new and shown.state is ClockState.RUNNING:
        latest = max(new, key=lambda fact: fact.percent)
        yield from notifications.clock_warning(
            ticket, clock, percent=latest.percent, at=latest.at, leads=leads
        )


def _refresh_deadline(ticket: Ticket, clocks: Iterable[SlaClock] | None = None) -> None:
    """The ticket's next deadline: the earliest of the clocks that are not settled. The caller saves it."""
    rows = ticket.clocks.all() if clocks is None else clocks
    deadlines = [clock.due_at for clock in rows if clock.is_unsettled and clock.due_at]
    ticket.next_due_at = min(deadlines, default=None)
