"""Many people at once: numbers stay sequential, the same form makes one ticket, nothing is overwritten."""

from uuid import uuid4

import pytest
from django.db import connection

from lynnsupport.accounts.models import Customer
from lynnsupport.common.inserting import insert
from lynnsupport.common.prepared import prepared
from lynnsupport.outbox.models import ReadersMail
from tests.agreement import put_agreement
from tests.at_once import at_once
from tests.factories import CustomerFactory
from tests.tickets.stories import answers, chile, make_cast, raise_ticket
from tickets.cooperation.models import ClosingTerm
from tickets.cooperation.operations import sweep_closings
from tickets.domain.intake import Channel
from tickets.models import ClockMilestone, Message, Ticket
from tickets.operations import ask_customer, open_ticket, reply_as_customer, sweep_clocks

NOW = chile("2026-11-23 10:00")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite", reason="an in-memory SQLite is one connection for all threads"
    ),
]


@pytest.fixture
def cast():
    put_agreement()
    return make_cast(at=NOW)


@pytest.mark.rule("INT-2")
def test_tickets_opened_at_once_get_sequential_numbers(cast):
    numbers = at_once(12, lambda _: raise_ticket(cast, NOW).number)
    in_order = [f"LYN-2026-{sequence:06d}" for sequence in range(1, 13)]
    assert sorted(numbers) == in_order
    assert list(Ticket.objects.order_by("pk").values_list("number", flat=True)) == in_order


def test_the_same_form_sent_at_once_makes_one_ticket(cast):
    key = uuid4()

    def send(_):
        return open_ticket(
            by=cast.designated.user, channel=Channel.PORTAL, now=NOW, submission_key=key,
            answers=answers(cast.tenant, detected_at=NOW),
        )  # fmt: skip

    openings = at_once(8, send)
    assert len({opening.ticket.pk for opening in openings}) == 1
    assert [opening.is_new for opening in openings].count(True) == 1
    assert Ticket.objects.count() == 1


def test_fifty_replies_at_once_are_all_kept(cast):
    ticket = raise_ticket(cast, NOW)
    at_once(
        50, lambda number: reply_as_customer(ticket, by=cast.designated.user, body=f"Nota {number}", now=NOW)
    )
    kept = Message.objects.filter(ticket=ticket).values_list("body", flat=True)
    assert set(kept) == {ticket.description, *(f"Nota {number}" for number in range(50))}


@pytest.mark.rule("RST-7", "RST-8")
def test_sweeps_at_once_keep_each_fact_once(cast):
    for _ in range(20):
        raise_ticket(cast, NOW)
    facts = at_once(6, lambda _: sweep_clocks(now=chile("2026-11-23 11:01")))
    assert sum(facts) == 20 * 4 == ClockMilestone.objects.count()


@pytest.mark.rule("CRP-3")
def test_sweeps_at_once_announce_and_close_each_case_once(cast):
    for _ in range(10):
        ask_customer(raise_ticket(cast, NOW), by=cast.engineer, question="¿Qué versión?", now=NOW)
    notice, closes = chile("2026-11-25 18:00"), chile("2026-11-26 18:00")
    announced = at_once(6, lambda _: sweep_closings(now=notice).announced)
    closed = at_once(6, lambda _: sweep_closings(now=closes).closed)
    assert (sum(announced), sum(closed), ClosingTerm.objects.count()) == (10, 10, 10)


def test_a_prepared_query_answers_each_thread_with_its_own_values():
    """One plan, kept once, used by many connections at the same time."""
    names = [f"Cliente {number}" for number in range(8)]
    for name in names:
        CustomerFactory(name=name)
    named = prepared(lambda name: Customer.objects.filter(name=name).select_related("partner"))
    answers_of = at_once(8, lambda number: [named(names[number])[0].name for _ in range(50)])
    assert answers_of == [[name] * 50 for name in names]


def test_rows_inserted_at_once_get_keys_of_their_own():
    def some(thread):
        rows = [
            ReadersMail(thread=f"{thread}", address="a@example.com", identifier=f"<{number}@x>")
            for number in range(40)
        ]
        insert(rows[:1])
        insert(rows[1:])
        return [(row.pk, row.thread, row.identifier) for row in rows]

    said = [row for rows in at_once(8, some) for row in rows]
    assert sorted(said) == list(ReadersMail.objects.values_list("pk", "thread", "identifier").order_by("pk"))
    assert len(said) == 320
