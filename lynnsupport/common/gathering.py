"""The new rows of one act, sent to PostgreSQL together.

An act like the opening of a ticket writes rows of ten tables, and waits for the database ten times although
it reads nothing of what it wrote. Within `gathered` rows get their keys at once, from keys taken ahead in one
query, and are kept until the block ends or anything else is asked of the database; then one statement
stores them all. Nobody can tell the difference except by counting queries.

What the act must ask just before it writes, like the next number of a series, can go with the keys.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connections, router
from django.db.models import Model

from .statements import Statement, document

_GATHERING: ContextVar["Gathering | None"] = ContextVar("gathering", default=None)


@contextmanager
def gathered(keys: Mapping[type[Model], int], *, ask: str = "", values: Sequence[Any] = ()) -> Iterator[Any]:
    """Rows that `insert` is given in this block go to the database together; call it within a transaction.

    `keys` says how many rows of which models are expected: their keys cost one query in all, any more a query
    each time. `ask` is a statement that returns one value, given its `values`; the keys' query asks it too,
    and the block gets its answer. What the database refuses is raised when the rows are sent. After an
    exception they are not sent, as the transaction is undone. SQLite, which is not asked over a network,
    stores them at once.
    """
    using = router.db_for_write(next(iter(keys)))
    connection = connections[using]
    if connection.vendor != "postgresql":
        yield _row(connection, ask, values)[0] if ask else None
        return
    gathering = Gathering(using)
    answer = gathering.take_keys(keys, ask, values)
    before = _GATHERING.set(gathering)
    try:
        with connection.execute_wrapper(gathering.first):
            yield answer
            gathering.send()
    finally:
        _GATHERING.reset(before)


def gathering_for(using: str) -> "Gathering | None":
    """What gathers new rows for that database at the moment."""
    gathering = _GATHERING.get()
    return gathering if gathering and gathering.using == using else None


class Gathering:
    """Rows that have their keys and are not sent yet."""

    def __init__(self, using: str) -> None:
        self.using = using
        self._keys: dict[type[Model], deque[int]] = {}
        self._kept: dict[Statement, list[bytes]] = {}

    def keep(self, rows: Sequence[Model], statement: Statement) -> int:
        """Give the rows their keys and keep what they hold now; returns how many they are."""
        keys = self._keys.setdefault(statement.model, deque())
        if len(keys) < len(rows):
            self.take_keys({statement.model: len(rows) - len(keys)})
        for row in rows:
            statement.mark_stored(row, keys.popleft())
        self._kept.setdefault(statement, []).extend(map(statement.written, rows))
        return len(rows)

    def send(self, perhaps: Sequence[Model] = (), statement: Statement | None = None) -> int:
        """Store what is kept, and rows that may be there already; returns how many of these are new."""
        kept, self._kept = self._kept, {}
        if not kept and statement is None:
            return 0
        documents = [document(rows) for rows in kept.values()]
        if statement:
            documents.append(document(map(statement.written, perhaps)))
        with connections[self.using].cursor() as cursor:
            cursor.execute(_together(tuple(kept), statement), documents)
            return cursor.fetchone()[0]

    def first(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Whatever else is asked finds the rows stored (an execute wrapper)."""
        if self._kept:
            self.send()
        return execute(sql, *rest)

    def take_keys(self, wanted: Mapping[type[Model], int], ask: str = "", values: Sequence[Any] = ()) -> Any:
        """Have so many keys more; returns the answer to what is asked beside them, None without.

        The answer comes first: where it waits for another transaction, keys are taken after the wait and rise
        as the answers do.
        """
        sequences = [_sequence_of(model) for model, count in wanted.items() for _ in range(count)]
        asked = f"WITH asked AS ({ask or 'SELECT NULL'}) {_ANSWER_AND_KEYS}"
        answer, keys = _row(connections[self.using], asked, [*values, sequences])
        ahead = iter(keys)
        for model, count in wanted.items():
            self._keys.setdefault(model, deque()).extend(islice(ahead, count))
        return answer


# A key from each of the sequences, in their order.
_ANSWER_AND_KEYS = """
    SELECT (SELECT * FROM asked), ARRAY(SELECT nextval(each) FROM unnest(%s::regclass[]) AS each)
"""


def _sequence_of(model: type[Model]) -> str:
    """The one that was made with the table."""
    return f"{model._meta.db_table}_{model._meta.pk.column}_seq"


def _row(connection: Any, sql: str, values: Sequence[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


@lru_cache(maxsize=64)
def _together(kept: tuple[Statement, ...], perhaps: Statement | None) -> str:
    parts = [f"kept{place} AS ({each.of_document_with_keys})" for place, each in enumerate(kept)]
    if perhaps:
        parts.append(f"fresh AS ({perhaps.of_document} ON CONFLICT DO NOTHING RETURNING 1)")
    return f"WITH {', '.join(parts)} SELECT {'COUNT(*) FROM fresh' if perhaps else '0'}"  # noqa: S608
