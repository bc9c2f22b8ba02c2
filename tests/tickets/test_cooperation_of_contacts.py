"""CON-5: restoration of severity 1 stands still while no designated contact can be reached."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lynnsupport.common.refusal import Refused
from tickets.operations import (
    ask_customer,
    decide_severity,
    propose_solution,
    record_call,
    record_reached,
    record_unreachable,
    reply_as_customer,
    withdraw_question,
)

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
pytestmark = pytest.mark.rule("CON-5")


def at(minutes: int):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW, impact_percent=Decimal(95))


def restoration(ticket):
    clock = ticket.clocks.get(kind="restoration")
    return clock.state, clock.paused_for, clock.due_at


def missed(ticket, cast, minutes, **when):
    return record_unreachable(ticket, by=cast.engineer, words="No contestan", now=at(minutes), **when)


def test_it_pauses_from_when_the_desk_called_and_the_customer_is_asked_to_call(cast, ticket, told):
    told()
    missed(ticket, cast, 30, at=at(20))
    assert restoration(ticket) == ("paused", "contact_unreachable", None)
    assert ticket.clocks.get(kind="first_response").state == "running"  # RST-6
    assert told() == [("contact_unreachable", cast.designated.email)]
    record_reached(ticket, by=cast.engineer, words="Llamó Ana", now=at(60), at=at(50))
    assert restoration(ticket) == (
        "running",
        "",
        chile("2026-11-23 15:30"),
    )  # four hours, thirty minutes late
    ticket.refresh_from_db()
    assert ticket.contact_unreachable_since is None


@pytest.mark.parametrize("way", ["writes", "is called", "is lowered", "is solved"])
def test_contact_is_made_in_other_ways_too(cast, ticket, way):
    missed(ticket, cast, 20)
    if way == "writes":
        reply_as_customer(ticket, by=cast.designated.user, body="Aquí estoy", now=at(50))
    elif way == "is called":
        record_call(
            ticket,
            by=cast.engineer,
            contact=cast.designated,
            called_at=at(50),
            summary="Hablamos",
            now=at(55),
        )
    elif way == "is lowered":
        decide_severity(ticket, by=cast.engineer, severity=2, reason="Degradado", now=at(50))
    else:
        propose_solution(ticket, by=cast.engineer, body="Listo", now=at(50))
    ticket.refresh_from_db()
    assert ticket.contact_unreachable_since is None
    assert restoration(ticket)[1] == ""


def test_words_of_somebody_else_make_no_contact(cast, ticket):
    missed(ticket, cast, 20)
    reply_as_customer(ticket, by=cast.colleague.user, body="Yo no sé", now=at(50))
    assert restoration(ticket)[1] == "contact_unreachable"


@pytest.mark.rule("RST-6")
def test_the_end_of_a_question_leaves_the_other_pause(cast, ticket):
    missed(ticket, cast, 20)
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=at(30))
    withdraw_question(ticket, by=cast.engineer, reason="Ya", now=at(40))
    assert restoration(ticket)[1] == "contact_unreachable"


def test_refusals(cast, ticket):
    with pytest.raises(Refused, match="CON-5"):
        record_reached(ticket, by=cast.engineer, words="Ana", now=at(10))
    with pytest.raises(Refused, match="CON-5"):
        record_unreachable(ticket, by=cast.engineer, words=" ", now=at(10))
    with pytest.raises(Refused, match="CON-5"):
        record_unreachable(ticket, by=cast.designated.user, words="x", now=at(10))
    for moment in (NOW - timedelta(seconds=1), at(10) + timedelta(seconds=1)):
        with pytest.raises(Refused, match="CON-5"):
            missed(ticket, cast, 10, at=moment)
    missed(ticket, cast, 10)
    with pytest.raises(Refused, match="CON-5"):
        missed(ticket, cast, 20)
    lower = raise_ticket(cast, NOW)
    with pytest.raises(Refused, match="CON-5"):
        missed(lower, cast, 10)
