"""What support owes in answers: the first response, and the next one each time the customer writes again."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from sla.domain.clock_events import (
    Cancelled,
    ClockEvent,
    Excluded,
    Ground,
    Reopened,
    Retargeted,
    Started,
    Stopped,
)
from sla.domain.readings import ClockState, Reading
from sla.domain.targets import RESPONSE_KINDS, ClockKind
from sla.queries import terms_of
from tickets.domain.lifecycle import State
from tickets.models import Message, SlaClock, Ticket, TicketEvent
from tickets.queries import merged_into

from .clocks import EXCLUDED_KINDS, beginning, refresh_deadline, start, tell

NEXT = ClockKind.NEXT_RESPONSE


def start_next_response(
    ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime, answered_at: datetime | None = None
) -> None:
    """RSP-4: the customer has written again at `at`; nothing while an answer is owed already.

    Where that becomes known only later, what happened since is told to the clock too; `answered_at`: when
    the answer was given. The caller saves the ticket.
    """
    if not ticket.is_escalated or ticket.policy_version is None:
        return
    if ticket.is_closed and at >= ticket.closed_at:
        return
    events = list(_story(ticket, at))
    if not events or _owes_answer(ticket, at):
        return
    if at < now:
        events += _closings_since(ticket, at)
    if answered_at is not None:
        events.append(Stopped(answered_at))
    start(beginning(ticket, [events], now=now), cause=cause, now=now)
    refresh_deadline(ticket)


def take_over_answer(ticket: Ticket, *, since: datetime, cause: TicketEvent, now: datetime) -> None:
    """INT-6: a duplicate's customer has waited since `since`; that answer is owed here from now on.

    Nothing where one is owed here that began no later. What was answered here meanwhile was said to others.
    The caller saves the ticket.
    """
    owed = ticket.clocks.filter(kind__in=RESPONSE_KINDS, started_at__lte=since, stopped_at__isnull=True)
    if owed.exclude(state=ClockState.CANCELLED).exists() or ticket.policy_version is None:
        return
    events = list(_story(ticket, since))
    if events:
        start(beginning(ticket, [events], now=now), cause=cause, now=now)
        refresh_deadline(ticket)


def count_as_answer(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """A public answer, or a call, at `at` (RSP-1 to RSP-4). The caller saves the ticket.

    A call entered later counts from when it was made, even where an answer had been noted after it; what
    the customer wrote after the call is then owed an answer of its own.
    """
    unanswered = _first_word_after(ticket, at)
    ticket.customer_waits_since = unanswered and _still_waiting(ticket, unanswered)
    if ticket.escalated_at is None or at < ticket.escalated_at:
        return
    if ticket.first_response_at is None or at < ticket.first_response_at:
        ticket.first_response_at = at
    stopped_before: list[datetime | None] = []

    def answered(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        if shown.target.kind not in RESPONSE_KINDS or at < shown.started_at:
            return None
        if shown.stopped_at is not None and shown.stopped_at <= at:
            return None
        stopped_before.append(shown.stopped_at)
        return Stopped(at)

    tell(ticket, answered, cause=cause, now=now)
    if unanswered is not None and stopped_before:
        start_next_response(ticket, at=unanswered, cause=cause, now=now, answered_at=stopped_before[0])


def _story(ticket: Ticket, at: datetime) -> Iterator[ClockEvent]:
    """A clock from `at`, with the changes of severity and the exclusions since; empty without a target."""
    terms, calendar = terms_of(ticket.policy_version), ticket.calendar_version.digest
    changes = _severities_since(ticket, at)
    severities = [changes[0][1] if changes else ticket.severity, *(after for _, _, after in changes)]
    targets = [terms.target(NEXT, severity) for severity in severities]
    if targets[0] is None:
        return
    yield Started(at, targets[0], calendar=calendar)
    for (changed_at, _, _), target in zip(changes, targets[1:], strict=True):
        if target is not None:
            yield Retargeted(changed_at, target, calendar)
    for ground, since in ticket.exclusions.filter(reverted_at__isnull=True).values_list(
        "ground", "decided_at"
    ):
        if NEXT in EXCLUDED_KINDS[Ground(ground)]:
            yield Excluded(max(at, since), Ground(ground))


def _closings_since(ticket: Ticket, at: datetime) -> Iterator[ClockEvent]:
    """Each closing and reopening after `at`, for a clock that comes to be known only later (CRP-3)."""
    for event in ticket.events.filter(kind=TicketEvent.Kind.STATE_CHANGED, at__gt=at).order_by("at", "id"):
        if event.data["after"] == State.CLOSED:
            yield Cancelled(event.at, is_closing=True)
        elif event.data["before"] == State.CLOSED:
            yield Reopened(event.at)


def _severities_since(ticket: Ticket, at: datetime) -> list[tuple[datetime, int, int]]:
    """Instant, before and after of each change of severity after `at`."""
    decided = Q(kind=TicketEvent.Kind.SEVERITY_DECIDED)
    corrected = Q(kind=TicketEvent.Kind.CONTENT_CHANGED, data__has_key="severity")
    events = ticket.events.filter(decided | corrected, at__gt=at).order_by("at", "id")
    told = ((event.at, event.data.get("severity", event.data)) for event in events)
    return [(at, data["before"], data["after"]) for at, data in told]


def _owes_answer(ticket: Ticket, at: datetime) -> bool:
    """Whether an answer was owed already at `at`."""
    clocks = ticket.clocks.filter(kind__in=RESPONSE_KINDS, started_at__lte=at)
    open_then = Q(stopped_at__isnull=True) | Q(stopped_at__gt=at)
    return clocks.exclude(state=ClockState.CANCELLED).filter(open_then).exists()


def _first_word_after(ticket: Ticket, at: datetime) -> datetime | None:
    here = Q(ticket=ticket) | Q(ticket__in=merged_into(ticket))
    said = Message.objects.filter(here, side=Message.Side.CUSTOMER, at__gt=at).order_by("at", "id")
    return said.values_list("at", flat=True).first()


def _still_waiting(ticket: Ticket, since: datetime) -> datetime | None:
    answers = ticket.messages.filter(side=Message.Side.SUPPORT, is_internal=False, at__gt=since)
    return None if answers.exists() else since
