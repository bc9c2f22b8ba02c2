"""The first page: what needs its reader, most urgent first; then what is open and until when."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.models import Partner
from tests.agreement import put_agreement
from tests.incidents.stories import begin, summarise
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import Cast, chile, make_cast, raise_ticket
from tickets.incidents.operations import restore
from tickets.models import Ticket
from tickets.operations import ask_customer, propose_solution

NOW = chile("2026-11-23 10:00")
HOME = reverse("home")


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast(db) -> Cast:
    put_agreement()
    return make_cast(at=NOW)


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def strips(client) -> list[tuple[str, str]]:
    return [(strip.need.value, strip.ticket.subject) for strip in client.get(HOME).context["strips"]]


def test_what_needs_the_reader_stands_most_urgent_first(client, cast):
    raise_ticket(cast, NOW, subject="Corre", impact_percent=20)
    solved = raise_ticket(cast, NOW, subject="Resuelto", impact_percent=5)
    summarise(solved, by=cast.engineer, now=NOW)
    propose_solution(solved, by=cast.engineer, body="Listo", now=NOW)
    asked = raise_ticket(cast, NOW, subject="Preguntado", impact_percent=20)
    ask_customer(asked, by=cast.engineer, question="¿Qué sesión?", now=NOW)
    raise_ticket(cast, NOW, subject="Registrado", reporter=cast.colleague, impact_percent=5)
    raise_ticket(cast, NOW, subject="Caído", impact_percent=95)
    assert strips(client) == [
        ("critical", "Caído"),
        ("answer", "Preguntado"),
        ("solution", "Resuelto"),
        ("escalation", "Registrado"),
    ]


def test_a_severity_1_that_waits_for_an_answer_stands_once(client, cast):
    critical = raise_ticket(cast, NOW, subject="Caído", impact_percent=95)
    ask_customer(critical, by=cast.engineer, question="¿Qué sesión?", now=NOW)
    response = client.get(HOME)
    assert [(strip.need.value, strip.is_critical) for strip in response.context["strips"]] == [
        ("answer", True)
    ]


@pytest.mark.rule("RSP-5")
def test_an_open_severity_1_makes_the_telephone_numbers_large(client, cast):
    assert "phones-large" not in client.get(HOME).content.decode()
    raise_ticket(cast, NOW, impact_percent=95)
    page = client.get(HOME)
    assert "phones-large" in page.content.decode()
    assert cast.executive.email in text_of(page)  # other countries


def test_open_tickets_stand_with_their_next_deadline(client, cast):
    raise_ticket(cast, NOW, subject="Lento", impact_percent=5)
    raise_ticket(cast, NOW, subject="Urgente", impact_percent=95)
    rows = client.get(HOME).context["rows"]
    assert [(row.subject, row.clock.kind, row.clock.due_at) for row in rows] == [
        ("Urgente", "first_response", chile("2026-11-23 10:15")),
        ("Lento", "first_response", chile("2026-11-23 12:00")),
    ]


def test_each_sees_their_own(cast):
    other = make_cast(at=NOW)
    raise_ticket(cast, NOW, subject="Nuestro", impact_percent=95)
    seen = {
        who: [subject for _need, subject in strips(signed_in(user))]
        for who, user in {
            "colleague": cast.colleague.user,
            "executive": cast.executive,
            "other partner": other.designated.user,
            "other executive": other.executive,
        }.items()
    }
    assert seen == {
        "colleague": ["Nuestro"],
        "executive": ["Nuestro"],
        "other partner": [],
        "other executive": [],
    }


def test_people_of_the_desk_are_shown_the_way_to_it(cast):
    page = signed_in(cast.engineer).get(HOME)
    assert reverse("admin:index") in page.content.decode()
    assert "You work at the support desk" in text_of(page)


def test_an_empty_page_teaches(client):
    page = client.get(HOME)
    assert page.context["strips"] == []
    assert "Nothing waits for you" in text_of(page)
    assert reverse("tickets:new") in page.content.decode()


@pytest.mark.rule("SUP-4")
def test_an_unapproved_partner_reads_whom_to_contact(client, cast):
    Partner.objects.update(approval=Partner.Approval.SUSPENDED)
    page = text_of(client.get(HOME))
    assert "is not commercially approved" in page
    assert cast.executive.email in page


def test_nobody_is_sent_to_sign_in(db, client):
    client.logout()
    assert client.get(HOME).url == f"{reverse('account_login')}?next={HOME}"


def test_the_page_costs_the_same_at_one_ticket_and_at_three(client, cast):
    costs = []
    for count in (1, 3):
        while Ticket.objects.count() < count:
            raise_ticket(cast, NOW, impact_percent=95)
        client.get(HOME)
        with CaptureQueriesContext(connection) as asked:
            client.get(HOME)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 12


def test_an_incident_that_lasts_stands_on_top_for_whom_it_touches(client, cast):
    stranger = make_cast(at=NOW)
    incident = begin(cast, now=NOW)
    begin(stranger, now=NOW, title="Ajena")
    assert [each.number for each in client.get(HOME).context["incidents"]] == [incident.number]
    page = text_of(client.get(HOME))
    assert "Plataforma caída" in page
    assert "Ajena" not in page
    restore(incident, by=cast.engineer, at=NOW + timedelta(minutes=1), now=NOW + timedelta(minutes=2))
    assert "Plataforma caída" not in text_of(client.get(HOME))
