"""The deadline of a root cause analysis: a clock on each linked ticket that it is owed on (RCA-1, RCA-3)."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from sla.domain.clock_events import Cancelled, ClockEvent
from sla.domain.readings import ClockState, Reading
from sla.domain.targets import ClockKind
from tickets.incidents.models import Incident
from tickets.incidents.queries import owes_rca
from tickets.models import SlaClock, Ticket, TicketEvent
from tickets.operations import reading, start_deliverable
from tickets.operations.clocks import stop_clocks, tell
from tickets.operations.record import locked, save

from .record import locked as held
from .terms import incidents_without_term, match_rca_term


def match_rca_clocks(incident: Incident, *, now: datetime) -> None:
    """Start the clock where an analysis is owed and none runs; cancel it where none is owed any more.

    It counts from the last restoration; the incident's own term goes the same way. The caller holds it.
    """
    match_rca_term(incident, now=now)
    for link in incident.links.select_related("ticket").order_by("ticket"):
        owed = incident.is_restored and owes_rca(incident, link.ticket)
        if not owed and not link.ticket.clocks.filter(kind=ClockKind.RCA).exists():
            continue
        ticket = locked(link.ticket)
        clocks = ticket.clocks.filter(kind=ClockKind.RCA).select_related("calendar_version")
        live = [clock for clock in clocks if reading(clock, now).cancelled_at is None]
        if owed and not live:
            start_deliverable(ticket, ClockKind.RCA, at=incident.restored_at, cause=_linked(ticket), now=now)
        elif not owed and live:
            tell(ticket, _cancelled_at(now), cause=_linked(ticket), now=now)
        else:
            continue
        save(ticket, by=None, reason="deadline of the root cause analysis")


def match_deadlines(*, now: datetime) -> None:
    """For restored incidents without a published analysis: what became owed by a new severity, say."""
    awaiting = Incident.objects.filter(restored_at__isnull=False, links__isnull=False).exclude(
        rcas__stage="published"
    )
    for incident in awaiting.distinct().order_by("pk"):
        if _may_differ(incident):
            with transaction.atomic():
                match_rca_clocks(held(incident), now=now)
    for incident in incidents_without_term().order_by("pk"):
        with transaction.atomic():
            match_rca_term(held(incident), now=now)


def _may_differ(incident: Incident) -> bool:
    """A severity 1 without a live clock; most sweeps find none."""
    live = SlaClock.objects.filter(kind=ClockKind.RCA, ticket=OuterRef("ticket")).exclude(
        state=ClockState.CANCELLED
    )
    return any(
        link.ticket.severity == 1 for link in incident.links.filter(~Exists(live)).select_related("ticket")
    )


def stop_rca_clocks(ticket: Ticket, *, at: datetime, cause: TicketEvent, now: datetime) -> None:
    """The analysis is published. The caller holds the ticket and saves it."""
    stop_clocks(ticket, [ClockKind.RCA], at=at, cause=cause, now=now)


def _cancelled_at(now: datetime):
    def cancelled(clock: SlaClock, shown: Reading) -> ClockEvent | None:
        runs = shown.target.kind is ClockKind.RCA and not (shown.stopped_at or shown.cancelled_at)
        return Cancelled(now) if runs else None

    return cancelled


def _linked(ticket: Ticket) -> TicketEvent:
    return ticket.events.filter(kind=TicketEvent.Kind.INCIDENT_LINKED).latest("pk")
