"""New rows stored in one statement, for what every ticket and every mail writes.

`Model.save` and `bulk_create` compose their SQL anew each time, which takes several times as long as the
database takes to store the rows. Here a model's statement is written once, and nothing is done that these
rows do not need: no signals, no parent tables, no expressions as values.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import batched
from typing import Any, NamedTuple

from django.db import connections, router
from django.db.models import Field, Model

PARAMETERS = 32_000  # of one statement, below what SQLite and PostgreSQL's protocol take
# What the databases' drivers take as it is, by the field's internal type; instants PostgreSQL's alone.
PLAIN = {
    "CharField": str,
    "TextField": str,
    "BooleanField": bool,
    "SmallIntegerField": int,
    "PositiveSmallIntegerField": int,
    "IntegerField": int,
    "PositiveIntegerField": int,
    "BigIntegerField": int,
    "BigAutoField": int,
}


class _Statement(NamedTuple):
    """`head`, the values of the rows, and `key`: what comes back of each."""

    head: str
    row: str  # the values of one row
    arrays: str  # those of any number, a column each: PostgreSQL plans it once, and it is short
    key: str
    fields: tuple[Field, ...]  # in the order of the columns
    plain: tuple[type | None, ...]


def insert(rows: Iterable[Model], *, ignore_conflicts: bool = False) -> int:
    """Store new rows, all of one model whose keys the database gives, and return how many were stored.

    Sets their primary keys, unless `ignore_conflicts`: then rows that are there already are left as they are,
    and which of them these were is not told. What the database computes is read when it is asked for. No
    signals: history and listeners are the caller's. IntegrityError as from `save`. More than some thousand
    rows go in several statements; take a transaction where that matters.
    """
    new = list(rows)
    if not new:
        return 0
    model = type(new[0])
    using = router.db_for_write(model)
    statement = _statement(model, using)
    size = PARAMETERS // len(statement.fields)
    return sum(_store(list(some), statement, using, ignore_conflicts) for some in batched(new, size))


@lru_cache(maxsize=64)
def _statement(model: type[Model], using: str) -> _Statement:
    connection = connections[using]
    quote = connection.ops.quote_name
    plain = PLAIN | ({"DateTimeField": datetime} if connection.vendor == "postgresql" else {})
    options = model._meta
    fields = tuple(
        field for field in options.local_concrete_fields if not (field.generated or field.primary_key)
    )
    columns = ", ".join(quote(field.column) for field in fields)
    types = [(field.db_type(connection) or "").split("(")[0] for field in fields]
    return _Statement(
        head=f"INSERT INTO {quote(options.db_table)} ({columns})",
        row=f"({', '.join(['%s'] * len(fields))})",
        arrays=f"SELECT * FROM UNNEST({', '.join(f'%s::{kind}[]' for kind in types)})",  # noqa: S608
        key=f"RETURNING {quote(options.pk.column)}",
        fields=fields,
        plain=tuple(plain.get(_stored(field).get_internal_type()) for field in fields),
    )


def _store(rows: list[Any], statement: _Statement, using: str, ignore_conflicts: bool) -> int:
    connection = connections[using]
    columns = [
        _column(field, plain, rows, connection)
        for field, plain in zip(statement.fields, statement.plain, strict=True)
    ]
    if len(rows) > 1 and connection.vendor == "postgresql":
        values, params = statement.arrays, columns
    else:
        values = f"VALUES {', '.join([statement.row] * len(rows))}"
        params = [value for each in zip(*columns, strict=True) for value in each]
    conflict = "ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    sql = f"{statement.head} {values} {conflict} {statement.key}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        keys = cursor.fetchall()
    if ignore_conflicts:
        return len(keys)
    for each, (key,) in zip(rows, keys, strict=True):
        each.pk = key
        each._state.adding, each._state.db = False, using
    return len(keys)


def _stored(field: Field) -> Field:
    return field.target_field if field.is_relation else field


def _column(field: Field, plain: type | None, rows: list[Any], connection: Any) -> list[Any]:
    values = [field.pre_save(row, True) for row in rows]
    if plain and all(type(value) is plain for value in values):
        return values
    return [_prepared(field, value, row, connection) for value, row in zip(values, rows, strict=True)]


def _prepared(field: Field, value: Any, row: Model, connection: Any) -> Any:
    if value is None and field.is_relation:
        related = field.get_cached_value(row, default=None)
        if related is not None:  # it was stored after it had been set
            setattr(row, field.name, related)
            value = getattr(row, field.attname)
            if value is None:
                raise ValueError(f"{field} refers to a row that is not stored")
    return field.get_db_prep_save(value, connection)
