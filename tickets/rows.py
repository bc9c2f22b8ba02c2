"""Tickets as rows of the portal's lists: what a row shows and nothing else, in two queries for all of them.

A list of fifty is asked for more often than anything else, so its rows are read as values.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from .clock_faces import ClockFace, faces_for_rows
from .models import Ticket

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


class Row(NamedTuple):
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
    faces = faces_for_rows([row.pk for row in rows], now)
    return [row._replace(clocks=tuple(faces[row.pk])) if row.pk in faces else row for row in rows]
