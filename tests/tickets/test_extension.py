"""What an app above `tickets` can add: parts of a page, acts of the desk, conditions before a step."""

import pytest
from django.db.models import F

from lynnsupport.common.refusal import Refused
from tickets import conditions, page_parts, queries
from tickets.domain.lifecycle import Act, IllegalTransition, State
from tickets.models import Ticket
from tickets.operations import propose_solution
from tickets.page_parts import Part, Place

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


def refuse(ticket, now):
    raise Refused("First the summary.", rule="RCA-2")


def test_a_condition_refuses_the_step_and_nothing_is_written(ticket, cast, monkeypatch):
    monkeypatch.setattr(conditions, "_CONDITIONS", {})
    conditions.ask_before(Act.PROPOSE_SOLUTION, refuse)
    with pytest.raises(Refused, match=r"First the summary\. \(RCA-2\)"):
        propose_solution(ticket, by=cast.engineer, body="Reinicie el conector.", now=NOW)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.messages.count()) == (State.OPEN, 1)


def test_a_condition_is_asked_once_however_often_it_is_declared(ticket, monkeypatch):
    monkeypatch.setattr(conditions, "_CONDITIONS", {})
    asked = []

    def count(ticket, now):
        asked.append(now)

    conditions.ask_before(Act.PROPOSE_SOLUTION, count)
    conditions.ask_before(Act.PROPOSE_SOLUTION, count)
    assert conditions.step(ticket, Act.PROPOSE_SOLUTION, NOW) is State.SOLUTION_PROPOSED
    assert conditions.step(ticket, Act.CLOSE, NOW) is State.CLOSED
    assert asked == [NOW]


def test_an_illegal_step_asks_nothing(ticket, monkeypatch):
    monkeypatch.setattr(conditions, "_CONDITIONS", {})
    conditions.ask_before(Act.REOPEN, refuse)
    with pytest.raises(IllegalTransition):
        conditions.step(ticket, Act.REOPEN, NOW)


def test_parts_stand_where_they_say_in_the_order_they_came(ticket, cast):
    makers = []
    for name, place in (("b", Place.RAIL), ("a", Place.TOP), ("c", Place.RAIL)):
        page_parts.add_part(lambda *_, name=name, place=place: Part(f"{name}.html", place), to=makers)
    page_parts.add_part(lambda *_: None, to=makers)
    made = page_parts.parts_of(makers, ticket, cast.engineer, NOW)
    assert {place: [part.template for part in parts] for place, parts in made.items()} == {
        "top": ["a.html"],
        "main": [],
        "rail": ["b.html", "c.html"],
    }


def test_what_an_app_reads_with_a_ticket_comes_with_its_page_and_keeps_its_name(ticket, monkeypatch):
    monkeypatch.setattr(queries, "_READ_WITH", {})
    queries.read_with(twice=F("pk") * 2)
    assert queries.for_page(Ticket.objects.all()).get().twice == ticket.pk * 2
    with pytest.raises(ValueError, match="read already under that name: twice"):
        queries.read_with(twice=F("pk"))
