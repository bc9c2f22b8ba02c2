"""Escalations as rows of a queue: what is due, how much is left, in business time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lynnsupport.common.durations import MINUTE
from sla.queries import domain_calendar
from tickets.clock_faces import ClockFace, faces_by_ticket
from tickets.models import SlaClock

from .models import Escalation


@dataclass(frozen=True)
class Row:
    """`left` is the business time to acknowledge, negative once it has passed, None once acknowledged.

    `clocks` are the ticket's unsettled ones, what falls due first coming first.
    """

    escalation: Escalation
    left: timedelta | None
    clocks: list[ClockFace]

    @property
    def is_late(self) -> bool:
        return self.left is not None and self.left < timedelta()


def rows_of(escalations: Iterable[Escalation], now: datetime) -> list[Row]:
    """These escalations in their order, with what their tickets' clocks show; one query for all clocks."""
    found = list(escalations)
    clocks = SlaClock.objects.filter(ticket__in=[each.ticket_id for each in found]).for_rows()
    faces = faces_by_ticket(clocks, now)
    return [Row(each, _left(each, now), faces[each.ticket_id]) for each in found]


def _left(escalation: Escalation, now: datetime) -> timedelta | None:
    if escalation.acknowledged_at is not None or escalation.acknowledge_by is None:
        return None
    version = escalation.ticket.calendar_version
    due = escalation.acknowledge_by
    if version is None:
        return due - now
    calendar = domain_calendar(version)
    if now <= due:
        return calendar.between(now, due)
    return -max(calendar.between(due, now), MINUTE)
