"""A ticket's page at the desk: what it shows, what it closes and why, what it costs; and the history."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lynnsupport.accounts.domain.roles import Role
from tests.factories import UserFactory
from tickets.admin.acts import all_acts
from tickets.domain.lifecycle import State
from tickets.evidence import Upload
from tickets.models import SeverityAssessment, Ticket
from tickets.operations import (
    answer_customer,
    ask_customer,
    assign,
    close_ticket,
    correct_content,
    decide_severity,
    reply_as_customer,
    write_note,
)
from tickets.operations.content import CORRECTABLE

from .desk_pages import address, do, page_of
from .pages import signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW, products="Lynn Chat", lccd_name="Rosa Certificada")


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def test_the_conversation_shows_notes_apart_from_what_the_customer_sees(cast, ticket, engineer):
    upload = Upload("conector.log", ContentFile(b"error", name="c.log"))
    reply_as_customer(ticket, by=cast.designated.user, body="Va el registro.", now=NOW, evidence=[upload])
    answer_customer(ticket, by=cast.engineer, body="Gracias.", now=NOW)
    write_note(ticket, by=cast.engineer, body="Mirar el conector.", now=NOW)
    response = engineer.get(page_of(ticket))
    entries = [(e.look, e.message.body, [f.name for f in e.files]) for e in response.context["entries"]]
    assert entries == [
        ("customer", ticket.description, []),
        ("customer", "Va el registro.", ["conector.log"]),
        ("support", "Gracias.", []),
        ("internal", "Mirar el conector.", []),
    ]
    page = response.content.decode()
    assert page.count("Internal note: the customer does not see it") == 1
    assert page.count('class="message message-internal"') == 1


def test_beside_it_stand_clocks_severity_people_facts_and_what_is_missing(cast, ticket, engineer):
    context = engineer.get(page_of(ticket)).context
    assert [(face.kind, face.badge, str(face.left)) for face in context["clocks"]] == [
        ("first_response", "running", "0:55:00"),
        ("restoration", "running", "7:55:00"),
    ]
    assert context["pressing"].kind == "first_response"
    assert context["designated"] == [cast.designated]
    assert context["executive"].name == cast.executive.name
    assert dict(context["facts"]) == {
        "Operational impact (%)": "40 %",
        "Workaround known": "No",
        "Agreed priority": "Normal",
        "Country or region": "Chile",
        "Products involved": "Lynn Chat",
    }
    assert "Responsible LCCD: name" not in context["missing"]
    assert "Why it is urgent" in context["missing"]
    text = text_of(engineer.get(page_of(ticket)))
    assert "Rosa Certificada" in text
    assert str(ticket.tenant) in text


def test_every_deadline_links_to_its_receipt(ticket, engineer):
    page = engineer.get(page_of(ticket)).content.decode()
    for clock in ticket.clocks.filter(kind__in=["first_response", "restoration"]):
        path = f"/tickets/{ticket.number}/plazos/{clock.kind}/{clock.pk}/"
        assert f'href="{path}"' in page
        assert engineer.get(path).status_code == 200


@pytest.mark.rule("SEV-4")
def test_every_assessment_stands_there_and_the_last_decision_counts(cast, ticket, engineer):
    decide_severity(ticket, by=cast.engineer, severity=3, reason="Un usuario", now=NOW)
    decide_severity(ticket, by=cast.desk_lead, severity=1, reason="Son todos", now=NOW)
    context = engineer.get(page_of(ticket)).context
    step = SeverityAssessment.Step
    assert [a.step for a, _sentence in context["assessments"]] == [step.SUGGESTED, step.DECIDED, step.DECIDED]
    assert context["why_severity"] == f"{cast.desk_lead.name} decided severity 1: Son todos"


@pytest.mark.rule("CON-2", "CON-4")
def test_a_registered_ticket_says_what_it_waits_for(cast, engineer):
    waiting = raise_ticket(cast, NOW, reporter=cast.colleague)
    text = text_of(engineer.get(page_of(waiting)))
    assert "No designated contact has escalated it: its clocks do not run (CON-2)" in text
    assert "They have been asked by mail." in text
    cast.designated.designations.update(last_day_on=NOW.date() - timedelta(days=1))
    assert "no valid designated contact (CON-4)" in text_of(engineer.get(page_of(waiting)))


def test_RSP_1_a_severity_1_asks_to_speak_with_the_customer_until_somebody_has(cast, engineer):
    critical = raise_ticket(cast, NOW, impact_percent=95)
    assert "Severity 1: speak to the customer" in text_of(engineer.get(page_of(critical)))
    answer_customer(critical, by=cast.engineer, body="Le llamo.", now=NOW)
    assert "Severity 1: speak to the customer" not in text_of(engineer.get(page_of(critical)))


# ---------- what is open and what is closed ----------

DECIDED = {"exclude", "plan-patch"}
ASKING = {"ask-customer", "ask-remote-access"}
OPEN_IN = {
    State.REGISTERED: {"escalate", "call", "resolved", "assign", "close"},
    State.OPEN: {*DECIDED, *ASKING, "call", "restored", "wait-for-provider", "resolved", "assign", "close"},
    State.WAITING_CUSTOMER: {
        *DECIDED,
        *ASKING,
        "withdraw-request",
        "call",
        "restored",
        "withdraw-question",
        "resolved",
        "assign",
        "close",
    },
    State.WAITING_PROVIDER: {
        *DECIDED,
        "call",
        "restored",
        "provider-answered",
        "resolved",
        "assign",
        "close",
    },
    State.SOLUTION_PROPOSED: {"exclude", "call", "resolved", "assign", "close"},
    State.CLOSED: {"call", "restored", "resolved", "assign"},
}
WAYS_IN = {
    State.REGISTERED: {"answer", "note"},
    State.OPEN: {"answer", "note", "ask", "propose"},
    State.WAITING_CUSTOMER: {"answer", "note"},
    State.WAITING_PROVIDER: {"answer", "note", "propose"},
    State.SOLUTION_PROPOSED: {"answer", "note"},
    State.CLOSED: {"note"},
}


@pytest.fixture
def ticket_in(cast):
    """`ticket_in(state)` is a ticket that has come to that state by the desk's own acts."""

    def made(state):
        reporter = cast.colleague if state == State.REGISTERED else None
        ticket = raise_ticket(cast, NOW, reporter=reporter)
        client = signed_in(cast.engineer)
        common = {"body": "Texto", "submission_key": ""}
        if state == State.WAITING_CUSTOMER:
            do(client, ticket, "write", way="ask", **common)
        elif state == State.WAITING_PROVIDER:
            do(client, ticket, "wait-for-provider", reason="Azure")
        elif state == State.SOLUTION_PROPOSED:
            do(client, ticket, "write", way="propose", **common)
        elif state == State.CLOSED:
            do(client, ticket, "close", because="duplicate", words="Otro")
        ticket.refresh_from_db()
        assert ticket.state == state
        return ticket

    return made


def own(acts):
    """The slugs of the tickets' own acts and of what is asked of customers; other apps test theirs."""
    tested_here = ("tickets.desk_forms.", "tickets.cooperation.")
    return {act.slug for act in acts if act.form.__module__.startswith(tested_here)}


@pytest.mark.parametrize("state", State)
def test_what_fits_the_state_is_open_and_the_rest_closed_with_its_reason(ticket_in, engineer, state):
    context = engineer.get(page_of(ticket_in(state))).context
    assert own(panel.act for panel in context["open_panels"]) == OPEN_IN[state]
    closed = context["closed_panels"]
    assert own(panel.act for panel in closed) == own(all_acts()) - OPEN_IN[state] - {
        "write", "take", "severity",
    }  # fmt: skip
    assert all(panel.closed.rule and str(panel.closed.reason) for panel in closed)


@pytest.mark.parametrize("state", State)
def test_the_text_can_be_sent_in_the_ways_that_fit_the_state(ticket_in, engineer, state):
    ways = engineer.get(page_of(ticket_in(state))).context["ways"]
    assert {way.value for way in ways if way.closed is None} == WAYS_IN[state]
    [chosen] = [way for way in ways if way.is_chosen]
    assert chosen.closed is None


@pytest.mark.rule("SEV-4")
def test_the_first_line_sees_closed_what_only_engineers_do(ticket):
    response = signed_in(UserFactory(role=Role.DESK)).get(page_of(ticket))
    context = response.context
    assert {panel.act.slug for panel in context["open_panels"]} == {"call", "assign"}
    assert {way.value for way in context["ways"] if way.closed is None} == {"answer", "note"}
    assert (context["severity_panel"].closed.rule, str(context["severity_panel"].closed.reason)) == (
        "SEV-4", "Your role, «Support desk», does not include this.",
    )  # fmt: skip
    assert "Ask a support engineer." in text_of(response)


# ---------- cost ----------


def test_the_page_costs_the_same_queries_whatever_hangs_on_the_ticket(cast, ticket, engineer):
    engineer.get(page_of(ticket))  # calendars and policies are read once by each process

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert engineer.get(page_of(ticket)).status_code == 200
        return len(captured)

    few = queries()
    for number in range(10):
        upload = Upload(f"{number}.log", ContentFile(b"error", name="c.log"))
        reply_as_customer(ticket, by=cast.designated.user, body="Va.", now=NOW, evidence=[upload])
        write_note(ticket, by=cast.engineer, body="Sí.", now=NOW)
    assert queries() == few
    assert few <= 16  # two of them: what is asked of the customer, and who could decide about an access
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Todo", now=NOW)
    assert queries() == few + 1  # who may have called to escalate it (ESC-3)


# ---------- absent, other roles ----------


@pytest.mark.parametrize(
    "name",
    ["change", "history", "correct", *[a.url_name.removeprefix("tickets_ticket_") for a in all_acts()]],
)
def test_an_absent_ticket_is_not_found(engineer, name):
    method = engineer.post if name not in ("change", "history", "correct") else engineer.get
    assert method(address(name, 999_999)).status_code == 404


def test_there_is_no_way_to_add_or_delete_a_ticket(ticket, engineer):
    administrator = signed_in(UserFactory(role=Role.ADMINISTRATOR))
    for client in (engineer, administrator):
        for path in ("add/", f"{ticket.pk}/delete/", f"{ticket.pk}/", f"{ticket.pk}/history/1/"):
            assert client.post(f"/admin/tickets/ticket/{path}", {"post": "yes"}).status_code == 404
        client.post(
            "/admin/tickets/ticket/",
            {"action": "delete_selected", "_selected_action": ticket.pk, "post": "yes"},
        )
    ticket.refresh_from_db()


def test_no_row_of_the_record_has_a_page_of_its_own(engineer):
    for model in ("message", "ticketevent", "slaclock", "severityassessment", "attachment", "draft"):
        assert engineer.get(f"/admin/tickets/{model}/").status_code == 404


def test_every_address_of_the_desk_is_guarded(ticket, cast):
    """Whoever is not of the desk reaches none, by any method."""
    desk = admin.site._registry[Ticket]
    names = [pattern.name.removeprefix("tickets_ticket_") for pattern in desk.get_urls()]
    assert len(names) == 13 + len(all_acts())
    for user in (cast.designated.user, cast.executive):
        client = signed_in(user)
        for name in names:
            path = (
                address(name)
                if name in ("changelist", "take_several", "telephone", "versions")
                else address(name, ticket.pk)
            )
            for ask in (client.get, client.post):
                response = ask(path)
                assert (name, response.status_code, response.url.partition("?")[0]) == (
                    name,
                    302,
                    "/admin/login/",
                )


# ---------- history ----------


def test_the_history_says_who_changed_what_when_and_why(cast, ticket, engineer):
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, reason="Conoce al cliente", now=NOW)
    correct_content(
        ticket, by=cast.engineer, changes={"subject": "Otro asunto"},
        seen={name: getattr(ticket, name) for name in CORRECTABLE}, reason="Estaba mal escrito", now=NOW,
    )  # fmt: skip
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=NOW)
    versions = engineer.get(address("history", ticket.pk)).context["versions"]
    told = [(v.by, v.reason, [(c.field, c.old, c.new) for c in v.changes]) for v in versions]
    assert told == [
        (
            cast.engineer.name,
            "The customer was asked",
            [
                ("First response at", "empty", "Mon 23 Nov, 10:00 (Chile)"),
                ("State", "Open", "Waiting for the customer"),
            ],
        ),
        (cast.engineer.name, "Estaba mal escrito", [("Subject", "El bot no responde", "Otro asunto")]),
        (cast.desk_lead.name, "Conoce al cliente", [("Owner", "empty", cast.engineer.name)]),
        (cast.designated.name, "Ticket registered", []),
    ]


def test_the_history_of_a_long_life_comes_in_pages_that_lose_no_change(cast, ticket, engineer, monkeypatch):
    monkeypatch.setattr("tickets.admin.history.PER_PAGE", 2)
    for owner in (cast.engineer, cast.desk_lead, cast.engineer):
        assign(ticket, by=cast.desk_lead, owner=owner, now=NOW)
    path = address("history", ticket.pk)
    new = []
    for page in (1, 2):
        for version in engineer.get(f"{path}?page={page}").context["versions"]:
            new += [change.new for change in version.changes]
    assert new == [cast.engineer.name, cast.desk_lead.name, cast.engineer.name]


def test_the_history_costs_the_same_queries_for_two_versions_and_for_six(cast, ticket, engineer):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            engineer.get(address("history", ticket.pk))
        return len(captured)

    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=NOW)
    queries()  # the first request of a session costs more
    few = queries()
    for owner in (cast.desk_lead, cast.engineer, None, cast.engineer):
        assign(ticket, by=cast.desk_lead, owner=owner, now=NOW)
    assert queries() == few


def test_a_closed_ticket_says_why_and_when(cast, ticket, engineer):
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="Es a medida", now=NOW)
    assert "This ticket is closed Not covered by the agreement · Mon 23 Nov, 10:00 (Chile)" in text_of(
        engineer.get(page_of(ticket))
    )
