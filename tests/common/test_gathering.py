"""Rows that are gathered end as rows that were stored one by one; only the questions asked are fewer."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import AutoField
from django.test.utils import CaptureQueriesContext

from lynnsupport.common.gathering import gathered, gathering_for
from lynnsupport.common.inserting import insert
from lynnsupport.outbox.models import OutboxMessage, ReadersMail
from tests.agreement import put_agreement
from tests.common.test_inserting import AT, mail, written
from tests.tickets.stories import make_cast, raise_ticket
from tickets.inbound.models import InboundMail
from tickets.models import Message, SeverityAssessment, StoredClockEvent, TicketEvent

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite is not asked over a network and stores rows at once"
)


@pytest.fixture
def ticket(db):
    put_agreement()
    return raise_ticket(make_cast(at=AT), AT)


def read(name: str, count: int = 1) -> list[ReadersMail]:
    known_as = {"address": "a@example.com", "identifier": "<x@y>"}
    return [ReadersMail(thread=f"{name}{n}", **known_as) for n in range(count)]


def break_off(name: str) -> None:
    insert(read(name))
    raise ZeroDivisionError


def threads() -> list[str]:
    return list(ReadersMail.objects.order_by("pk").values_list("thread", flat=True))


@on_postgresql
def test_rows_of_several_models_are_one_statement(ticket):
    """One query for the keys, one for the rows, whether one or three of each."""
    for copies in (1, 3):
        expected = {Message: copies, TicketEvent: copies}
        with CaptureQueriesContext(connection) as captured, gathered(expected):
            for _ in range(copies):
                message = written(ticket)
                insert([message])
                insert([_event(ticket, message)])
        assert len(captured) == 2
    assert list(
        TicketEvent.objects.filter(kind="support_answered").values_list("message", flat=True)
    ) == list(Message.objects.order_by("pk").values_list("pk", flat=True)[1:])


@on_postgresql
def test_what_is_asked_beside_the_keys_costs_no_query_more():
    with CaptureQueriesContext(connection) as captured:
        with gathered({ReadersMail: 2}, ask="SELECT %s + %s", values=[40, 2]) as answer:
            insert(read("a", 2))
        assert (answer, len(captured)) == (42, 2)


def test_the_block_gets_the_answer_to_what_was_asked():
    with transaction.atomic(), gathered({ReadersMail: 1}, ask="SELECT %s + %s", values=[40, 2]) as answer:
        insert(read("a"))
    with transaction.atomic(), gathered({ReadersMail: 1}) as nothing:
        insert(read("b"))
    assert (answer, nothing, threads()) == (42, None, ["a0", "b0"])


def _event(ticket, message):
    return TicketEvent(
        ticket=ticket, kind="support_answered", at=AT, recorded_at=AT, message=message, data={}
    )


def test_what_is_asked_in_between_finds_the_rows():
    with transaction.atomic(), gathered({ReadersMail: 2}):
        insert(read("a"))
        assert threads() == ["a0"]
        insert(read("b"))
    assert threads() == ["a0", "b0"]


@pytest.mark.parametrize("expected", [0, 1, 5])
def test_more_or_fewer_rows_than_expected(expected):
    rows = read("a", 3)
    with transaction.atomic(), gathered({ReadersMail: expected}):
        insert(rows)
        keys = [row.pk for row in rows]
    assert list(ReadersMail.objects.order_by("thread").values_list("pk", flat=True)) == keys


def test_models_that_were_not_expected(ticket):
    with transaction.atomic(), gathered({ReadersMail: 1}):
        insert([written(ticket)])
    assert Message.objects.filter(body="Hecho.").count() == 1


def test_bytes_are_stored_at_once():
    kept = InboundMail(sha256="a" * 64, raw=b"\0\xff", size=2, received_at=AT)
    with transaction.atomic(), gathered({ReadersMail: 1}):
        insert(read("a"))
        insert([kept])
    assert bytes(InboundMail.objects.get(pk=kept.pk).raw) == b"\0\xff"
    assert threads() == ["a0"]


def test_a_row_is_stored_as_it_was_when_it_was_given():
    (row,) = read("a")
    with transaction.atomic(), gathered({ReadersMail: 1}):
        insert([row])
        row.thread = "later"
    assert threads() == ["a0"]


def test_what_a_column_of_json_holds_is_stored_as_it_was_too(ticket):
    event = _event(ticket, None)
    event.data = {"told": ["first"]}
    with transaction.atomic(), gathered({TicketEvent: 1}):
        insert([event])
        event.data["told"].append("later")
    assert TicketEvent.objects.get(pk=event.pk).data == {"told": ["first"]}


def test_rows_that_may_be_there_already_are_told_at_once():
    insert([mail("one")])
    with transaction.atomic(), gathered({ReadersMail: 1}):
        insert(read("a"))
        assert insert([mail("one"), mail("two")], ignore_conflicts=True) == 1
        assert insert([mail("two")], ignore_conflicts=True) == 0
    assert threads() == ["a0"]
    assert list(OutboxMessage.objects.order_by("key").values_list("key", flat=True)) == ["one", "two"]


def test_what_the_database_refuses_is_raised_by_the_end_of_the_block():
    insert(read("a"))
    with pytest.raises(IntegrityError), transaction.atomic(), gathered({ReadersMail: 2}):
        insert(read("b") + read("a"))
    assert threads() == ["a0"]


def test_after_an_exception_nothing_is_stored_and_nothing_gathers():
    with pytest.raises(ZeroDivisionError), transaction.atomic(), gathered({ReadersMail: 1}):
        break_off("a")
    assert gathering_for("default") is None
    insert(read("b"))
    assert threads() == ["b0"]


def test_a_part_that_is_undone_takes_its_rows_along():
    with transaction.atomic(), gathered({ReadersMail: 3}):
        insert(read("a"))
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            break_off("b")
        insert(read("c"))
    assert threads() == ["a0", "c0"]


@on_postgresql
def test_keys_come_from_the_sequence_that_the_table_has():
    """Of every table, so that a renamed one is noticed here."""
    named, made = {}, {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            options = model._meta
            if options.managed and isinstance(options.pk, AutoField) and not options.proxy:
                cursor.execute(
                    "SELECT pg_get_serial_sequence(%s, %s)", [f'"{options.db_table}"', options.pk.column]
                )
                made[options.label] = cursor.fetchone()[0]
                named[options.label] = f"public.{options.db_table}_{options.pk.column}_seq"
    assert made == named
    assert {model._meta.label for model in (SeverityAssessment, StoredClockEvent)} <= set(made)
