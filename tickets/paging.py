"""Pages of tickets at the same cost for the first and the last.

A page is named by the last row before it, not by its number: nothing is counted and nothing is skipped
over; each page is read off an index from where its cursor stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from django.db.models import QuerySet

from .models import Ticket
from .queries import BY_DEADLINE

PAGE_SIZE = 50


class Queued(Protocol):
    """A ticket, or a row made of one."""

    pk: int
    queue_at: datetime


@dataclass(frozen=True)
class Cursor:
    """The row after which a page begins: its place in the queue and its id."""

    queue_at: datetime
    pk: int

    @classmethod
    def after(cls, row: Queued) -> Self:
        return cls(row.queue_at, row.pk)

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
class Page[Row: Queued]:
    """Rows of one page, and where the next begins (None on the last)."""

    tickets: list[Row]
    next_cursor: Cursor | None
    is_first: bool


def page_by_deadline[Row: Queued](
    tickets: QuerySet[Ticket],
    after: Cursor | None,
    *,
    size: int = PAGE_SIZE,
    read: Callable[[QuerySet[Ticket]], list[Row]] = list,
) -> Page[Row]:
    """At most `size` tickets, what falls due first coming first; `read` makes the rows.

    What shares the cursor's place in the queue and what comes later are two ranges of one index; asked for
    together they would be read from the first of the former, and all without a deadline share one place.
    """
    ordered = tickets.order_by(*BY_DEADLINE)
    if after is None:
        return _page(read(ordered[: size + 1]), size, is_first=True)
    found = read(ordered.filter(queue_at=after.queue_at, id__gt=after.pk)[: size + 1])
    if len(found) <= size:
        found += read(ordered.filter(queue_at__gt=after.queue_at)[: size + 1 - len(found)])
    return _page(found, size, is_first=False)


def page_by_newest[Row: Queued](
    tickets: QuerySet[Ticket],
    after: Cursor | None,
    *,
    size: int = PAGE_SIZE,
    read: Callable[[QuerySet[Ticket]], list[Row]] = list,
) -> Page[Row]:
    """At most `size` tickets, the newest first: for closed ones, which have no deadline left."""
    ordered = tickets.order_by("-id")
    if after:
        ordered = ordered.filter(id__lt=after.pk)
    return _page(read(ordered[: size + 1]), size, is_first=after is None)


def _page[Row: Queued](found: list[Row], size: int, *, is_first: bool) -> Page[Row]:
    """`found` holds one row more than the page where there is a next one."""
    shown, more = found[:size], len(found) > size
    return Page(shown, Cursor.after(shown[-1]) if more else None, is_first)
