"""The clocks on a ticket: what stops, pauses and re-targets them, and what the sweep makes of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.models import OutboxMessage
from sla.domain.clock_events import EventKind
from tickets.domain.lifecycle import CloseReason, IllegalTransition, State
from tickets.models import AppendOnlyError, ClockMilestone, SlaClock, StoredClockEvent, TicketEvent
from tickets.operations import (
    accept_solution,
    answer_customer,
    ask_customer,
    assign,
    close_ticket,
    decide_severity,
    propose_solution,
    provider_answered,
    reading,
    record_call,
    record_restoration,
    reject_solution,
    reply_as_customer,
    sweep_clocks,
    wait_for_provider,
    withdraw_question,
    write_note,
)

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
SECOND = timedelta(seconds=1)


def clock(ticket, kind) -> SlaClock:
    return ticket.clocks.get(kind=kind)


def milestones(ticket) -> list[tuple[str, int, str]]:
    rows = ClockMilestone.objects.filter(clock__ticket=ticket).order_by("at", "clock__kind")
    return [(row.clock.kind, row.percent, row.at) for row in rows]


@pytest.mark.rule("RSP-2", "RSP-3")
def test_the_first_public_answer_by_a_person_stops_the_response(cast):
    ticket = raise_ticket(cast, NOW)
    write_note(ticket, by=cast.engineer, body="Parece el conector", now=NOW + timedelta(minutes=5))
    assert clock(ticket, "first_response").state == "running"
    at = NOW + timedelta(minutes=20)
    answer_customer(ticket, by=cast.engineer, body="Lo estamos viendo.", now=at)
    answer_customer(ticket, by=cast.engineer, body="Seguimos.", now=at + timedelta(hours=3))
    stopped = clock(ticket, "first_response")
    assert (stopped.state, stopped.stopped_at, stopped.next_check_at) == ("met", at, None)
    ticket.refresh_from_db()
    assert (ticket.first_response_at, ticket.next_due_at) == (at, clock(ticket, "restoration").due_at)


@pytest.mark.rule("RSP-1")
def test_a_recorded_call_stops_the_response_at_the_time_of_the_call(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    record_call(
        ticket,
        by=cast.engineer,
        contact=cast.designated,
        called_at=NOW + timedelta(minutes=10),
        summary="Hablamos con Ana.",
        now=NOW + timedelta(minutes=40),
    )
    stopped = clock(ticket, "first_response")
    assert (stopped.state, stopped.stopped_at) == ("met", NOW + timedelta(minutes=10))


@pytest.mark.rule("RSP-1")
def test_the_acknowledgement_never_stops_the_clock(cast, told):
    ticket = raise_ticket(cast, NOW)
    assert told() == [("ticket_registered", cast.designated.email)]
    assert clock(ticket, "first_response").stopped_at is None


@pytest.mark.rule("RST-6", "COP-1")
def test_waiting_for_the_customer_pauses_restoration_and_never_the_response(cast, told):
    ticket = raise_ticket(cast, NOW)
    asked = NOW + timedelta(minutes=30)
    ask_customer(ticket, by=cast.engineer, question="¿Qué versión usa?", now=asked)
    ticket.refresh_from_db()
    assert ticket.state == State.WAITING_CUSTOMER
    paused = clock(ticket, "restoration")
    assert (paused.state, paused.paused_since, paused.due_at, paused.next_check_at) == (
        "paused", asked, None, None,
    )  # fmt: skip
    assert paused.remaining == timedelta(hours=7, minutes=30)
    assert clock(ticket, "first_response").state == "met"  # the question is an answer by a person
    assert sweep_clocks(now=NOW + timedelta(days=30)) == 0
    reply_as_customer(ticket, by=cast.designated.user, body="La 4.2.", now=chile("2026-11-25 09:00"))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.next_due_at) == (State.OPEN, chile("2026-11-25 10:00"))
    assert clock(ticket, "next_response").due_at == chile("2026-11-25 10:00")  # RSP-4
    assert clock(ticket, "restoration").due_at == chile("2026-11-25 17:30")
    assert [kind for kind, _ in told()] == ["ticket_registered", "question_asked", "customer_wrote"]


@pytest.mark.rule("RST-6", "EXC-1")
def test_a_third_party_pauses_restoration_with_a_finding(cast):
    ticket = raise_ticket(cast, NOW)
    with pytest.raises(Refused, match="EXC-1"):
        wait_for_provider(ticket, by=cast.engineer, reason=" ", now=NOW)
    wait_for_provider(ticket, by=cast.engineer, reason="WhatsApp no entrega", now=NOW + timedelta(hours=1))
    provider_answered(ticket, by=cast.engineer, reason="Ya entrega", now=NOW + timedelta(hours=2))
    assert clock(ticket, "restoration").due_at == chile("2026-11-24 11:00")
    assert clock(ticket, "first_response").due_at == chile("2026-11-23 11:00")


@pytest.mark.rule("COP-1")
def test_a_withdrawn_question_lets_restoration_go_on(cast):
    ticket = raise_ticket(cast, NOW)
    ask_customer(ticket, by=cast.engineer, question="¿Qué versión usa?", now=NOW)
    withdraw_question(ticket, by=cast.engineer, reason="Ya lo sabemos", now=NOW + timedelta(hours=1))
    assert clock(ticket, "restoration").due_at == chile("2026-11-24 11:00")
    with pytest.raises(IllegalTransition):
        withdraw_question(ticket, by=cast.engineer, reason="Otra vez", now=NOW + timedelta(hours=2))


@pytest.mark.rule("RST-8")
def test_warnings_and_breach_come_once_to_those_concerned(cast, told):
    ticket = raise_ticket(cast, NOW)
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=NOW)
    told()
    assert sweep_clocks(now=chile("2026-11-23 10:30") - SECOND) == 0
    assert sweep_clocks(now=chile("2026-11-23 10:30")) == 1
    assert told() == [("clock_news", cast.engineer.email)]
    for _ in range(3):
        assert sweep_clocks(now=chile("2026-11-23 10:44")) == 0
    assert sweep_clocks(now=chile("2026-11-23 10:45")) == 1
    assert sweep_clocks(now=chile("2026-11-23 10:54")) == 1
    assert told() == [("clock_news", cast.engineer.email)] * 2
    assert sweep_clocks(now=chile("2026-11-23 11:00")) == 0  # RST-7: an answer now is in time
    assert sweep_clocks(now=chile("2026-11-23 11:00") + SECOND) == 1
    assert told() == [("clock_news", cast.engineer.email), ("clock_news", cast.desk_lead.email)]
    assert milestones(ticket) == [
        ("first_response", 50, chile("2026-11-23 10:30")),
        ("first_response", 75, chile("2026-11-23 10:45")),
        ("first_response", 90, chile("2026-11-23 10:54")),
        ("first_response", 100, chile("2026-11-23 11:00")),
    ]


@pytest.mark.rule("RST-7", "RST-8")
def test_a_sweep_after_hours_of_silence_keeps_true_instants_and_tells_each_once(cast, told):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    told()
    late = chile("2026-11-23 12:00")
    # Each threshold of response and goal; half the commitment.
    assert sweep_clocks(now=late) == 4 + 4 + 1
    assert sweep_clocks(now=late) == 0
    assert milestones(ticket) == [
        ("first_response", 50, NOW + timedelta(minutes=7, seconds=30)),
        ("first_response", 75, NOW + timedelta(minutes=11, seconds=15)),
        ("first_response", 90, NOW + timedelta(minutes=13, seconds=30)),
        ("first_response", 100, NOW + timedelta(minutes=15)),
        ("restoration_goal", 50, NOW + timedelta(minutes=30)),
        ("restoration_goal", 75, NOW + timedelta(minutes=45)),
        ("restoration_goal", 90, NOW + timedelta(minutes=54)),
        ("restoration_goal", 100, NOW + timedelta(hours=1)),
        ("restoration", 50, NOW + timedelta(hours=2)),
    ]
    assert set(ClockMilestone.objects.values_list("recorded_at", flat=True)) == {late}
    # Severity 1: the executive hears of the breaches as well; all that is news to one person is one mail.
    assert sorted(told()) == sorted(("clock_news", p.email) for p in (cast.desk_lead, cast.executive))


@pytest.mark.rule("RST-7")
@pytest.mark.parametrize(
    ("after_due", "state"), [(-SECOND, "met"), (timedelta(), "met"), (timedelta(microseconds=1), "breached")]
)
def test_a_stop_at_the_deadlines_very_instant_is_in_time(cast, after_due, state):
    ticket = raise_ticket(cast, NOW)
    at = chile("2026-11-23 11:00") + after_due
    answer_customer(ticket, by=cast.engineer, body="Aquí estamos.", now=at)
    stopped = clock(ticket, "first_response")
    assert (stopped.state, stopped.stopped_at) == (state, at)
    assert stopped.breached_at == (chile("2026-11-23 11:00") if state == "breached" else None)


@pytest.mark.rule("RST-7")
def test_a_breach_that_no_sweep_saw_is_kept_when_the_answer_comes(cast, told):
    ticket = raise_ticket(cast, NOW)
    told()
    answer_customer(ticket, by=cast.engineer, body="Perdón por la espera.", now=chile("2026-11-23 12:00"))
    assert ("first_response", 100, chile("2026-11-23 11:00")) in milestones(ticket)
    assert told() == [("support_answered", cast.designated.email)]
    assert sweep_clocks(now=chile("2026-11-23 12:00")) == 0
    assert told() == [("clock_news", cast.desk_lead.email)]  # the next sweep tells what an act found
    assert ClockMilestone.objects.filter(percent=100).count() == 1


@pytest.mark.rule("SEV-4", "SEV-5")
def test_a_decision_retargets_from_the_original_start_with_its_pauses(cast):
    ticket = raise_ticket(cast, NOW)
    ask_customer(ticket, by=cast.engineer, question="¿Versión?", now=chile("2026-11-23 11:00"))
    reply_as_customer(ticket, by=cast.designated.user, body="4.2", now=chile("2026-11-23 12:00"))
    decide_severity(
        ticket, by=cast.engineer, severity=3, reason="Un solo usuario", now=chile("2026-11-23 12:30")
    )
    assert clock(ticket, "restoration").due_at == chile("2026-11-25 11:00")  # 16 h from 10:00, 1 h paused
    decided = ticket.assessments.get(step="decided")
    assert (decided.severity, decided.by, decided.reason) == (3, cast.engineer, "Un solo usuario")
    event = ticket.events.get(kind=TicketEvent.Kind.SEVERITY_DECIDED)
    assert event.data == {"before": 2, "after": 3}


@pytest.mark.rule("SEV-5")
def test_a_graver_severity_never_puts_a_deadline_before_the_decision(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(5))  # severity 3: two hours to respond
    decided_at = chile("2026-11-23 11:30")
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Cayó todo", now=decided_at)
    assert clock(ticket, "first_response").due_at == decided_at + timedelta(minutes=15)
    assert clock(ticket, "restoration").due_at == chile("2026-11-23 15:00")  # 4 h from the start
    assert clock(ticket, "restoration_goal").due_at == chile("2026-11-23 12:30")  # 1 h from the decision


@pytest.mark.rule("SEV-5")
def test_the_new_target_never_ends_later_than_the_old_deadline(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(5))
    decided_at = chile("2026-11-23 11:50")
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Cayó todo", now=decided_at)
    assert clock(ticket, "first_response").due_at == chile("2026-11-23 12:00")


@pytest.mark.rule("SEV-5")
def test_a_met_or_breached_clock_stays_so(cast):
    met = raise_ticket(cast, NOW)
    answer_customer(met, by=cast.engineer, body="Hola.", now=NOW + timedelta(minutes=50))
    breached = raise_ticket(cast, NOW)
    sweep_clocks(now=chile("2026-11-23 12:00"))
    for ticket in (met, breached):
        before = clock(ticket, "first_response")
        decide_severity(ticket, by=cast.engineer, severity=3, reason="Menor", now=chile("2026-11-23 12:00"))
        after = clock(ticket, "first_response")
        assert (after.state, after.due_at) == (before.state, before.due_at)


@pytest.mark.rule("SEV-5")
def test_a_lesser_severity_ends_the_goal_and_a_graver_one_brings_it_back(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    goal_due = clock(ticket, "restoration_goal").due_at
    decide_severity(ticket, by=cast.engineer, severity=2, reason="Hay rodeo", now=NOW + timedelta(minutes=10))
    assert clock(ticket, "restoration_goal").state == "cancelled"
    decide_severity(ticket, by=cast.engineer, severity=1, reason="No sirve", now=NOW + timedelta(minutes=20))
    back = clock(ticket, "restoration_goal")
    assert (back.state, back.due_at) == ("running", goal_due)


@pytest.mark.rule("SEV-5")
def test_a_goal_that_comes_to_apply_later_has_the_pauses_that_happened(cast):
    ticket = raise_ticket(cast, NOW)  # severity 2: no goal
    ask_customer(ticket, by=cast.engineer, question="¿Versión?", now=NOW + timedelta(minutes=10))
    reply_as_customer(ticket, by=cast.designated.user, body="4.2", now=NOW + timedelta(minutes=40))
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Cayó todo", now=NOW + timedelta(minutes=45))
    goal = clock(ticket, "restoration_goal")
    assert (goal.started_at, goal.due_at) == (NOW, NOW + timedelta(minutes=90))


@pytest.mark.rule("SEV-5", "RST-6")
def test_a_goal_that_comes_to_apply_in_a_pause_stands_still_with_the_others(cast):
    ticket = raise_ticket(cast, NOW)
    ask_customer(ticket, by=cast.engineer, question="¿Versión?", now=NOW + timedelta(minutes=10))
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Cayó todo", now=NOW + timedelta(minutes=20))
    assert clock(ticket, "restoration_goal").state == "paused"
    reply_as_customer(ticket, by=cast.designated.user, body="4.2", now=NOW + timedelta(minutes=70))
    assert clock(ticket, "restoration_goal").due_at == NOW + timedelta(minutes=120)


@pytest.mark.rule("SEV-4")
@pytest.mark.parametrize(
    ("who", "severity", "reason"),
    [("designated", 1, "Urge"), ("engineer", 1, "  "), ("engineer", 4, "Urge"), ("engineer", 0, "Urge")],
)
def test_only_an_engineer_decides_and_says_why(cast, who, severity, reason):
    ticket = raise_ticket(cast, NOW)
    by = cast.designated.user if who == "designated" else cast.engineer
    with pytest.raises(Refused):
        decide_severity(ticket, by=by, severity=severity, reason=reason, now=NOW)
    ticket.refresh_from_db()
    assert ticket.decided_severity is None


@pytest.mark.rule("RST-1", "RST-2", "RST-3")
def test_restoration_stops_its_clocks_when_service_came_back(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    back_at = NOW + timedelta(minutes=50)
    record_restoration(ticket, by=cast.engineer, at=back_at, now=NOW + timedelta(hours=2))
    states = {c.kind: (c.state, c.stopped_at) for c in ticket.clocks.exclude(kind="first_response")}
    assert states == {"restoration_goal": ("met", back_at), "restoration": ("met", back_at)}
    with translation.override("en"), pytest.raises(Refused, match="already on record"):
        record_restoration(ticket, by=cast.engineer, now=NOW + timedelta(hours=2))


@pytest.mark.parametrize("offset", [timedelta(seconds=-1), timedelta(hours=3)])
def test_a_restoration_before_the_start_or_in_the_future_is_refused(cast, offset):
    ticket = raise_ticket(cast, NOW)
    with pytest.raises(Refused):
        record_restoration(ticket, by=cast.engineer, at=NOW + offset, now=NOW + timedelta(hours=2))


def test_a_case_goes_from_solution_to_closed_by_the_customers_word(cast, told):
    ticket = raise_ticket(cast, NOW)
    told()
    propose_solution(ticket, by=cast.engineer, body="Reinicie el conector.", now=NOW + timedelta(hours=1))
    accept_solution(ticket, by=cast.designated.user, now=NOW + timedelta(hours=2))
    accept_solution(ticket, by=cast.designated.user, now=NOW + timedelta(hours=3))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.close_reason, ticket.closed_at) == (
        State.CLOSED, CloseReason.ACCEPTED, NOW + timedelta(hours=2),
    )  # fmt: skip
    assert ticket.next_due_at is None
    assert [kind for kind, _ in told()] == ["solution_proposed", "ticket_closed"]


@pytest.mark.rule("CRP-3")
def test_a_rejected_solution_lets_restoration_go_on_without_the_time_it_was_tried(cast, told):
    ticket = raise_ticket(cast, NOW)
    told()
    propose_solution(ticket, by=cast.engineer, body="Reinicie.", now=NOW + timedelta(hours=1))
    assert clock(ticket, "restoration").state == "met"
    reject_solution(ticket, by=cast.designated.user, reason="Sigue igual.", now=chile("2026-11-23 15:00"))
    ticket.refresh_from_db()
    again = clock(ticket, "restoration")
    assert (ticket.state, ticket.restored_at) == (State.OPEN, None)
    # One hour used, seven left from 15:00: three today, four tomorrow.
    assert (again.state, again.due_at) == ("running", chile("2026-11-24 13:00"))
    assert [kind for kind, _ in told()] == ["solution_proposed", "customer_wrote"]


@pytest.mark.rule("CRP-2")
def test_only_the_customers_side_says_whether_a_solution_works(cast):
    ticket = raise_ticket(cast, NOW)
    propose_solution(ticket, by=cast.engineer, body="Reinicie.", now=NOW)
    with pytest.raises(Refused):
        accept_solution(ticket, by=cast.engineer, now=NOW)
    with pytest.raises(Refused):
        reject_solution(ticket, by=cast.executive, reason="Sigue igual.", now=NOW)
    ticket.refresh_from_db()
    assert ticket.state == State.SOLUTION_PROPOSED


def test_closing_ends_clocks_without_effect_and_needs_a_fitting_reason(cast):
    ticket = raise_ticket(cast, NOW)
    with pytest.raises(Refused, match="CRP-3"):
        close_ticket(ticket, by=cast.engineer, reason=CloseReason.NO_ANSWER, words="Nada", now=NOW)
    close_ticket(ticket, by=cast.engineer, reason=CloseReason.DUPLICATE, words="Es LYN-2026-000009", now=NOW)
    assert set(ticket.clocks.values_list("state", "next_check_at")) == {("cancelled", None)}
    assert sweep_clocks(now=NOW + timedelta(days=9)) == 0


def test_what_a_clock_shows_is_what_its_events_say(cast):
    ticket = raise_ticket(cast, NOW)
    ask_customer(ticket, by=cast.engineer, question="¿Versión?", now=NOW + timedelta(hours=1))
    reply_as_customer(ticket, by=cast.designated.user, body="4.2", now=NOW + timedelta(hours=2))
    restoration = clock(ticket, "restoration")
    kinds = list(restoration.events.values_list("kind", flat=True))
    assert kinds == [EventKind.STARTED, EventKind.PAUSED, EventKind.RESUMED]
    before = {name: getattr(restoration, name) for name in SlaClock.PROJECTED}
    restoration.project(reading(restoration, NOW + timedelta(hours=2)))
    assert {name: getattr(restoration, name) for name in SlaClock.PROJECTED} == before


@pytest.mark.parametrize("model", [TicketEvent, StoredClockEvent, ClockMilestone])
def test_the_record_is_append_only(cast, model):
    ticket = raise_ticket(cast, NOW)
    sweep_clocks(now=NOW + timedelta(days=1))
    row = model.objects.first()
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(AppendOnlyError):
        row.delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(at=NOW)
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.filter(pk=row.pk)._raw_delete("default")
    assert ticket.events.exists()


def test_an_idle_sweep_asks_once(cast, django_assert_num_queries):
    raise_ticket(cast, NOW)
    with django_assert_num_queries(4):  # begin, what is due, end, what is to be told
        assert sweep_clocks(now=NOW) == 0


def test_a_sweep_costs_the_same_queries_for_one_and_three(cast, django_assert_max_num_queries):
    counts = []
    for number in (1, 3):
        for _ in range(number):
            raise_ticket(cast, NOW)
        with django_assert_max_num_queries(30) as captured:
            assert sweep_clocks(now=chile("2026-11-23 11:00") + SECOND) == 4 * number
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert OutboxMessage.objects.filter(kind="clock_news").count() == 2  # one for each sweep
