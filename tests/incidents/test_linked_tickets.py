"""Many tickets join one incident: news and restoration reach them all; the analysis has a deadline."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContractFactory
from tests.tickets.stories import chile, raise_ticket
from tickets.domain.lifecycle import CloseReason
from tickets.incidents.domain.words import Cause, Impact, Scope
from tickets.incidents.operations import link_ticket, match_deadlines, relapse, restore, tell_update
from tickets.models import Message
from tickets.operations import (
    close_ticket,
    decide_severity,
    propose_solution,
    record_restoration,
    sweep_clocks,
)

from .stories import begin, call_it_platform, summarise

NOW = chile("2026-11-23 10:00")  # a Monday


def at(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def incident(cast):
    return begin(cast, now=NOW)


@pytest.fixture
def linked(cast, incident):
    """A critical ticket and one of severity 2, both linked."""
    tickets = [raise_ticket(cast, NOW, impact_percent=Decimal(95)), raise_ticket(cast, NOW)]
    for ticket in tickets:
        link_ticket(incident, ticket=ticket, by=cast.engineer, now=at(1))
    return tickets


def rca_clocks(ticket):
    return list(ticket.clocks.filter(kind="rca").order_by("pk").values_list("started_at", "due_at", "state"))


def restored_at(tickets):
    for ticket in tickets:
        ticket.refresh_from_db()
    return [ticket.restored_at for ticket in tickets]


def test_restoring_the_incident_restores_its_tickets_once(cast, incident, linked):
    done = restore(incident, by=cast.engineer, at=at(60), now=at(65))
    assert ([ticket.pk for ticket in done.tickets], done.refused) == ([t.pk for t in linked], [])
    assert restored_at(linked) == [at(60), at(60)]
    mails = OutboxMessage.objects.filter(kind="service_restored").count()
    again = restore(incident, by=cast.engineer, at=at(60), now=at(70))
    assert (again.tickets, again.refused) == ([], [])
    assert OutboxMessage.objects.filter(kind="service_restored").count() == mails
    assert incident.revisions.count() == 2


def test_a_ticket_that_refuses_is_listed_and_keeps_none_from_it(cast, incident, linked):
    late = raise_ticket(cast, at(62))
    link_ticket(incident, ticket=late, by=cast.engineer, now=at(63))
    record_restoration(linked[0], by=cast.engineer, at=at(20), now=at(30))
    done = restore(incident, by=cast.engineer, at=at(60), now=at(65))
    assert [ticket.pk for ticket in done.tickets] == [linked[1].pk]
    assert [(ticket.pk, refusal.rule) for ticket, refusal in done.refused] == [(late.pk, "RST-1")]
    assert restored_at([*linked, late]) == [at(20), at(60), None]
    restore(incident, by=cast.engineer, at=at(60), now=at(66))
    assert incident.entries.filter(kind="not_restored").count() == 1


def test_a_ticket_linked_after_the_restoration_is_restored_too(cast, incident):
    ticket = raise_ticket(cast, NOW)
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    link_ticket(incident, ticket=ticket, by=cast.engineer, now=at(70))
    assert restored_at([ticket]) == [at(60)]


@pytest.mark.parametrize(
    ("moment", "complaint"),
    [(at(500), "future"), (NOW, "does not lie after"), (at(-5), "does not lie after")],
)
def test_moments_that_cannot_be_are_refused(cast, incident, moment, complaint):
    with pytest.raises(Refused, match=complaint):
        restore(incident, by=cast.engineer, at=moment, now=at(60))


def test_another_moment_of_restoration_is_refused(cast, incident):
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    with pytest.raises(Refused, match="already on record"):
        restore(incident, by=cast.engineer, at=at(61), now=at(65))


def test_a_ticket_joins_one_incident(cast, incident, linked, stranger):
    other = begin(cast, now=NOW)
    with pytest.raises(Refused, match=f"linked to {incident.number}"):
        link_ticket(other, ticket=linked[0], by=cast.engineer, now=at(5))
    link_ticket(incident, ticket=linked[0], by=cast.engineer, now=at(5))
    assert incident.links.count() == 2
    foreign = raise_ticket(stranger, NOW)
    link_ticket(incident, ticket=foreign, by=cast.engineer, now=at(6))
    assert set(incident.affected.all()) == {cast.tenant, stranger.tenant}


def test_news_reaches_every_linked_ticket_once(cast, incident, linked):
    closed = raise_ticket(cast, NOW)
    link_ticket(incident, ticket=closed, by=cast.engineer, now=at(1))
    close_ticket(closed, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=at(2))
    key = uuid4()
    for _ in range(2):
        tell_update(
            incident, by=cast.engineer, words="Cambiamos de nodo.", submission_key=key,
            next_update_at=at(45), now=at(15),
        )  # fmt: skip
    told = Message.objects.filter(body=f"{incident.number}: Cambiamos de nodo.")
    assert sorted(told.values_list("ticket", flat=True)) == sorted(ticket.pk for ticket in linked)
    assert OutboxMessage.objects.filter(kind="support_answered").count() == 2
    incident.refresh_from_db()
    assert incident.next_update_at == at(45)
    for ticket in linked:
        ticket.refresh_from_db()
        assert ticket.first_response_at == at(15)


@pytest.mark.rule("RCA-1")
def test_the_analysis_is_due_at_the_end_of_the_fifth_business_day_after(cast, incident, linked):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    due = chile("2026-11-30 18:30")
    [(started, due_at, state)] = rca_clocks(linked[0])
    assert (started, state, due_at.astimezone(due.tzinfo).date()) == (at(60), "running", due.date())
    assert rca_clocks(linked[1]) == []
    sweep_clocks(now=due + timedelta(days=2))
    assert rca_clocks(linked[0])[0][2] == "breached"


@pytest.mark.rule("RCA-1")
@pytest.mark.parametrize("order", ["decided last", "linked last", "critical last"])
def test_the_deadline_counts_from_the_restoration_whatever_came_last(cast, incident, order):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(40 if order == "critical last" else 95))
    steps = {
        "decided last": lambda: call_it_platform(cast, incident, now=at(70)),
        "linked last": lambda: link_ticket(incident, ticket=ticket, by=cast.engineer, now=at(71)),
        "critical last": lambda: decide_severity(
            ticket, by=cast.engineer, severity=1, reason="Todo caído", now=at(72)
        ),
    }
    last = steps.pop(order)
    for step in steps.values():
        step()
    restore(incident, by=cast.engineer, at=at(60), now=at(73))
    last()
    match_deadlines(now=at(80))
    assert [(started, state) for started, _, state in rca_clocks(ticket)] == [(at(60), "running")]


@pytest.mark.rule("RCA-1", "RCA-3", "EXC-2")
@pytest.mark.parametrize(
    ("scope", "cause", "owed"),
    [
        (Scope.PLATFORM, Cause.OWN, 1),
        (Scope.PLATFORM, Cause.THIRD_PARTY, 1),
        (Scope.PLATFORM, Cause.PREVIEW, 0),
        (Scope.FEATURE, Cause.OWN, 0),
    ],
)
def test_it_is_owed_for_the_platform_alone_and_not_for_preview(cast, incident, linked, scope, cause, owed):
    call_it_platform(cast, incident, now=at(5), scope=scope, cause=cause)
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    assert len(rca_clocks(linked[0])) == owed


@pytest.mark.rule("RCA-3", "EXC-2")
def test_a_clause_for_preview_has_it_owed(cast, incident, linked):
    ContractFactory(tenant=cast.tenant, covers_preview=True)
    call_it_platform(cast, incident, now=at(5), cause=Cause.PREVIEW)
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    assert len(rca_clocks(linked[0])) == 1


@pytest.mark.rule("RCA-1")
def test_a_decision_taken_back_owes_none_any_more(cast, incident, linked):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    call_it_platform(cast, incident, now=at(90), scope=Scope.OPEN, reason="Era un conector.")
    assert [state for *_, state in rca_clocks(linked[0])] == ["cancelled"]


@pytest.mark.rule("RCA-1")
def test_the_term_restarts_at_the_last_restoration(cast, incident, linked):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    later = NOW + timedelta(days=2)
    relapse(incident, by=cast.engineer, impact=Impact.FULL, words="Cae otra vez.", at=later, now=later)
    assert restored_at(linked) == [None, None]
    assert Message.objects.filter(body__contains="Cae otra vez.").count() == 2
    back = later + timedelta(hours=1)
    incident.refresh_from_db()
    restore(incident, by=cast.engineer, at=back, now=back)
    assert restored_at(linked) == [back, back]
    first, second = rca_clocks(linked[0])
    assert (first[0], first[2], second[0], second[2]) == (at(60), "cancelled", back, "running")
    assert first[1] is None
    assert second[1] - back > timedelta(days=5)


@pytest.mark.rule("RCA-1")
def test_after_the_term_it_is_another_incident(cast, incident, linked):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    late = NOW + timedelta(days=20)
    with pytest.raises(Refused, match="term of its root cause analysis is over"):
        relapse(incident, by=cast.engineer, impact=Impact.FULL, words="Otra vez.", at=late, now=late)


# ---------- RCA-2 ----------


@pytest.mark.rule("RCA-2")
@pytest.mark.parametrize("impact", [95, 40, 5])
def test_no_solution_without_a_summary(cast, impact):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(impact))
    with pytest.raises(Refused, match="no summary") as refused:
        propose_solution(ticket, by=cast.engineer, body="Listo", now=at(5))
    assert (refused.value.rule, "Case summary" in str(refused.value.instead)) == ("RCA-2", True)
    summarise(ticket, by=cast.engineer, now=at(6))
    propose_solution(ticket, by=cast.engineer, body="Listo", now=at(7))


@pytest.mark.rule("RCA-2")
def test_a_critical_case_at_platform_level_has_an_analysis_instead(cast, incident, linked):
    with pytest.raises(Refused, match="RCA-2"):
        propose_solution(linked[0], by=cast.engineer, body="Listo", now=at(5))
    call_it_platform(cast, incident, now=at(6))
    propose_solution(linked[0], by=cast.engineer, body="Listo", now=at(7))
    with pytest.raises(Refused, match="RCA-2"):
        propose_solution(linked[1], by=cast.engineer, body="Listo", now=at(7))


@pytest.mark.rule("RCA-2")
def test_each_summary_is_a_version_and_the_same_words_are_none(cast):
    ticket = raise_ticket(cast, NOW)
    first = summarise(ticket, by=cast.engineer, now=at(1))
    assert summarise(ticket, by=cast.engineer, now=at(2)) == first
    summarise(ticket, by=cast.engineer, now=at(3), findings="Fue el balanceador.")
    assert list(ticket.summaries.values_list("number", "findings")) == [
        (1, "El conector perdió su sesión."),
        (2, "Fue el balanceador."),
    ]
    assert ticket.events.filter(kind="summary_written").count() == 2


@pytest.mark.rule("RCA-2")
@pytest.mark.parametrize("part", ["incident", "findings", "measures"])
def test_a_summary_has_all_three_parts(cast, part):
    ticket = raise_ticket(cast, NOW)
    with pytest.raises(Refused, match="RCA-2"):
        summarise(ticket, by=cast.engineer, now=at(1), **{part: "  "})
