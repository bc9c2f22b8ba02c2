"""Rows stored by `insert` are those that `save` would store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from lynnsupport.common import inserting
from lynnsupport.common.gathering import gathered
from lynnsupport.common.inserting import change, insert
from lynnsupport.outbox.models import OutboxMessage, ReadersMail
from tests.agreement import put_agreement
from tests.tickets.stories import make_cast, raise_ticket
from tickets.domain.intake import Channel
from tickets.models import Message, SeverityAssessment, SlaClock, StoredClockEvent, Ticket, TicketEvent

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def ticket(db):
    put_agreement()
    return raise_ticket(make_cast(at=AT), AT)


def mail(key: str) -> OutboxMessage:
    return OutboxMessage(
        key=key, kind="registered", to_address="ana@example.com", language="es", time_zone="America/Lima",
        context={"a": ["ñ", None, 1]}, message_id=f"<{key}@example.com>", created_at=AT, next_attempt_at=AT,
    )  # fmt: skip


def written(ticket: Ticket) -> Message:
    """A message that is not stored yet."""
    who = {"side": Message.Side.CUSTOMER, "contact": ticket.reporter}
    return Message(ticket=ticket, channel=Channel.PORTAL, body="Hecho.", at=AT, **who)


# What tells a row from the one it is made of, by its place, and values of sorts that a ticket may lack.
CHANGES = {
    Ticket: lambda place: {"number": f"LYN-{place}", "submission_key": None},
    SlaClock: lambda place: {"kind": "next_response", "remaining": timedelta(hours=2, microseconds=3)},
    StoredClockEvent: lambda place: {"sequence": 100 + place},
    SeverityAssessment: lambda place: {"weighted_impact": Decimal("33.333")},
    TicketEvent: lambda place: {},
}


def rows_like(model, ticket, places):
    """New rows, not stored, made of one that the ticket has."""
    of = {Ticket: {"pk": ticket.pk}, StoredClockEvent: {"clock__ticket": ticket}}
    given = model.objects.filter(**of.get(model, {"ticket": ticket})).order_by("pk").first()
    for place in places:
        row = model.objects.get(pk=given.pk)
        row.pk, row._state.adding = None, True
        for name, value in CHANGES[model](place).items():
            setattr(row, name, value)
        yield row


@pytest.mark.parametrize("model", CHANGES)
@pytest.mark.parametrize("copies", [1, 3])
def test_a_row_comes_back_as_it_was_given(model, copies, ticket):
    """Of each sort of column: text, figures, instants, durations, JSON, nothing."""
    before = set(model.objects.values_list("pk", flat=True))
    rows = list(rows_like(model, ticket, range(copies)))
    assert insert(rows) == copies
    assert set(model.objects.values_list("pk", flat=True)) - before == {row.pk for row in rows}
    for row in rows:
        assert not row._state.adding
        assert model_to_dict(model.objects.get(pk=row.pk)) == model_to_dict(row)


def at_once(rows):
    return insert(rows)


def together(rows):
    with transaction.atomic(), gathered({type(rows[0]): len(rows)}):
        return insert(rows)


@pytest.mark.parametrize("model", CHANGES)
@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("stored", [at_once, together])
def test_the_database_holds_what_django_would_have_stored(stored, model, copies, ticket):
    ours = list(rows_like(model, ticket, range(copies)))
    theirs = list(rows_like(model, ticket, range(10, 10 + copies)))
    assert stored(ours) == copies
    model.objects.bulk_create(theirs)
    apart = {"id", "number", "sequence"}

    def held(rows):
        stored = model.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values()
        return [{name: value for name, value in row.items() if name not in apart} for row in stored]

    assert held(ours) == held(theirs)
    assert len(held(ours)) == copies


def test_what_the_database_computes_is_read_when_asked_for(ticket):
    given = Ticket.objects.get(pk=ticket.pk)
    given.pk, given.number, given.submission_key, given._state.adding = None, "LYN-X", None, True
    given.__dict__.pop("queue_at")
    insert([given])
    assert given.queue_at == ticket.queue_at


def test_a_relation_that_was_stored_after_it_was_set(ticket):
    message = written(ticket)
    event = TicketEvent(
        ticket=ticket, kind="support_answered", at=AT, recorded_at=AT, message=message, data={}
    )
    insert([message])
    insert([event])
    assert TicketEvent.objects.get(pk=event.pk).message == message


def test_a_relation_that_is_not_stored_is_refused(ticket):
    message = written(ticket)
    event = TicketEvent(ticket=ticket, kind="support_answered", at=AT, recorded_at=AT, message=message)
    with pytest.raises(ValueError, match="not stored"):
        insert([event])


def test_what_json_has_no_form_of_is_refused_as_django_refuses_it(ticket):
    for store in (insert, TicketEvent.objects.bulk_create):
        event = TicketEvent(ticket=ticket, kind="escalated", at=AT, recorded_at=AT, data={"at": AT})
        with pytest.raises(TypeError, match="not JSON serializable"), transaction.atomic():
            store([event])


def test_no_rows_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert([]) == 0


def test_what_is_there_already_is_refused_or_left():
    assert insert([mail("one")]) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([mail("one")])
    changed = mail("one")
    changed.to_address = "otra@example.com"
    assert insert([changed, mail("two"), mail("two")], ignore_conflicts=True) == 1
    assert list(OutboxMessage.objects.order_by("key").values_list("key", "to_address")) == [
        ("one", "ana@example.com"),
        ("two", "ana@example.com"),
    ]


def test_another_constraint_is_not_ignored():
    """SQLite's INSERT OR IGNORE would have dropped the row."""
    broken = mail("one")
    broken.state = None
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([broken], ignore_conflicts=True)


def test_many_rows_go_in_several_statements(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(inserting, "PARAMETERS", 7)
    rows = [ReadersMail(thread=f"t{n}", address="a@example.com", identifier=f"<{n}@x>") for n in range(5)]
    with django_assert_num_queries(3):
        assert insert(rows) == 5
    assert [row.pk for row in rows] == list(
        ReadersMail.objects.order_by("thread").values_list("pk", flat=True)
    )


def test_a_change_stores_the_named_fields_and_no_other(django_assert_num_queries):
    sent = mail("one")
    insert([sent])
    later = AT + timedelta(hours=1)
    sent.context, sent.attempts, sent.next_attempt_at, sent.kind = {"b": [None]}, 3, later, "escalated"
    with django_assert_num_queries(1):
        change(sent, "context", "attempts", "next_attempt_at")
    stored = OutboxMessage.objects.get(pk=sent.pk)
    assert (stored.context, stored.attempts, stored.next_attempt_at) == ({"b": [None]}, 3, later)
    assert stored.kind == "registered"


def test_a_row_that_is_gone_is_not_changed():
    sent = mail("one")
    insert([sent])
    OutboxMessage.objects.filter(pk=sent.pk).delete()
    with pytest.raises(OutboxMessage.NotUpdated):
        change(sent, "attempts")
