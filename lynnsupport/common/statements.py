"""A model's INSERT and UPDATE, written once, and what rows give them."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson
from django.db import connections
from django.db.models import BinaryField, DateField, Field, Model, TimeField

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


@dataclass(frozen=True, eq=False)
class Statement:
    """How rows of `model` are written to the database `using`."""

    model: type[Model]
    using: str
    key: str
    names: tuple[str, ...]  # of the columns
    update: str  # these columns of the row with a key
    head: str  # INSERT INTO a table, with these columns
    row: str  # a place for each value
    # PostgreSQL alone: the same from one `document` of any number of rows, without and with their keys
    of_document: str
    of_document_with_keys: str
    takes_document: bool  # bytes would have to be spelled out
    _fields: tuple[Field, ...]
    _plain: tuple[type | None, ...]  # what may be taken as it is
    _read: Callable[[Any], tuple[Any, ...]]  # the values as a row holds them
    _settled: tuple[tuple[int, Field], ...]  # the places whose value is made as it is stored

    def values(self, row: Model) -> list[Any]:
        """What the row holds, column by column, as the database's driver takes it."""
        values = list(self._read(row))
        for place, field in self._settled:
            values[place] = field.pre_save(row, True)
        connection = connections[self.using]
        for place, (value, plain) in enumerate(zip(values, self._plain, strict=True)):
            if value is None:
                field = self._fields[place]
                if field.is_relation:
                    values[place] = _stored_since(field, row)
            elif type(value) is not plain:
                values[place] = self._fields[place].get_db_prep_save(value, connection)
        return values

    def written(self, row: Model) -> bytes:
        """The same by the columns' names, with the row's key, as a JSON object."""
        held = dict(zip(self.names, self.values(row), strict=True))
        held[self.key] = row.pk
        return orjson.dumps(held, _as_json, orjson.OPT_PASSTHROUGH_DATETIME)

    def mark_stored(self, row: Model, key: int) -> None:
        """From now on the row is one of the database."""
        row.pk = key
        row._state.adding, row._state.db = False, self.using


def document(written: Iterable[bytes]) -> str:
    """Rows as `of_document` takes them."""
    return f"[{b','.join(written).decode()}]"


@lru_cache(maxsize=64)
def statement_of(model: type[Model], using: str, only: tuple[str, ...] = ()) -> Statement:
    """The statement of a model whose keys the database gives: of all its columns but those that the database
    computes, or `only` of the fields with these names."""
    connection = connections[using]
    quote = connection.ops.quote_name
    is_postgresql = connection.vendor == "postgresql"
    plain = PLAIN | ({"DateTimeField": datetime} if is_postgresql else {})
    options = model._meta
    fields = tuple(
        field
        for field in options.local_concrete_fields
        if not (field.generated or field.primary_key or (only and field.name not in only))
    )
    table, key = quote(options.db_table), quote(options.pk.column)
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    rows = f"FROM json_populate_recordset(NULL::{table}, %s::json)"
    return Statement(
        model=model,
        using=using,
        key=options.pk.column,
        names=tuple(field.column for field in fields),
        update=f"UPDATE {table} SET {places} WHERE {key} = %s",  # noqa: S608 (names of the code's own)
        head=f"INSERT INTO {table} ({columns})",
        row=f"({', '.join(['%s'] * len(fields))})",
        of_document=f"INSERT INTO {table} ({columns}) SELECT {columns} {rows}",
        of_document_with_keys=f"INSERT INTO {table} ({key}, {columns}) SELECT {key}, {columns} {rows}",
        takes_document=is_postgresql and not any(isinstance(field, BinaryField) for field in fields),
        _fields=fields,
        _plain=tuple(plain.get(_stored(field).get_internal_type()) for field in fields),
        _read=_reader([field.attname for field in fields]),
        _settled=tuple((place, field) for place, field in enumerate(fields) if _is_settled(field)),
    )


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    one = attrgetter(*names)
    return lambda row: (one(row),)


def _stored_since(field: Field, row: Model) -> Any:
    """The key of what the row refers to and that was stored after it had been set."""
    related = field.get_cached_value(row, default=None)
    if related is None:
        return None
    setattr(row, field.name, related)
    key = getattr(row, field.attname)
    if key is None:
        raise ValueError(f"{field} refers to a row that is not stored")
    return key


def _stored(field: Field) -> Field:
    return field.target_field if field.is_relation else field


def _is_settled(field: Field) -> bool:
    if isinstance(field, DateField | TimeField):
        return field.auto_now or field.auto_now_add
    return type(field).pre_save is not Field.pre_save


def _as_json(value: Any) -> Any:
    """What the driver takes and JSON has no form of, as PostgreSQL reads it from a text."""
    if isinstance(value, date):  # and datetime, whose offset may have seconds: in 1900 the hour was the sun's
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    if hasattr(value, "dumps"):  # the driver's wrapper of a JSON column, which says what it may hold
        return orjson.Fragment((value.dumps or json.dumps)(value.obj))
    raise TypeError(f"{type(value)} is no value of a column")
