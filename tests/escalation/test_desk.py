"""Escalation on the desk's pages: what waits, what a mail asked for, answers, calls, priorities, lists."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from tests.factories import UserFactory
from tests.tickets.desk_pages import do, page_of
from tests.tickets.pages import signed_in, text_of
from tickets.domain.intake import Priority
from tickets.escalation.domain.course import Stage
from tickets.escalation.domain.eligibility import Ground
from tickets.escalation.models import Escalation
from tickets.escalation.operations import acknowledge, ask_desk, ask_priority
from tickets.models import TicketEvent
from tickets.operations import assign

from .stories import MINUTE, NOW, raise_ticket, to_desk, to_executive

LATER = NOW + 20 * MINUTE
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_later")]


@pytest.fixture
def at_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def open_acts(page):
    return {panel.act.slug for panel in page.context["open_panels"]}


OURS = {"escalation-answer", "decide-priority", "escalate-call", "escalate-mail"}


def test_nothing_of_it_is_open_on_an_ordinary_ticket(engineer, ticket):
    page = engineer.get(page_of(ticket))
    assert not open_acts(page) & OURS
    closed = {panel.act.slug: panel.closed for panel in page.context["closed_panels"]}
    assert all(closed[slug].rule and str(closed[slug].reason) for slug in OURS)


@pytest.mark.rule("ESC-8")
def test_the_desk_sees_the_level_and_answers(engineer, cast, ticket):
    escalation = to_desk(ticket, cast.designated.user)
    page = engineer.get(page_of(ticket))
    assert "Level 1 · support desk · Waits for acknowledgement" in text_of(page)
    assert open_acts(page) & OURS == {"escalation-answer"}
    sent = {"escalation": escalation.pk, "words": "Lo tomamos.", "submission_key": str(uuid4())}
    assert do(engineer, ticket, "escalation-answer", **sent).status_code == 302
    assert do(engineer, ticket, "escalation-answer", **sent | {"words": "Listo.", "settles": "on",
              "submission_key": str(uuid4())}).status_code == 302  # fmt: skip
    escalation.refresh_from_db()
    assert escalation.stage == Stage.RESOLVED
    late = do(
        engineer, ticket, "escalation-answer", **sent | {"submission_key": str(uuid4()), "words": "Tarde"}
    )
    assert "It stands otherwise now: resolved" in text_of(late)
    assert "Tarde" in late.content.decode()


@pytest.mark.rule("ESC-8")
def test_a_question_of_the_executive_is_answered_at_the_desk(engineer, cast, ticket):
    to_desk(ticket, cast.designated.user)
    escalation = to_executive(ticket, cast.designated.user)
    acknowledge(escalation, by=cast.executive, now=LATER)
    ask_desk(escalation, by=cast.executive, words="¿Cuándo estará?", now=LATER)
    page = engineer.get(page_of(ticket))
    assert "¿Cuándo estará?" in page.content.decode()
    sent = {"escalation": escalation.pk, "words": "A las 15.", "submission_key": str(uuid4())}
    do(engineer, ticket, "escalation-answer", **sent)
    step = escalation.steps.latest("pk")
    assert (step.step, step.is_internal, step.words) == ("desk_answers", True, "A las 15.")


@pytest.mark.rule("ESC-3")
def test_ESC_3_a_call_is_recorded_on_the_page(engineer, cast):
    ticket = raise_ticket(cast, NOW, impact_percent=95)
    assert "escalate-call" in open_acts(engineer.get(page_of(ticket)))
    sent = {
        "submission_key": str(uuid4()), "contact": cast.designated.pk, "called_at": "",
        "summary": "Nadie contesta.", "impact": "Todo detenido.",
    }  # fmt: skip
    too_early = do(engineer, ticket, "escalate-call", **sent | {"called_at": "2026-11-23T10:14"})
    assert "The committed response time has not passed yet." in text_of(too_early)
    assert "Nadie contesta." in too_early.content.decode()
    assert do(engineer, ticket, "escalate-call", **sent).status_code == 302
    assert Escalation.objects.get().level == 3


@pytest.mark.rule("ESC-1")
def test_ESC_1_what_a_mail_asks_for_stands_on_top_until_it_is_recorded(engineer, cast, ticket):
    TicketEvent.objects.create(
        ticket=ticket, kind=TicketEvent.Kind.ESCALATION_ASKED, at=NOW + MINUTE, recorded_at=NOW + MINUTE,
        contact=cast.designated,
    )  # fmt: skip
    page = engineer.get(page_of(ticket))
    assert "A mail asks for an escalation" in text_of(page)
    assert "escalate-mail" in open_acts(page)
    sent = {
        "submission_key": str(uuid4()), "contact": cast.designated.pk, "description": "Nada anda.",
        "impact": "Mucho.",
    }  # fmt: skip
    assert do(engineer, ticket, "escalate-mail", **sent).status_code == 302
    assert "A mail asks for an escalation" not in text_of(engineer.get(page_of(ticket)))
    assert Escalation.objects.get().channel == "email"


@pytest.mark.rule("ESC-6")
def test_ESC_6_the_owner_decides_a_priority_on_the_page(engineer, cast, ticket):
    request = ask_priority(
        ticket, by=cast.designated.user, ground=Ground.URGENCY_CHANGED, wanted=Priority.HIGH,
        reason="Mañana es la campaña.", now=NOW + MINUTE,
    )  # fmt: skip
    page = engineer.get(page_of(ticket))
    assert "the case owner decides" in text_of(page)
    sent = {"request": request.pk, "accepts": "yes", "severity": "", "reason": "De acuerdo."}
    refused = do(engineer, ticket, "decide-priority", **sent)
    assert "Take the ticket first" in text_of(refused)
    assert "De acuerdo." in refused.content.decode()
    assign(ticket, by=cast.engineer, owner=cast.engineer, now=LATER)
    assert do(engineer, ticket, "decide-priority", **sent).status_code == 302
    ticket.refresh_from_db()
    assert ticket.priority == Priority.HIGH
    other = raise_ticket(cast, NOW)
    assert "No change of priority is asked for." in text_of(do(engineer, other, "decide-priority", **sent))


def test_the_start_page_counts_what_waits_and_leads_to_it(engineer, cast, ticket):
    to_desk(ticket, cast.designated.user)
    with_executive = raise_ticket(cast, NOW - 120 * MINUTE)
    to_executive(with_executive, cast.designated.user, ground=Ground.NO_RESPONSE)
    start = engineer.get(reverse("admin:index"))
    figures = {str(words): (count, address) for count, words, address, _ in start.context["escalated"]}
    count, address = figures["escalated to the desk"]
    assert (count, figures["changes of priority to decide"][0]) == (1, 0)
    listed = engineer.get(address)
    assert ticket.number in text_of(listed)
    first = Escalation.objects.get(level=1)
    assert page_of(ticket) in listed.content.decode()
    assert with_executive.number not in text_of(listed)
    others = text_of(engineer.get(address.replace("waits=desk", "waits=executive")))
    assert (with_executive.number in others, ticket.number in others) == (True, False)
    assert engineer.get(reverse("admin:escalation_escalation_change", args=[first.pk])).status_code == 200
    for act in ("add", "delete"):
        args = [] if act == "add" else [first.pk]
        assert engineer.get(reverse(f"admin:escalation_escalation_{act}", args=args)).status_code == 403


def test_the_first_line_may_record_and_answer(cast, ticket):
    to_desk(ticket, cast.designated.user)
    page = signed_in(UserFactory(role=Role.DESK)).get(page_of(ticket))
    assert "escalation-answer" in open_acts(page)


def test_the_desk_page_costs_the_same_with_one_step_and_with_three(
    engineer, cast, ticket, django_assert_max_num_queries
):
    to_desk(ticket, cast.designated.user)
    escalation = to_executive(ticket, cast.designated.user)
    engineer.get(page_of(ticket))

    def queries():
        with django_assert_max_num_queries(18) as captured:
            engineer.get(page_of(ticket))
        return len(captured)

    few = queries()
    for number in range(3):
        ask_desk(escalation, by=cast.executive, words=f"{number}", now=LATER + timedelta(seconds=number))
    assert queries() == few
