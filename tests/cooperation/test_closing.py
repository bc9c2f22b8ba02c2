"""CRP-1 to CRP-3 on tickets: one notice, one closing, in time, never while support owes an answer."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.models import OutboxMessage
from tests.tickets.stories import chile, raise_ticket
from tickets import conditions
from tickets.cooperation.closing import cases_of
from tickets.cooperation.models import ClosingTerm
from tickets.cooperation.operations import Swept, ask, sweep_closings
from tickets.domain.lifecycle import Act, CloseReason, IllegalTransition, State
from tickets.models import Ticket, TicketEvent
from tickets.operations import (
    ask_customer,
    close_unanswered,
    propose_solution,
    reject_solution,
    reply_as_customer,
    withdraw_question,
    write_note,
)

from .conftest import MONDAY, answered

NOTICE, CLOSES = chile("2026-11-25 18:00"), chile("2026-11-26 18:00")
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.rule("CRP-1")


def sweep(*moments):
    """What each sweep did, as (announced, closed)."""
    done = [sweep_closings(now=now) for now in moments]
    return [(each.announced, each.closed) for each in done]


def story(ticket):
    """The closing's part of the record: kind, instant, when it was written down."""
    kinds = (TicketEvent.Kind.CLOSING_ANNOUNCED, TicketEvent.Kind.STATE_CHANGED)
    events = ticket.events.filter(kind__in=kinds).order_by("pk")
    return [
        (event.data.get("after", "announced"), event.at, event.recorded_at)
        for event in events
        if event.by_id is None
    ]


def test_CRP_1_notice_and_closing_at_their_instants(waiting, cast, told):
    told()
    assert sweep(NOTICE - SECOND, NOTICE, CLOSES - SECOND) == [(0, 0), (1, 0), (0, 0)]
    assert told() == [("closing_announced", cast.designated.email)]
    assert sweep(CLOSES) == [(0, 1)]
    assert told() == [("ticket_closed", cast.designated.email)]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.close_reason, waiting.closed_at) == (State.CLOSED, "no_answer", CLOSES)
    assert story(waiting) == [("announced", NOTICE, NOTICE), ("closed", CLOSES, CLOSES)]
    assert waiting.closing_check_at is None


@pytest.mark.rule("CRP-2")
def test_CRP_2_a_proposed_solution_with_no_problem_reported(proposed, told):
    told()
    assert sweep(NOTICE, CLOSES) == [(1, 0), (0, 1)]
    proposed.refresh_from_db()
    assert (proposed.close_reason, proposed.closed_at) == (CloseReason.NO_PROBLEM_REPORTED, CLOSES)
    assert [clock.state for clock in proposed.clocks.filter(kind="restoration")] == ["met"]
    subjects = OutboxMessage.objects.filter(kind="closing_announced").values_list("context", flat=True)
    assert [datetime.fromisoformat(each["closes_at"]) for each in subjects] == [CLOSES]


def test_a_closing_noticed_late_is_true_since_its_instant(waiting):
    late = chile("2026-11-27 00:05")
    assert sweep(NOTICE, late) == [(1, 0), (0, 1)]
    waiting.refresh_from_db()
    assert waiting.closed_at == CLOSES
    assert story(waiting)[-1] == ("closed", CLOSES, late)


@pytest.mark.parametrize(
    ("back", "closes"),
    [
        ("2026-11-25 23:59", "2026-11-26 18:00"),  # six hours' stop over the notice, in the night
        ("2026-11-26 12:00", "2026-11-27 18:00"),  # over the morning: the customer gets a whole day
        ("2026-12-01 11:00", "2026-12-02 18:00"),  # six days' stop over notice and closing
    ],
)
def test_after_a_stop_the_notice_comes_first_and_leaves_its_time(waiting, back, closes):
    back, closes = chile(back), chile(closes)
    assert sweep(back, closes - SECOND, closes) == [(1, 0), (0, 0), (0, 1)]
    waiting.refresh_from_db()
    assert story(waiting) == [("announced", NOTICE, back), ("closed", closes, closes)]
    assert waiting.closed_at == closes


@pytest.mark.rule("CRP-3")
@pytest.mark.parametrize("minutes_before", [0, 60])
def test_CRP_3_an_answer_stops_the_closing(waiting, cast, minutes_before):
    sweep(NOTICE)
    at = CLOSES - timedelta(minutes=minutes_before)
    reply_as_customer(waiting, by=cast.designated.user, body="La 4.2", now=at)
    assert sweep(CLOSES, CLOSES + timedelta(days=9)) == [(0, 0), (0, 0)]
    waiting.refresh_from_db()
    assert waiting.state == State.OPEN


@pytest.mark.rule("CRP-3")
def test_CRP_3_an_answer_before_the_closing_is_carried_out_keeps_the_case_open(waiting, cast):
    """The portal stood still as the term ended: nobody is told of a closing that an answer has overtaken."""
    sweep(NOTICE)
    reply_as_customer(waiting, by=cast.designated.user, body="La 4.2", now=CLOSES + timedelta(hours=1))
    assert sweep(CLOSES + timedelta(hours=2)) == [(0, 0)]
    waiting.refresh_from_db()
    assert waiting.state == State.OPEN


@pytest.mark.rule("CRP-3")
def test_CRP_3_never_while_support_owes_an_answer_and_anew_after_it(proposed, cast):
    reply_as_customer(proposed, by=cast.designated.user, body="¿En qué orden?", now=MONDAY + SECOND)
    assert sweep(NOTICE, CLOSES, CLOSES + timedelta(days=30)) == [(0, 0)] * 3
    wednesday = chile("2027-01-06 12:00")
    answered(proposed, cast, wednesday)
    assert sweep(chile("2027-01-08 17:59"), chile("2027-01-08 18:00")) == [(0, 0), (1, 0)]
    assert sweep(chile("2027-01-11 18:00")) == [(0, 1)]


@pytest.mark.rule("CRP-3")
def test_CRP_3_a_rejected_solution_goes_on_and_a_new_one_has_a_term_of_its_own(proposed, cast):
    sweep(NOTICE)
    reject_solution(proposed, by=cast.designated.user, reason="Sigue igual", now=NOTICE + SECOND)
    assert sweep(CLOSES) == [(0, 0)]
    propose_solution(proposed, by=cast.engineer, body="Otra", now=chile("2026-11-27 10:00"))
    assert sweep(chile("2026-12-01 18:00"), chile("2026-12-02 18:00")) == [(1, 0), (0, 1)]
    assert ClosingTerm.objects.filter(ticket=proposed).count() == 2


def test_a_withdrawn_question_closes_nothing(waiting, cast):
    sweep(NOTICE)
    withdraw_question(waiting, by=cast.engineer, reason="Ya lo sabemos", now=NOTICE + SECOND)
    assert sweep(CLOSES) == [(0, 0)]


@pytest.mark.rule("COP-1")
def test_the_last_question_has_the_whole_term(waiting, cast):
    sweep(NOTICE)
    thursday = chile("2026-11-26 10:00")
    ask(waiting, by=cast.engineer, kind="data", body="¿Y los registros?", now=thursday)
    assert sweep(CLOSES) == [(0, 0)]
    assert sweep(chile("2026-11-30 18:00"), chile("2026-12-01 18:00")) == [(1, 0), (0, 1)]


def test_what_happens_beside_the_term_does_not_move_it(waiting, cast):
    write_note(waiting, by=cast.engineer, body="Llamar el jueves", now=NOTICE - SECOND)
    assert sweep(NOTICE, NOTICE + SECOND, CLOSES) == [(1, 0), (0, 0), (0, 1)]


@pytest.mark.rule("CRP-3")
def test_CRP_3_one_notice_and_one_closing_however_often_it_is_swept(waiting, told):
    told()
    for _ in range(100):
        sweep(NOTICE)
    for _ in range(100):
        sweep(CLOSES)
    assert [kind for kind, _address in told()] == ["closing_announced", "ticket_closed"]
    assert ClosingTerm.objects.count() == 1


@pytest.mark.rule("CRP-3")
def test_CRP_3_a_crash_leaves_nothing_half_done(waiting, monkeypatch, told):
    told()
    from tickets.cooperation.operations import closing

    def die(*_args, **_kwargs):
        raise RuntimeError("the worker is lost")

    with monkeypatch.context() as lost:
        lost.setattr(closing, "enqueue", die)
        with pytest.raises(RuntimeError):
            sweep(NOTICE)
    assert (told(), ClosingTerm.objects.count()) == ([], 0)
    assert sweep(NOTICE) == [(1, 0)]


def test_a_second_notice_of_the_same_term_is_refused_by_the_database(waiting):
    sweep(NOTICE)
    term = ClosingTerm.objects.get()
    term.pk = None
    term._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        term.save(force_insert=True)


def test_a_refused_closing_holds_up_no_other(waiting, cast, monkeypatch):
    other = raise_ticket(cast, MONDAY)
    ask_customer(other, by=cast.engineer, question="¿Cuándo?", now=MONDAY)
    sweep(NOTICE)

    def refuse(ticket, now):
        if ticket.pk == waiting.pk:
            raise Refused("Not this one.")

    monkeypatch.setattr(conditions, "_CONDITIONS", {Act.CLOSE: [refuse]})
    assert sweep(CLOSES) == [(0, 1)]
    monkeypatch.undo()
    assert sweep(CLOSES + timedelta(hours=1)) == [(0, 1)]


def test_limit_bounds_what_a_sweep_takes(waiting, cast):
    for _ in range(2):
        ask_customer(raise_ticket(cast, MONDAY), by=cast.engineer, question="¿Qué?", now=MONDAY)
    assert sweep_closings(now=NOTICE, limit=2) == Swept(looked_at=2, announced=2)
    assert sweep_closings(now=NOTICE, limit=2) == Swept(looked_at=1, announced=1)


def test_cost_follows_what_is_due(waiting, cast):
    sweep(MONDAY + SECOND)
    with CaptureQueriesContext(
        connection,
    ) as idle:
        sweep(MONDAY + 2 * SECOND)
    asked = [
        query["sql"] for query in idle if "SELECT" in query["sql"] and "closing_check_at" in query["sql"]
    ]
    assert len(asked) == 1
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]}")
            assert "ticket_closing_check" in str(cursor.fetchall())


@pytest.mark.parametrize("n", [1, 3])
def test_terms_are_read_in_four_queries(cast, django_assert_num_queries, n):
    for _ in range(n):
        ask_customer(raise_ticket(cast, MONDAY), by=cast.engineer, question="¿Qué?", now=MONDAY)
    tickets = list(Ticket.objects.select_related("calendar_version"))
    cases_of(tickets)  # the calendar is read once a process
    with django_assert_num_queries(4):
        assert len(cases_of(tickets)) == n


@pytest.mark.rule("CRP-3")
def test_closing_by_nobody_is_refused_where_no_term_ends(waiting, cast):
    with pytest.raises(Refused, match="CRP-1"):
        close_unanswered(waiting, at=CLOSES, now=CLOSES - SECOND)
    reply_as_customer(waiting, by=cast.designated.user, body="La 4.2", now=NOTICE)
    with pytest.raises(IllegalTransition):
        close_unanswered(waiting, at=CLOSES, now=CLOSES)
    propose_solution(waiting, by=cast.engineer, body="Así", now=NOTICE + SECOND)
    reply_as_customer(waiting, by=cast.designated.user, body="¿Cómo?", now=NOTICE + 2 * SECOND)
    with translation.override("en"), pytest.raises(Refused, match="Support owes an answer"):
        close_unanswered(waiting, at=CLOSES, now=CLOSES)
