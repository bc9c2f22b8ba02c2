"""Rows stored by statements written once, for what every ticket and every mail writes.

`Model.save` and `bulk_create` compose their SQL anew each time, which takes several times as long as the
database takes to store the rows. Here a model's statement is written once, and nothing is done that these
rows do not need: no signals, no parent tables, no expressions as values.
"""

from collections.abc import Iterable
from itertools import batched, chain
from typing import Any

from django.db import connections, router
from django.db.models import Model

from .gathering import gathering_for
from .statements import Statement, document, statement_of

PARAMETERS = 32_000  # of one statement, below what SQLite and PostgreSQL's protocol take


def insert(rows: Iterable[Model], *, ignore_conflicts: bool = False) -> int:
    """Store new rows, all of one model whose keys the database gives, and return how many were stored.

    Sets their primary keys, unless `ignore_conflicts`: then rows that are there already are left as they are,
    and which of them these were is not told. What the database computes is read when it is asked for. No
    signals: history and listeners are the caller's. IntegrityError as from `save`. More than some thousand
    rows go in several statements; take a transaction where that matters. In a `gathered` block the rows
    are kept with others and stored at its end.
    """
    new = list(rows)
    if not new:
        return 0
    model = type(new[0])
    using = router.db_for_write(model)
    statement = statement_of(model, using)
    gathering = gathering_for(using)
    if gathering and statement.takes_document:
        return gathering.send(new, statement) if ignore_conflicts else gathering.keep(new, statement)
    size = PARAMETERS // len(statement.names)
    return sum(_store(list(some), statement, ignore_conflicts) for some in batched(new, size))


def change(row: Model, *names: str) -> None:
    """Store these fields of a row that is there, as `save(update_fields=names)` would, without signals.

    Raises NotUpdated where the row is gone.
    """
    model = type(row)
    using = router.db_for_write(model, instance=row)
    statement = statement_of(model, using, names)
    with connections[using].cursor() as cursor:
        cursor.execute(statement.update, [*statement.values(row), row.pk])
        if cursor.rowcount != 1:
            raise model.NotUpdated(f"{model._meta.label} {row.pk} is not there to be changed")


def _store(rows: list[Any], statement: Statement, ignore_conflicts: bool) -> int:
    if statement.takes_document:
        source, params = statement.of_document, [document(map(statement.written, rows))]
    else:
        source = f"{statement.head} VALUES {', '.join([statement.row] * len(rows))}"
        params = list(chain.from_iterable(statement.values(row) for row in rows))
    conflict = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    with connections[statement.using].cursor() as cursor:
        cursor.execute(f'{source} {conflict} RETURNING "{statement.key}"', params)
        keys = cursor.fetchall()
    if not ignore_conflicts:
        for row, (key,) in zip(rows, keys, strict=True):
            statement.mark_stored(row, key)
    return len(keys)
