"""The clocks of a ticket: started, paused, resumed, stopped, re-targeted, excluded by events.

Events are the truth. Each act appends events, reads the clock anew (`sla.domain.stopwatch`) and stores what
it shows, with every fact that has become true by then (`facts`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lynnsupport.common.inserting import insert
from sla.domain.clock_events import (
    Cancelled,
    ClockEvent,
    Excluded,
    Ground,
    Paused,
    PauseReason,
    Readmitted,
    Reopened,
    Resumed,
    Retargeted,
    Started,
    Stopped,
)
from sla.domain.readings import Reading
from sla.domain.stopwatch import read
from sla.domain.targets import RESTORATION_KINDS, ClockKind, Target
from sla.queries import calendar_of, domain_calendar, targets_of
from tickets.models import SlaClock, StoredClockEvent, Ticket, TicketEvent

from .facts import EVENTS, keep_facts, known_milestones, reading, store

# What begins to run when a designated contact escalates (RSP-1 to RSP-3, RST-1 to RST-3).
AT_ESCALATION = frozenset({ClockKind.FIRST_RESPONSE, *RESTORATION_KINDS})
# EXC-1 lifts restoration; what is no part of the agreement at all has no target of any kind.
EXCLUDED_KINDS = {
    Ground.THIRD_PARTY: RESTORATION_KINDS,
    Ground.PREVIEW: frozenset(ClockKind),
    Ground.CUSTOM_DEVELOPMENT: frozenset(ClockKind),
}

type Story = Callable[[SlaClock, Reading], ClockEvent | None]


@dataclass(frozen=True)
class Beginning:
    """A clock that is about to start: the row to store, the events it starts with, what it shows by now."""

    clock: SlaClock
    events: Sequence[ClockEvent]
    shown: Reading


def promised_clocks(
    ticket: Ticket, *, at: datetime, now: datetime, grounds: Sequence[Ground] = ()
) -> list[Beginning]:
    """What the pinned policy promises at this severity from `at` on; nothing without a policy (SUP-2).

    With `grounds` the clocks are excluded from their first instant, so that a reversal finds them (EXC-3).
    Sets the ticket's next deadline, so that one save stores it; `start` them once the ticket is stored.
    """
    targets = [target for kind, target in _targets(ticket).items() if kind in AT_ESCALATION]
    beginnings = beginning(
        ticket,
        [[_started(ticket, at, target), *(Excluded(at, ground) for ground in grounds)] for target in targets],
        now=now,
    )
    refresh_deadline(ticket, [begun.clock for begun in beginnings])
    return beginnings


def pause_clocks(
    ticket: Ticket, reason: PauseReason, *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """Restoration stands still for a recorded reason; response clocks never do (RST-6)."""

    def paused(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        if not shown.target.may_pause or any(p.reason is reason and p.end is None for p in shown.pauses):
            return None
        return Paused(at, reason)

    tell(ticket, _running(paused), cause=cause, now=now)


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

    tell(ticket, _running(resumed), cause=cause, now=now)


def stop_clocks(
    ticket: Ticket, kinds: Iterable[ClockKind], *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """What these clocks promised was done at `at`."""
    wanted = frozenset(kinds)

    def stopped(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        return Stopped(at) if shown.target.kind in wanted else None

    tell(ticket, _running(stopped), cause=cause, now=now)


def reopen_clocks(
    ticket: Ticket, kinds: Iterable[ClockKind], *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """What had been done did not hold: these clocks go on, without the time since they stopped (CRP-3)."""
    wanted = frozenset(kinds)

    def reopened(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        return Reopened(at) if shown.stopped_at and shown.target.kind in wanted else None

    tell(ticket, reopened, cause=cause, now=now)


def cancel_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """The case is closed without what was promised being owed any more; a breach stays a breach."""
    tell(ticket, _running(lambda clock, shown: Cancelled(at, is_closing=True)), cause=cause, now=now)


def uncancel_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """The closed case is open again: what its closing had left undone goes on (CRP-3)."""

    def reopened(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        return Reopened(at) if PauseReason.CLOSED in shown.holding else None

    tell(ticket, reopened, cause=cause, now=now)


def exclude_clocks(
    ticket: Ticket, ground: Ground, *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """On this ground no target applies from `at` on (EXC-1, EXC-2, SUP-3); what was met stays met."""
    wanted = EXCLUDED_KINDS[ground]

    def excluded(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        return Excluded(at, ground) if shown.target.kind in wanted else None

    tell(ticket, excluded, cause=cause, now=now)


def readmit_clocks(
    ticket: Ticket, ground: Ground, *, at: datetime, cause: TicketEvent, now: datetime
) -> None:
    """EXC-3: the exclusion never was; a deadline that passed meanwhile is a breach at that instant."""

    def readmitted(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        return Readmitted(at, ground) if ground in shown.excused_for else None

    tell(ticket, readmitted, cause=cause, now=now)


def retarget_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """The running clocks get what the ticket's severity and pinned versions say now (SEV-5)."""
    targets = _targets(ticket)

    def retargeted(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        target = targets.get(shown.target.kind)
        if target is None:
            is_settled = shown.cancelled_at and PauseReason.CLOSED not in shown.holding
            return None if is_settled else Cancelled(at)
        return Retargeted(at, target, ticket.calendar_version.digest)

    if ticket.policy_version is None:
        return
    tell(ticket, _running(retargeted), cause=cause, now=now)
    existing = {clock.kind: clock for clock in ticket.clocks.prefetch_related(EVENTS)}
    appeared = [t for kind, t in targets.items() if kind in AT_ESCALATION and kind not in existing]
    if appeared and ticket.escalated_at and not ticket.restored_at:
        befell = _befell(existing.get(ClockKind.RESTORATION))
        stories = [
            [
                _started(ticket, ticket.escalated_at, target, applies_from=at),
                *(event for event in befell if _befalls(target, event)),
            ]
            for target in appeared
        ]
        start(beginning(ticket, stories, now=now), cause=cause, now=now)
        refresh_deadline(ticket)


def start_deliverable(
    ticket: Ticket, kind: ClockKind, *, at: datetime, cause: TicketEvent, now: datetime
) -> SlaClock | None:
    """A clock for something owed by a day (RCA-1); None where the policy promises nothing of the kind."""
    target = _targets(ticket).get(kind)
    if target is None:
        return None
    grounds = [Excluded(at, ground) for ground in grounds_in_force(ticket) if kind in EXCLUDED_KINDS[ground]]
    begun = beginning(ticket, [[_started(ticket, at, target), *grounds]], now=now)
    (clock,) = start(begun, cause=cause, now=now)
    refresh_deadline(ticket)
    return clock


def grounds_in_force(ticket: Ticket) -> list[Ground]:
    found = ticket.exclusions.filter(reverted_at__isnull=True).values_list("ground", flat=True)
    return [Ground(ground) for ground in found]


def beginning(ticket: Ticket, stories: Iterable[Sequence[ClockEvent]], *, now: datetime) -> list[Beginning]:
    """One clock for each story; a story begins with its `Started`. Nothing is stored."""
    beginnings = []
    for events in stories:
        calendar = domain_calendar(ticket.calendar_version)
        shown = read(events, calendar, now, calendar_of=calendar_of)
        clock = SlaClock(
            ticket=ticket, policy_version=ticket.policy_version, calendar_version=ticket.calendar_version
        )
        clock.project(shown)
        beginnings.append(Beginning(clock, events, shown))
    return beginnings


def start(beginnings: Sequence[Beginning], *, cause: TicketEvent, now: datetime) -> list[SlaClock]:
    """Store the clocks with their events and what has become true of them already."""
    clocks = [begun.clock for begun in beginnings]
    if clocks:
        insert(clocks)
        insert(
            StoredClockEvent.of(begun.clock, event, sequence=sequence, cause=cause, now=now)
            for begun in beginnings
            for sequence, event in enumerate(begun.events, start=1)
        )
        # A call entered long after it was made may find its deadline passed already.
        keep_facts(clocks, [begun.shown for begun in beginnings], known=set(), now=now)
    return clocks


def tell(ticket: Ticket, story: Story, *, cause: TicketEvent, now: datetime) -> None:
    """Append to each clock of the ticket what `story` says happened to it. The caller saves the ticket."""
    clocks = list(
        ticket.clocks.select_for_update(of=("self",))
        .select_related("calendar_version")
        .defer("calendar_version__definition")
        .prefetch_related(EVENTS)
    )
    changed, readings, appended = [], [], []
    for clock in clocks:
        clock.ticket = ticket
        before = reading(clock, now)
        event = story(clock, before)
        if event is None:
            continue
        told = [*clock.domain_events(), event]
        appended.append(StoredClockEvent.of(clock, event, sequence=len(told), cause=cause, now=now))
        shown = read(told, domain_calendar(clock.calendar_version), now, calendar_of=calendar_of)
        if isinstance(event, Retargeted) and shown.promises != before.promises:
            clock.policy_version, clock.calendar_version = ticket.policy_version, ticket.calendar_version
        clock.project(shown)
        changed.append(clock)
        readings.append(shown)
    if changed:
        insert(appended)
        store(changed)
        keep_facts(changed, readings, known=known_milestones(changed), now=now)
    refresh_deadline(ticket, clocks)


def refresh_deadline(ticket: Ticket, clocks: Iterable[SlaClock] | None = None) -> None:
    """The ticket's next deadline: the earliest of the clocks that are not settled. The caller saves it."""
    rows = ticket.clocks.all() if clocks is None else clocks
    deadlines = [clock.due_at for clock in rows if clock.is_unsettled and clock.due_at]
    ticket.next_due_at = min(deadlines, default=None)


def _running(story: Story) -> Story:
    """The story for clocks that have not been stopped."""
    return lambda clock, shown: None if shown.stopped_at else story(clock, shown)


def _targets(ticket: Ticket) -> dict[ClockKind, Target]:
    if ticket.policy_version is None:
        return {}
    return {target.kind: target for target in targets_of(ticket.policy_version, ticket.severity)}


def _started(ticket: Ticket, at: datetime, target: Target, applies_from: datetime | None = None) -> Started:
    return Started(at, target, applies_from, calendar=ticket.calendar_version.digest)


def _befell(clock: SlaClock | None) -> list[ClockEvent]:
    """What befell the ticket so far, for a clock that comes to apply later (SEV-5: with its pauses)."""
    events = clock.domain_events() if clock else []
    return [event for event in events if not _is_about_the_target(event)]


def _is_about_the_target(event: ClockEvent) -> bool:
    match event:
        case Cancelled(_, is_closing):
            return not is_closing
        case _:
            return isinstance(event, Started | Retargeted)


def _befalls(target: Target, event: ClockEvent) -> bool:
    match event:
        case Excluded(_, ground) | Readmitted(_, ground):
            return target.kind in EXCLUDED_KINDS[ground]
        case _:
            return target.may_pause
