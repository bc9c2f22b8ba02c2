"""Tickets as rows of the portal's lists: what a row shows and nothing else, in two queries for all of them.

A list of fifty is asked for more often than anything else, so its rows are read as values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from .clock_faces import ClockFace, faces_by_ticket
from .models import SlaClock, Ticket

_TICKET = (
    "pk",
    "number",
    "subject",
    "state",
    "state_since",
    "decided_severity",
    "suggested_severity",
    "no_target_rule",
    "last_message_at",
    "queue_at",
    "tenant__code",
    "tenant__name",
    "customer__name",
    "owner__name",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket of a list; `clocks` are its unsettled ones, what falls due first coming first,
    and after them the excused ones."""

    pk: int
    number: str
    subject: str
    state: str
    state_since: datetime
    decided_severity: int | None
    suggested_severity: int
    no_target_rule: str
    last_message_at: datetime
    queue_at: datetime
    tenant_code: str
    tenant_name: str
    customer: str
    owner: str | None
    clocks: tuple[ClockFace, ...] = ()

    @property
    def tenant(self) -> str:
        return f"{self.tenant_code} · {self.tenant_name}"

    @property
    def severity(self) -> int:
        """SEV-4: an engineer's decision, else the suggestion."""
        return self.decided_severity or self.suggested_severity

    @property
    def clock(self) -> ClockFace | None:
        return self.clocks[0] if self.clocks else None


def rows_of(tickets: QuerySet[Ticket]) -> list[Row]:
    """These tickets in their order, without their clocks; one query."""
    return [Row(*values) for values in tickets.values_list(*_TICKET)]


def with_clocks(rows: Sequence[Row], now: datetime) -> list[Row]:
    """The same rows with the clocks they show at `now`; one query for all."""
    clocks = SlaClock.objects.filter(ticket__in=[row.pk for row in rows]).for_rows()
    faces = faces_by_ticket(clocks, now)
    return [replace(row, clocks=tuple(faces[row.pk])) if row.pk in faces else row for row in rows]
