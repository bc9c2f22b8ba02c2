"""COP-1: requests to the customer, each with its own state; any answer sets restoration going again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.common.refusal import Refused
from tests.tickets.stories import raise_ticket
from tickets.cooperation.models import CustomerRequest
from tickets.cooperation.operations import answer, ask, withdraw
from tickets.domain.lifecycle import IllegalTransition, State
from tickets.operations import ask_customer, reply_as_customer, withdraw_question

from .conftest import MONDAY

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.rule("COP-1")


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, MONDAY)


def asked(ticket, cast, body="¿Qué versión?", *, at=MONDAY + HOUR, kind="data", **more):
    return ask(ticket, by=cast.engineer, kind=kind, body=body, now=at, **more)


def restoration(ticket):
    return ticket.clocks.get(kind="restoration").state


def states(ticket):
    return list(ticket.customer_requests.order_by("pk").values_list("state", flat=True))


def test_COP_1_asking_pauses_and_the_answer_resumes(ticket, cast, told):
    told()
    request = asked(ticket, cast, due_at=MONDAY + 20 * HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, restoration(ticket)) == (State.WAITING_CUSTOMER, "paused")
    assert (request.state, request.kind, request.due_at) == ("asked", "data", MONDAY + 20 * HOUR)
    assert told() == [("question_asked", cast.designated.email)]
    message = answer(request, by=cast.designated.user, body="La 4.2", now=MONDAY + 2 * HOUR)
    ticket.refresh_from_db()
    request.refresh_from_db()
    assert (ticket.state, restoration(ticket)) == (State.OPEN, "running")
    assert (request.state, request.answer, request.settled_at) == ("answered", message, MONDAY + 2 * HOUR)


def test_COP_1_a_question_from_the_text_box_is_a_request_too(ticket, cast):
    message = ask_customer(ticket, by=cast.engineer, question="¿Desde cuándo?", now=MONDAY + HOUR)
    request = ticket.customer_requests.get()
    assert (request.message, request.kind, request.asked_by) == (message, "question", cast.engineer)


def test_COP_1_an_answer_to_one_of_several_goes_on_with_the_case_and_leaves_the_others_open(ticket, cast):
    first, second = asked(ticket, cast), asked(ticket, cast, "¿Y los registros?", at=MONDAY + 2 * HOUR)
    answer(second, by=cast.designated.user, body="Adjuntos", now=MONDAY + 3 * HOUR)
    ticket.refresh_from_db()
    assert (states(ticket), ticket.state, restoration(ticket)) == (
        ["asked", "answered"],
        State.OPEN,
        "running",
    )
    answer(first, by=cast.designated.user, body="La 4.2", now=MONDAY + 4 * HOUR)
    assert states(ticket) == ["answered", "answered"]


def test_COP_1_a_message_that_names_no_request_answers_every_open_one(ticket, cast):
    asked(ticket, cast)
    asked(ticket, cast, "¿Y los registros?", at=MONDAY + 2 * HOUR)
    reply_as_customer(ticket, by=cast.designated.user, body="Todo adjunto", now=MONDAY + 3 * HOUR)
    assert states(ticket) == ["answered", "answered"]


def test_COP_1_withdrawing_the_last_one_resumes(ticket, cast):
    first, second = asked(ticket, cast), asked(ticket, cast, "¿Más?", at=MONDAY + 2 * HOUR)
    withdraw(first, by=cast.engineer, reason="Ya lo vimos", now=MONDAY + 3 * HOUR)
    ticket.refresh_from_db()
    assert (states(ticket), ticket.state) == (["withdrawn", "asked"], State.WAITING_CUSTOMER)
    withdraw(second, by=cast.engineer, reason="Tampoco", now=MONDAY + 4 * HOUR)
    ticket.refresh_from_db()
    assert (states(ticket), ticket.state, restoration(ticket)) == (
        ["withdrawn", "withdrawn"],
        State.OPEN,
        "running",
    )
    assert withdraw(second, by=cast.engineer, reason="Otra vez", now=MONDAY + 5 * HOUR).withdraw_reason == (
        "Tampoco"
    )


def test_COP_1_withdrawing_the_question_withdraws_every_request(ticket, cast):
    asked(ticket, cast)
    asked(ticket, cast, "¿Más?", at=MONDAY + 2 * HOUR)
    withdraw_question(ticket, by=cast.engineer, reason="Ya está", now=MONDAY + 3 * HOUR)
    assert states(ticket) == ["withdrawn", "withdrawn"]


def test_COP_1_the_same_form_asks_and_answers_once(ticket, cast):
    key, other = uuid4(), uuid4()
    request = asked(ticket, cast, submission_key=key)
    assert asked(ticket, cast, at=MONDAY + 2 * HOUR, submission_key=key) == request
    said = {"by": cast.designated.user, "body": "La 4.2", "submission_key": other}
    first = answer(request, now=MONDAY + 3 * HOUR, **said)
    assert answer(request, now=MONDAY + 4 * HOUR, **said) == first


def test_COP_1_refusals(ticket, cast):
    with pytest.raises(Refused, match="COP-1"):
        asked(ticket, cast, due_at=MONDAY)
    with pytest.raises(Refused, match="COP-1"):
        ask(ticket, by=cast.designated.user, kind="data", body="x", now=MONDAY)
    request = asked(ticket, cast)
    with pytest.raises(Refused, match="COP-1"):
        withdraw(request, by=cast.engineer, reason=" ", now=MONDAY + 2 * HOUR)
    with pytest.raises(Refused, match="COP-1"):
        answer(request, by=cast.engineer, body="x", now=MONDAY + 2 * HOUR)
    answer(request, by=cast.designated.user, body="La 4.2", now=MONDAY + 2 * HOUR)
    for late in (
        lambda: answer(request, by=cast.designated.user, body="Otra", now=MONDAY + 3 * HOUR),
        lambda: withdraw(request, by=cast.engineer, reason="x", now=MONDAY + 3 * HOUR),
    ):
        with pytest.raises(Refused, match="COP-1"):
            late()


def test_COP_1_nothing_is_asked_before_the_ticket_is_escalated(cast):
    registered = raise_ticket(cast, MONDAY, reporter=cast.colleague)
    with pytest.raises(IllegalTransition):
        asked(registered, cast)
    assert CustomerRequest.objects.count() == 0


@pytest.mark.parametrize(
    "half", [{"state": "answered"}, {"state": "withdrawn", "settled_at": MONDAY}, {"due_at": MONDAY}]
)
def test_a_request_is_settled_whole_or_not_at_all(ticket, cast, half):
    request = asked(ticket, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerRequest.objects.filter(pk=request.pk).update(**half)
