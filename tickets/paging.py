"""Pages of tickets at the same cost for the first and the last.

A page is named by the last row before it, not by its number: nothing is counted and nothing is skipped
over; each page is read off an index from where its cursor stands.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Q, QuerySet

from .models import Ticket
from .queries import BY_DEADLINE

PAGE_SIZE = 50


@dataclass(frozen=True)
class Cursor:
    """The row after which a page begins: its place in the queue and its id."""

    queue_at: datetime
    pk: int

    @classmethod
    def after(cls, ticket: Ticket) -> Self:
        return cls(ticket.queue_at, ticket.pk)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """A cursor from an address; None for anything that is none."""
        moment, _separator, number = text.rpartition("~")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        try:
            queue_at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return cls(queue_at, int(number)) if queue_at.tzinfo else None

    def __str__(self) -> str:
        return f"{self.queue_at.isoformat()}~{self.pk}"


@dataclass(frozen=True)
class Page:
    """Rows of one page, and where the next begins (None on the last)."""

    tickets: list[Ticket]
    next_cursor: Cursor | None
    is_first: bool


def page_by_deadline(tickets: QuerySet[Ticket], after: Cursor | None, *, size: int = PAGE_SIZE) -> Page:
    """At most `size` tickets, what falls due first coming first."""
    rows = tickets.order_by(*BY_DEADLINE)
    if after:
        same_place = Q(queue_at=after.queue_at, id__gt=after.pk)
        # the plain lower bound is what an index can start from
        rows = rows.filter(Q(queue_at__gt=after.queue_at) | same_place, queue_at__gte=after.queue_at)
    return _page(rows, after, size)


def page_by_newest(tickets: QuerySet[Ticket], after: Cursor | None, *, size: int = PAGE_SIZE) -> Page:
    """At most `size` tickets, the newest first: for closed ones, which have no deadline left."""
    rows = tickets.order_by("-id")
    return _page(rows.filter(id__lt=after.pk) if after else rows, after, size)


def _page(rows: QuerySet[Ticket], after: Cursor | None, size: int) -> Page:
    found = list(rows[: size + 1])  # one more tells whether there is a next page
    shown, more = found[:size], len(found) > size
    return Page(shown, Cursor.after(shown[-1]) if more else None, is_first=after is None)
