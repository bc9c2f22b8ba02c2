"""Queries whose SQL Django writes once and which are then asked again with other values.

Writing the SQL of a ticket's page takes Django longer than the database takes to answer it, and the text is
the same every time but for a few values. A prepared query is an ordinary queryset, made by a function of the
values that change:

    @prepared
    def _messages(ticket: int) -> QuerySet[Message]:
        return Message.objects.filter(ticket=ticket).order_by("at")

    for message in _messages(ticket.pk): ...

The function sees placeholders, so it may use its arguments in look-ups only, and nothing else that changes
from call to call: no clock, no language, no reader. A scope (a `Q` of `accounts.access`) may be an argument;
each shape of it is prepared by itself. What cannot be prepared is asked in the ordinary way, so the answer is
always the same as without the decorator.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, wraps
from itertools import count
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet, Value
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

# What a look-up takes as it is, whatever the column. A bool or None changes the SQL itself.
PLAIN = (int, str, UUID, date, datetime)
KEPT = 64  # shapes of one function


class Unprepared(Exception):
    """An argument whose SQL depends on more than its type."""


class Placeholder(Value):
    """Stands for the `place`-th value in the SQL."""

    def __init__(self, value: Any, place: int) -> None:
        super().__init__(value)
        self.place = place

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def filled(self, values: list[Any], connection: Any) -> Any:
        return self.output_field.get_db_prep_value(values[self.place], connection=connection)


class _KnownQuery(Query):
    """A query that is compiled already; nothing is added to it any more, so copies share all its parts."""

    compiler: SQLCompiler

    def chain(self, klass: type[Query] | None = None) -> "_KnownQuery":
        alike = _KnownQuery.__new__(_KnownQuery)
        alike.__dict__.update(self.__dict__)
        return alike

    def get_compiler(self, *_args: Any, **_options: Any) -> SQLCompiler:
        return self.compiler


@dataclass(frozen=True)
class _Plan:
    queryset: QuerySet
    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]

    @cached_property
    def converters(self) -> dict[int, Any]:
        """What the columns' values go through, by their places; Django asks each field anew every time."""
        fields = [column[0] for column in self.compiler.select[: self.compiler.col_count]]
        return self.compiler.get_converters(fields)

    def ask(self, values: list[Any]) -> QuerySet:
        connection = connections[self.queryset.db]
        params = tuple(
            each.filled(values, connection) if isinstance(each, Placeholder) else each for each in self.params
        )
        compiler = copy(self.compiler)
        compiler.connection = connection  # this thread's own
        compiler.as_sql = lambda *_args, **_options: (self.sql, params)
        compiler.get_converters = lambda _fields: self.converters
        asked = self.queryset.all()
        asked.query.compiler = compiler
        return asked


def prepared[Row](make: Callable[..., QuerySet[Any, Row]]) -> Callable[..., list[Row]]:
    """The rows of the queryset that `make` builds of its positional arguments, as a list."""
    plans: dict[Any, _Plan] = {}

    @wraps(make)
    def ask(*arguments: Any) -> list[Row]:
        try:
            shape, values = _shape_of(arguments)
        except Unprepared:
            return list(make(*arguments))
        plan = plans.get(shape)
        if plan is None:
            try:
                plan = _plan(make(*_with_placeholders(arguments)))
            except EmptyResultSet:
                return []
            if len(plans) < KEPT:
                plans[shape] = plan
        return list(plan.ask(values))

    return ask


def _plan(queryset: QuerySet) -> _Plan:
    compiler = queryset.query.get_compiler(queryset.db)
    sql, params = compiler.as_sql()
    queryset.query.__class__ = _KnownQuery
    return _Plan(queryset, compiler, sql, tuple(params))


def _shape_of(arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any]]:
    """What decides the SQL, and what is filled into it."""
    values: list[Any] = []
    return tuple(_shape(each, values) for each in arguments), values


def _shape(argument: Any, values: list[Any]) -> Any:
    if isinstance(argument, Q):
        children = tuple(_shape(each, values) for each in argument.children)
        return "Q", argument.connector, argument.negated, children
    if isinstance(argument, tuple):  # a look-up of a Q
        name, value = argument
        return name, _shape(value, values)
    if argument is None or isinstance(argument, bool):
        return argument
    if isinstance(argument, list):
        return tuple(_shape(each, values) for each in argument)
    if type(argument) not in PLAIN:
        raise Unprepared
    values.append(argument)
    return type(argument)


def _with_placeholders(arguments: tuple[Any, ...]) -> list[Any]:
    places = count()
    return [_placed(each, places) for each in arguments]


def _placed(argument: Any, places: Iterator[int]) -> Any:
    if isinstance(argument, Q):
        filled = copy(argument)
        filled.children = [_placed(each, places) for each in argument.children]
        return filled
    if isinstance(argument, tuple):
        return argument[0], _placed(argument[1], places)
    if isinstance(argument, list):
        return [_placed(each, places) for each in argument]
    if argument is None or isinstance(argument, bool):
        return argument
    return Placeholder(argument, next(places))
