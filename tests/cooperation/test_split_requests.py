"""A ticket that waits for its customer is split: both parts know for what, and until when (INT-6)."""

from datetime import timedelta

import pytest

from tests.tickets.stories import chile
from tickets.cooperation.closing import closings_of
from tickets.cooperation.models import CustomerRequest, RemoteAccess
from tickets.cooperation.operations import ask, sweep_closings, withdraw
from tickets.models import Message, Ticket
from tickets.operations import reply_as_customer, split_ticket
from tickets.verification import differences

from .conftest import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.rule("INT-6", "CRP-1", "COP-1")]
DATA = CustomerRequest.Kind.DATA
GRANTED = chile("2026-12-01 12:00")
ASKED = MONDAY + timedelta(hours=3)
SPLIT = MONDAY + timedelta(hours=5)


@pytest.fixture
def asked(waiting, cast) -> Ticket:
    """Asked twice, the second time with more time than the agreement's."""
    ask(waiting, by=cast.engineer, kind=DATA, body="Envíe el registro.", due_at=GRANTED, now=ASKED)
    return waiting


def split(ticket, cast, *messages) -> Ticket:
    chosen = [message.pk for message in messages]
    return split_ticket(
        ticket, by=cast.engineer, messages=chosen, subject="Otro caso", reason="Son dos", now=SPLIT
    )


def open_on(ticket) -> list[tuple]:
    rows = ticket.customer_requests.filter(state="asked").order_by("asked_at", "pk")
    assert [row.message.ticket_id for row in rows] == [ticket.pk] * len(rows)
    return [(row.kind, row.message.body, row.asked_at, row.due_at) for row in rows]


BOTH = [("question", "¿Qué versión usan?", MONDAY, None), ("data", "Envíe el registro.", ASKED, GRANTED)]


def test_a_part_without_the_question_asks_it_too_and_closes_by_the_same_term(asked, cast):
    before = closings_of([asked.pk])[asked.pk]
    part = split(asked, cast, asked.messages.get(side="customer"))
    assert (open_on(asked), open_on(part)) == (BOTH, BOTH)
    assert closings_of([asked.pk, part.pk]) == {asked.pk: before, part.pk: before}
    part.refresh_from_db()
    assert part.closing_check_at is not None
    for moment in (chile("2026-11-25 18:00"), before):
        sweep_closings(now=moment)
    part.refresh_from_db()
    assert (part.is_closed, part.closed_at) == (True, before)
    assert list(differences(now=before)) == []


def test_a_question_goes_along_with_its_message_and_the_rest_stays(asked, cast):
    data = asked.messages.get(body="Envíe el registro.")
    part = split(asked, cast, data)
    assert (open_on(asked), open_on(part)) == (BOTH[:1], BOTH[1:])
    assert CustomerRequest.objects.count() == 2
    closings = closings_of([asked.pk, part.pk])
    assert closings == {asked.pk: chile("2026-11-26 18:00"), part.pk: chile("2026-12-01 18:00")}


def test_where_every_question_goes_along_the_original_asks_them_too(asked, cast):
    questions = asked.messages.filter(side="support")
    part = split(asked, cast, *questions)
    assert (open_on(asked), open_on(part)) == (BOTH, BOTH)


def test_each_part_is_answered_and_withdrawn_by_itself(asked, cast):
    part = split(asked, cast, asked.messages.get(side="customer"))
    reply_as_customer(part, by=cast.designated.user, body="La 4.", now=SPLIT)
    part.refresh_from_db()
    assert (part.state, open_on(part), open_on(asked)) == ("open", [], BOTH)
    for request in asked.customer_requests.filter(state="asked"):
        withdraw(request, by=cast.engineer, reason="Ya no hace falta", now=SPLIT)
    asked.refresh_from_db()
    assert asked.state == "open"


def test_what_was_settled_goes_along_and_is_asked_no_more(waiting, cast):
    answer = reply_as_customer(waiting, by=cast.designated.user, body="La 4.", now=ASKED)
    question = waiting.customer_requests.get().message
    part = split(waiting, cast, question, answer)
    row = CustomerRequest.objects.get()
    assert (row.ticket, row.state, Message.objects.filter(side="support").count()) == (part, "answered", 1)
    assert not RemoteAccess.objects.exists()
