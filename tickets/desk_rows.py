"""Tickets as rows of the desk's lists: each with the clock that falls due first."""

from collections.abc import Iterable
from datetime import datetime

from .clock_faces import ClockFace, faces_by_ticket
from .models import SlaClock, Ticket


def with_next_clock(tickets: Iterable[Ticket], now: datetime) -> list[tuple[Ticket, ClockFace | None]]:
    """Each ticket with the clock that falls due first, else one that is excused; one query for all."""
    tickets = list(tickets)
    clocks = SlaClock.objects.filter(ticket__in=[ticket.pk for ticket in tickets]).for_rows()
    faces = faces_by_ticket(clocks, now)
    return [(ticket, next(iter(faces.get(ticket.pk, ())), None)) for ticket in tickets]
