"""What support owes in answers: the first response, and the next one each time the customer writes again."""

from datetime import datetime

from django.db.models import Q

from sla.domain.clock_events import ClockEvent, Excluded, Started, Stopped
from sla.domain.readings import ClockState, Reading
from sla.domain.targets import RESPONSE_KINDS, ClockKind
from sla.queries import targets_of
from tickets.models import Message, SlaClock, Ticket, TicketEvent

from .clocks import EXCLUDED_KINDS, grounds_in_force, refresh_deadline, start, tell


def start_next_response(
    ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime, answered_at: datetime | None = None
) -> None:
    """RSP-4: the customer has written again at `at`; nothing while an answer is owed already.

    `answered_at`: where that answer has been given meanwhile. The caller saves the ticket.
    """
    if not ticket.is_escalated or ticket.is_closed or _owes_answer(ticket, at):
        return
    promised = targets_of(ticket.policy_version, ticket.severity) if ticket.policy_version else ()
    target = next((each for each in promised if each.kind is ClockKind.NEXT_RESPONSE), None)
    if target is None:
        return
    events: list[ClockEvent] = [Started(at, target, calendar=ticket.calendar_version.digest)]
    grounds = (g for g in grounds_in_force(ticket) if ClockKind.NEXT_RESPONSE in EXCLUDED_KINDS[g])
    events += [Excluded(at, ground) for ground in grounds]
    if answered_at is not None:
        events.append(Stopped(answered_at))
    start(ticket, [events], cause=cause, now=now)
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


def _owes_answer(ticket: Ticket, at: datetime) -> bool:
    """Whether an answer was owed already at `at`."""
    clocks = ticket.clocks.filter(kind__in=RESPONSE_KINDS).exclude(state=ClockState.CANCELLED)
    open_then = Q(stopped_at__isnull=True) | Q(stopped_at__gt=at)
    return clocks.filter(open_then).exists()


def _first_word_after(ticket: Ticket, at: datetime) -> datetime | None:
    said = ticket.messages.filter(side=Message.Side.CUSTOMER, at__gt=at).order_by("at", "id")
    return said.values_list("at", flat=True).first()


def _still_waiting(ticket: Ticket, since: datetime) -> datetime | None:
    answers = ticket.messages.filter(side=Message.Side.SUPPORT, is_internal=False, at__gt=since)
    return None if answers.exists() else since
