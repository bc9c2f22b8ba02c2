"""RSP-4: whenever the customer writes again, support owes the next answer in the same time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tickets.domain.lifecycle import CloseReason
from tickets.operations import (
    answer_customer,
    ask_customer,
    close_ticket,
    decide_severity,
    exclude,
    propose_solution,
    record_call,
    reject_solution,
    reply_as_customer,
    revert_exclusion,
    sweep_clocks,
    write_note,
)

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
pytestmark = pytest.mark.rule("RSP-4")


def at(minutes: int):
    return NOW + timedelta(minutes=minutes)


def shown(ticket):
    """Start, deadline, stop and state of each, in minutes after NOW."""

    def minutes(instant):
        return None if instant is None else (instant - NOW) / timedelta(minutes=1)

    clocks = ticket.clocks.filter(kind="next_response").order_by("started_at", "pk")
    return [(minutes(c.started_at), minutes(c.due_at), minutes(c.stopped_at), c.state) for c in clocks]


@pytest.fixture
def answered(cast):
    """A ticket of severity 2 whose first response was given after ten minutes."""
    ticket = raise_ticket(cast, NOW)
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=at(10))
    return ticket


def writes(cast, ticket, minutes, **said):
    reply_as_customer(ticket, by=cast.designated.user, body="Sigue igual.", now=at(minutes), **said)


def test_it_runs_from_the_customers_words_to_the_next_public_answer(cast, answered):
    writes(cast, answered, 30)
    write_note(answered, by=cast.engineer, body="Es el conector", now=at(35))
    assert shown(answered) == [(30, 90, None, "running")]
    answer_customer(answered, by=cast.engineer, body="Ya.", now=at(50))
    assert shown(answered) == [(30, 90, 50, "met")]


def test_while_an_answer_is_owed_more_words_start_no_other_clock(cast):
    ticket = raise_ticket(cast, NOW)
    writes(cast, ticket, 5)  # the first response is still owed
    assert shown(ticket) == []
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=at(10))
    writes(cast, ticket, 20)
    writes(cast, ticket, 30)
    assert shown(ticket) == [(20, 80, None, "running")]


def test_each_time_the_customer_writes_again_there_is_another(cast, answered):
    writes(cast, answered, 20)
    ask_customer(answered, by=cast.engineer, question="¿Qué sesión?", now=at(40))
    writes(cast, answered, 50)
    propose_solution(answered, by=cast.engineer, body="Listo", now=at(60))
    reject_solution(answered, by=cast.designated.user, reason="No", now=at(70))
    assert shown(answered) == [
        (20, 80, 40, "met"),
        (50, 110, 60, "met"),
        (70, 130, None, "running"),
    ]


def test_a_call_entered_later_counts_from_when_it_was_made(cast, answered):
    """The words after the call are then owed an answer of their own."""
    writes(cast, answered, 20)
    writes(cast, answered, 45)
    record_call(
        answered, by=cast.engineer, contact=cast.designated, called_at=at(30), summary="Hablamos.", now=at(50)
    )
    assert shown(answered) == [(20, 80, 30, "met"), (45, 105, None, "running")]
    answered.refresh_from_db()
    assert answered.customer_waits_since == at(45)


def test_a_call_entered_after_the_answer_still_counts_from_when_it_was_made(cast, answered):
    writes(cast, answered, 20)
    writes(cast, answered, 45)
    answer_customer(answered, by=cast.engineer, body="Ya.", now=at(120))
    record_call(
        answered,
        by=cast.engineer,
        contact=cast.designated,
        called_at=at(30),
        summary="Hablamos.",
        now=at(130),
    )
    assert shown(answered) == [(20, 80, 30, "met"), (45, 105, 120, "breached")]
    answered.refresh_from_db()
    assert answered.customer_waits_since is None


@pytest.mark.rule("SEV-5")
def test_a_change_of_severity_retargets_it(cast, answered):
    writes(cast, answered, 20)
    decide_severity(answered, by=cast.engineer, severity=3, reason="Un solo usuario", now=at(25))
    assert shown(answered) == [(20, 140, None, "running")]


def test_severity_1_counts_day_and_night(cast):
    night = chile("2026-11-23 22:00")
    ticket = raise_ticket(cast, night, impact_percent=Decimal(95))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=night + timedelta(minutes=5))
    reply_as_customer(ticket, by=cast.designated.user, body="¿Y?", now=night + timedelta(minutes=30))
    assert ticket.clocks.get(kind="next_response").due_at == night + timedelta(minutes=45)


@pytest.mark.rule("EXC-2", "EXC-3")
def test_a_preview_feature_owes_none_until_it_is_unmarked(cast):
    ticket = raise_ticket(cast, NOW, is_preview=True)
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=at(10))
    writes(cast, ticket, 30)
    assert shown(ticket) == [(30, None, None, "excused")]
    revert_exclusion(ticket.exclusions.get(), by=cast.engineer, reason="Ya es estable", now=at(40))
    assert shown(ticket) == [(30, 90, None, "running")]


@pytest.mark.rule("EXC-1")
def test_a_third_party_does_not_lift_it(cast, answered):
    exclude(
        answered, by=cast.engineer, ground="third_party", provider="Nube", finding="Caída suya", now=at(15)
    )
    writes(cast, answered, 20)
    assert shown(answered) == [(20, 80, None, "running")]


def test_closing_ends_it(cast, answered):
    writes(cast, answered, 20)
    close_ticket(answered, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=at(30))
    assert shown(answered) == [(20, None, None, "cancelled")]


@pytest.mark.rule("RST-7")
def test_the_sweep_finds_it_breached(cast, answered):
    writes(cast, answered, 20)
    sweep_clocks(now=at(81))
    assert shown(answered) == [(20, 80, None, "breached")]
    writes(cast, answered, 90)  # it is still owed
    assert len(shown(answered)) == 1


@pytest.mark.rule("CON-2")
def test_before_the_escalation_there_is_none(cast):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    reply_as_customer(ticket, by=cast.colleague.user, body="¿Hola?", now=at(5))
    assert shown(ticket) == []
