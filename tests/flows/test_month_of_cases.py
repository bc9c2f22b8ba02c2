"""A month of cases under the sweep: September 2026 in Chile, with its holidays and the change of the clocks.

Every two hours the sweep comes by. What it did is counted again by going through the days one by one.
"""

from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from sla.models import CalendarDay
from tests.incidents.stories import summarise
from tests.tickets.conftest import agreement, told  # noqa: F401
from tests.tickets.stories import CHILE, chile, make_cast, raise_ticket
from tickets.cooperation.models import ClosingTerm
from tickets.cooperation.operations import sweep_closings
from tickets.domain.lifecycle import State
from tickets.models import Ticket, TicketEvent
from tickets.operations import (
    answer_customer,
    ask_customer,
    propose_solution,
    reopens_until,
    reply_as_customer,
)
from tickets.verification import differences

FIRST = chile("2026-09-01 00:00")
HOURS = [FIRST + timedelta(hours=n) for n in range(0, 24 * 33, 2)]
pytestmark = pytest.mark.rule("CRP-1", "CRP-2", "CRP-3")


@pytest.fixture
def cast(agreement):  # noqa: F811
    return make_cast(at=FIRST)


@pytest.fixture
def closed_dates(agreement) -> frozenset[date]:  # noqa: F811
    days = CalendarDay.objects.filter(calendar__code="chile", kind="closed")
    return frozenset(days.values_list("date", flat=True))


def end_of_day(began: datetime, nth: int, closed: frozenset[date]) -> datetime:
    """The end of the nth business day after the day of `began`, day by day."""
    day = began.astimezone(CHILE).date()
    while nth:
        day += timedelta(days=1)
        nth -= day.weekday() < 5 and day not in closed
    return datetime.combine(day, time(18), tzinfo=CHILE)


def begin_to_wait(cast, dice, at):
    """A case that waits for its customer since `at`, in one of the two ways."""
    ticket = raise_ticket(cast, at - timedelta(minutes=30))
    if dice.random() < 0.5:
        ask_customer(ticket, by=cast.engineer, question="¿Qué versión usan?", now=at)
    else:
        summarise(ticket, by=cast.engineer, now=at)
        propose_solution(ticket, by=cast.engineer, body="Reinicie el conector.", now=at)
    return ticket


def live_through(cast, dice, *, stands_still=lambda now: False):
    """Something may happen, then the sweep comes by. Returns the cases nobody answered."""
    unanswered, answered = [], []
    for now in HOURS:
        moment = now - timedelta(minutes=dice.randrange(1, 60))
        if now < chile("2026-09-28 00:00") and dice.random() < 0.1:
            ticket = begin_to_wait(cast, dice, moment)
            (answered if dice.random() < 0.3 else unanswered).append(ticket)
        elif answered and dice.random() < 0.1:
            ticket = answered.pop()
            ticket.refresh_from_db()
            reply_as_customer(ticket, by=cast.designated.user, body="Aquí está", now=moment)
            if dice.random() < 0.5:
                answer_customer(ticket, by=cast.engineer, body="Gracias", now=now - timedelta(seconds=1))
        if not stands_still(now):
            sweep_closings(now=now)
    return unanswered


def test_a_month_closes_each_case_at_the_end_of_its_third_business_day(cast, closed_dates):
    assert date(2026, 9, 18) in closed_dates
    unanswered = live_through(cast, Random(5))
    assert len(unanswered) > 15
    for ticket in unanswered:
        ticket.refresh_from_db()
        began = ClosingTerm.objects.get(ticket=ticket).began_at
        notice, closes = (end_of_day(began, nth, closed_dates) for nth in (2, 3))
        term = ClosingTerm.objects.get(ticket=ticket)
        assert (term.announced_at, term.closes_at, ticket.closed_at) == (notice, closes, closes), began
        assert reopens_until(ticket) == end_of_day(closes, 10, closed_dates)
    _never_owed_and_once(ticket_count=Ticket.objects.count())


def test_a_month_in_which_the_portal_stands_still_six_hours_a_day_and_once_six_days(cast, closed_dates):
    def stands_still(now):
        local = now.astimezone(CHILE)
        return 14 <= local.hour < 20 or date(2026, 9, 9) <= local.date() < date(2026, 9, 15)

    unanswered = live_through(cast, Random(6), stands_still=stands_still)
    for ticket in unanswered:
        ticket.refresh_from_db()
        term = ClosingTerm.objects.get(ticket=ticket)
        assert ticket.closed_at == term.closes_at
        # The notice left a whole business day, and the case closed at the end of one.
        assert end_of_day(term.announced_at - timedelta(days=1), 1, closed_dates) <= term.closes_at
        assert term.closes_at == end_of_day(term.closes_at - timedelta(days=1), 1, closed_dates)
        assert term.closes_at >= end_of_day(term.began_at, 3, closed_dates)
    _never_owed_and_once(ticket_count=Ticket.objects.count())


def _never_owed_and_once(*, ticket_count):
    assert ticket_count > 20
    announced = TicketEvent.objects.filter(kind="closing_announced").count()
    assert announced == ClosingTerm.objects.count()
    closed = Ticket.objects.filter(state=State.CLOSED)
    assert closed.filter(customer_waits_since__isnull=False).count() == 0
    assert set(closed.values_list("close_reason", flat=True)) == {"no_answer", "no_problem_reported"}
    assert list(differences(now=HOURS[-1])) == []
