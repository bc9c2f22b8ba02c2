"""The number of a ticket: the next one of its year (INT-2)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Model

from lynnsupport.common.gathering import gathered
from lynnsupport.common.references import ticket_number

# One statement, so that two who open a ticket at once wait for each other here and never get the same number.
_NEXT = """
    INSERT INTO tickets_ticketsequence (year, last) VALUES (%s, 1)
    ON CONFLICT (year) DO UPDATE SET last = tickets_ticketsequence.last + 1
    RETURNING last
"""


def next_number(now: datetime) -> str:
    """The next number of the year; the sequence's row is held until the transaction ends."""
    year = _year_of(now)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [year])
        return ticket_number(year, cursor.fetchone()[0])


@contextmanager
def numbered(rows: Mapping[type[Model], int], now: datetime) -> Iterator[str]:
    """The next number, for an act whose rows are `gathered`; both cost one query."""
    year = _year_of(now)
    with gathered(rows, ask=_NEXT, values=[year]) as sequence:
        yield ticket_number(year, sequence)


def _year_of(now: datetime) -> int:
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).year
