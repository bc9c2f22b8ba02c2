from datetime import datetime

import pytest

from tests.tickets.conftest import _tickets_alone, agreement, cast, told  # noqa: F401
from tests.tickets.stories import chile, raise_ticket
from tickets.operations import answer_customer, ask_customer, propose_solution

# Monday 23 November 2026; no holiday in Chile until 8 December.
MONDAY = chile("2026-11-23 10:00")


@pytest.fixture
def waiting(cast):  # noqa: F811
    """A ticket whose customer was asked something on Monday at ten."""
    ticket = raise_ticket(cast, MONDAY)
    ask_customer(ticket, by=cast.engineer, question="¿Qué versión usan?", now=MONDAY)
    ticket.refresh_from_db()
    return ticket


@pytest.fixture
def proposed(cast):  # noqa: F811
    """A ticket with a solution proposed on Monday at ten."""
    ticket = raise_ticket(cast, MONDAY)
    propose_solution(ticket, by=cast.engineer, body="Reinicie el conector.", now=MONDAY)
    ticket.refresh_from_db()
    return ticket


def answered(ticket, cast, at: datetime):  # noqa: F811
    return answer_customer(ticket, by=cast.engineer, body="Gracias, lo vemos.", now=at)
