"""The sweep over customers' terms: notices and closings, each once, in order (CRP-1 to CRP-3)."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.cooperation import notifications
from tickets.cooperation.closing import Case, cases_of
from tickets.cooperation.domain.closing import Step
from tickets.cooperation.models import ClosingTerm
from tickets.models import Ticket, TicketEvent
from tickets.operations import close_unanswered
from tickets.operations.record import locked, record

SWEEP_BATCH = 200
# A closing that something refuses is tried again after this; the log says why it was refused.
REFUSED_FOR = timedelta(hours=1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """How many tickets were looked at, and what became of their terms."""

    looked_at: int = 0
    announced: int = 0
    closed: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(
            self.looked_at + other.looked_at, self.announced + other.announced, self.closed + other.closed
        )


def sweep_closings(*, now: datetime, limit: int | None = None) -> Swept:
    """Send every notice and close every case whose moment has come by `now`.

    Works through what is due in batches, each its own transaction, oldest first; several sweeps at once share
    the work. `limit` bounds the tickets taken by this call. A case is closed at the instant at which its term
    ended, however late that is noticed; never without its notice, nor without the time that it promised.
    """
    total = Swept()
    while limit is None or total.looked_at < limit:
        size = SWEEP_BATCH if limit is None else min(SWEEP_BATCH, limit - total.looked_at)
        batch = _sweep_batch(now=now, size=size)
        total += batch
        if batch.looked_at < size:
            break
    return total


@transaction.atomic
def _sweep_batch(*, now: datetime, size: int) -> Swept:
    due = (
        Ticket.objects.filter(closing_check_at__lte=now)
        .order_by("closing_check_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("calendar_version")[:size]
    )
    tickets = list(due)
    cases = cases_of(tickets)
    swept = Swept(looked_at=len(tickets))
    for ticket in tickets:
        swept += _settle(ticket, cases.get(ticket.pk), now=now)
    return swept


def _settle(ticket: Ticket, case: Case | None, *, now: datetime) -> Swept:
    """Do what is due on one ticket, and note when to look at it again."""
    if case is None:  # support owes an answer: the next message brings it back
        _look_again(ticket, None)
        return Swept()
    match case.step(now):
        case Step.ANNOUNCE:
            _look_again(ticket, _announce(case, now=now).closes_at)
            return Swept(announced=1)
        case Step.CLOSE:
            return _close(case, now=now)
        case Step.WAIT:
            _look_again(ticket, case.next_at)
            return Swept()


def _announce(case: Case, *, now: datetime) -> ClosingTerm:
    """The one notice of the term, true since it was due; from it the closing counts."""
    ticket = locked(case.ticket)
    closes_at = case.closes_at_if_told(now)
    event = record(
        ticket,
        TicketEvent.Kind.CLOSING_ANNOUNCED,
        at=case.term.notice_at,
        now=now,
        closes_at=closes_at.isoformat(),
        close_reason=case.reason,
    )
    announced = ClosingTerm.objects.create(
        ticket=ticket,
        began_at=case.term.began_at,
        terms=case.terms,
        notice_at=case.term.notice_at,
        announced_at=now,
        closes_at=closes_at,
        event=event,
    )
    enqueue(notifications.closing_announced(ticket, announced, reason=case.reason), now=now)
    return announced


def _close(case: Case, *, now: datetime) -> Swept:
    try:
        with transaction.atomic():
            close_unanswered(case.ticket, at=case.closes_at, now=now)
    except Refused as refused:
        logger.warning("%s does not close: %s", case.ticket.number, refused)
        _look_again(case.ticket, now + REFUSED_FOR)
        return Swept()
    return Swept(closed=1)


def _look_again(ticket: Ticket, at: datetime | None) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(closing_check_at=at)
