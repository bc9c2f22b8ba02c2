"""The pages of incidents: at the desk, on tickets, and for people of affected tenants alone."""

import sys
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from tests.factories import TenantFactory, UserFactory
from tests.pdf_text import text_of_pdf
from tests.tickets.desk_pages import do, page_of
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import chile, raise_ticket
from tickets.incidents.models import Incident, Rca
from tickets.incidents.operations import approve_rca, link_ticket, publish_rca, restore, submit_rca
from tickets.incidents.queries import decision_on, segments_in_force

from .stories import begin, call_it_platform
from .test_rca import written

NOW = chile("2026-11-23 10:00")
LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(LATER, tick=False):
        yield


def at(minutes):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def incident(cast):
    return begin(cast, now=NOW)


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def act(client, incident, slug, **data):
    return client.post(reverse("admin:incidents_incident_act", args=[incident.pk, slug]), data)


def publish(cast, incident):
    restore(incident, by=cast.engineer, at=at(60), now=at(61))
    rca = written(cast, Incident.objects.get(pk=incident.pk))
    reviewer = UserFactory()
    submit_rca(rca, by=cast.engineer, now=at(80))
    approve_rca(rca, by=reviewer, now=at(90))
    return publish_rca(rca, by=reviewer, now=at(95))


# ---------- who sees what ----------


@pytest.mark.rule("AVL-5")
def test_only_people_of_affected_tenants_know_of_it(cast, incident, stranger):
    publish(cast, incident)
    pages = [reverse(f"incidents:{name}", args=[incident.number]) for name in ("detail", "rca", "rca_pdf")]
    own, foreign = signed_in(cast.designated.user), signed_in(stranger.designated.user)
    assert [own.get(page).status_code for page in pages] == [200, 200, 200]
    assert [foreign.get(page).status_code for page in pages] == [404, 404, 404]
    absent = reverse("incidents:detail", args=["INC-2026-9999"])
    assert text_of(foreign.get(absent)) == text_of(foreign.get(pages[0]))
    assert incident.number not in text_of(foreign.get(reverse("incidents:list")))
    assert incident.number in text_of(own.get(reverse("incidents:list")))
    assert own.get(reverse("admin:incidents_incident_change", args=[incident.pk])).status_code in (302, 403)


def test_nobody_reads_of_others_tenants_or_tickets(cast, incident, stranger, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # what a PDF is made of can be read
    foreign = raise_ticket(stranger, NOW, impact_percent=Decimal(95))
    link_ticket(incident, ticket=foreign, by=cast.engineer, now=at(2))
    publish(cast, incident)
    own = signed_in(cast.designated.user)
    for name in ("detail", "rca", "rca_pdf"):
        text = text_of(own.get(reverse(f"incidents:{name}", args=[incident.number])))
        assert cast.tenant.code in text
        for leak in (stranger.tenant.code, foreign.number, stranger.customer.name):
            assert leak not in text


def test_the_list_says_how_long_each_lasted_and_leads_to_its_analysis(cast, incident):
    begin(cast, now=at(100), title="Dura todavía")
    publish(cast, incident)
    own = signed_in(cast.designated.user)
    own.get(reverse("incidents:list"))  # fills the cache of notices
    with CaptureQueriesContext(connection) as queries:
        page = own.get(reverse("incidents:list"))
    assert "1 h" in text_of(page)
    assert page.content.decode().count("/informe/") == 1
    begin(cast, now=at(101))
    with CaptureQueriesContext(connection) as more:
        own.get(reverse("incidents:list"))
    assert len(more) == len(queries)


def test_without_publication_there_is_no_analysis_to_read(cast, incident):
    own = signed_in(cast.designated.user)
    assert own.get(reverse("incidents:rca", args=[incident.number])).status_code == 404


def test_where_no_pdf_can_be_made_the_same_is_given_to_print(cast, incident, monkeypatch):
    publish(cast, incident)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    response = signed_in(cast.designated.user).get(reverse("incidents:rca_pdf", args=[incident.number]))
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "Texto de root_cause" in text_of(response)


@pytest.mark.pdf
@pytest.mark.rule("RCA-1")
def test_the_analysis_is_a_real_pdf(cast, incident):
    publish(cast, incident)
    answer = signed_in(cast.designated.user).get(reverse("incidents:rca_pdf", args=[incident.number]))
    told = text_of_pdf(answer.content)
    assert answer["Content-Disposition"] == f'attachment; filename="{incident.number}.pdf"'
    for words in (incident.number, "1 h (3600 s)", "Texto de root_cause", "Duplicar el límite"):
        assert words in told


# ---------- on the ticket ----------


def test_a_linked_ticket_tells_what_is_known_and_links_to_it(cast, incident):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    link_ticket(incident, ticket=ticket, by=cast.engineer, now=at(2))
    page = signed_in(cast.designated.user).get(reverse("tickets:detail", args=[ticket.number]))
    assert "It is part of a platform incident that lasts" in text_of(page)
    assert reverse("incidents:detail", args=[incident.number]) in page.content.decode()
    desk = signed_in(cast.engineer).get(page_of(ticket))
    assert reverse("admin:incidents_incident_change", args=[incident.pk]) in desk.content.decode()


@pytest.mark.rule("RCA-2")
def test_the_summary_is_written_at_the_desk_and_read_by_the_partner(cast, engineer):
    ticket = raise_ticket(cast, NOW)
    said = {"incident": "Caída", "findings": "Sin memoria", "measures": "Más memoria"}
    assert do(engineer, ticket, "case-summary", **said).status_code == 302
    page = signed_in(cast.designated.user).get(reverse("tickets:detail", args=[ticket.number]))
    assert "Sin memoria" in text_of(page)
    form = next(
        panel.form for panel in engineer.get(page_of(ticket)).context["open_panels"]
        if panel.act.slug == "case-summary"
    )  # fmt: skip
    assert form["measures"].value() == "Más memoria"


def test_an_incident_is_opened_from_a_ticket_and_linked(cast, engineer):
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    said = {
        "title": "Caída", "description": "Nada responde", "started_at": "2026-11-23T10:00", "impact": "full",
        "reach": "listed",
    }  # fmt: skip
    assert do(engineer, ticket, "open-incident", **said).status_code == 302
    incident = Incident.objects.get()
    assert (incident.links.get().ticket, list(incident.affected.all())) == (ticket, [cast.tenant])
    assert do(engineer, ticket, "open-incident", **said).status_code == 409
    other = raise_ticket(cast, NOW)
    assert do(engineer, other, "link-incident", incident=incident.pk).status_code == 302
    assert incident.links.count() == 2


# ---------- at the desk ----------


def test_the_desk_opens_an_incident(cast, engineer):
    said = {
        "title": "Caída", "description": "Nada responde", "started_at": "2026-11-23T10:00",
        "detected_at": "2026-11-23T10:04", "impact": "full", "reach": "all",
    }  # fmt: skip
    response = engineer.post(reverse("admin:incidents_incident_add"), said)
    incident = Incident.objects.get()
    assert response.url == reverse("admin:incidents_incident_change", args=[incident.pk])
    assert (incident.started_at, incident.detected_at) == (NOW, at(4))
    assert incident.number in text_of(engineer.get(reverse("admin:incidents_incident_changelist")))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reach": "listed"}, "at least one tenant"),
        ({"reach": "countries"}, "at least one country"),
        ({"detected_at": "2026-11-23T09:00"}, "before it started"),
        ({"started_at": "2027-11-23T10:00"}, "future"),
        ({"title": ""}, "required"),
    ],
)
def test_what_cannot_be_opened_says_why_and_keeps_what_was_typed(cast, engineer, changes, complaint):
    said = {
        "title": "Caída", "description": "Nada responde", "started_at": "2026-11-23T10:00", "impact": "full",
        "reach": "all", "detected_at": "",
    } | changes  # fmt: skip
    response = engineer.post(reverse("admin:incidents_incident_add"), said)
    assert response.status_code in (409, 422)
    assert complaint in text_of(response)
    assert "Nada responde" in text_of(response)
    assert not Incident.objects.exists()


def test_the_acts_of_the_page(cast, engineer, incident):
    ticket = raise_ticket(cast, NOW)
    other = TenantFactory()
    assert act(engineer, incident, "decide", scope="platform", cause="own", reason="Todo").status_code == 302
    assert act(engineer, incident, "link", number=ticket.number.lower()).status_code == 302
    assert act(engineer, incident, "add-tenants", tenants=[other.pk]).status_code == 302
    assert (
        act(engineer, incident, "withdraw-tenant", tenant=other.pk, reason="Otra región").status_code == 302
    )
    assert act(engineer, incident, "update", words="Seguimos").status_code == 302
    rows = {
        "segments-TOTAL_FORMS": 3, "segments-INITIAL_FORMS": 1, "reason": "Volvió a ratos",
        "segments-0-impact": "full", "segments-0-start": "2026-11-23T10:00",
        "segments-0-end": "2026-11-23T10:20",
        "segments-1-impact": "degraded", "segments-1-start": "2026-11-23T10:20", "segments-1-end": "",
        "segments-2-impact": "full", "segments-2-start": "", "segments-2-end": "",
    }  # fmt: skip
    assert act(engineer, incident, "revise", **rows).status_code == 302
    assert act(engineer, incident, "restore", at="2026-11-23T11:00").status_code == 302
    assert act(engineer, incident, "relapse", at="", impact="full", words="Otra vez").status_code == 302
    assert act(engineer, incident, "restore", at="").status_code == 409  # at the very start of a segment
    assert [(s.impact, s.start, s.end) for s in segments_in_force(incident)] == [
        ("full", NOW, at(20)),
        ("degraded", at(20), at(60)),
        ("full", LATER, None),
    ]
    page = engineer.get(reverse("admin:incidents_incident_change", args=[incident.pk]))
    assert (page.status_code, decision_on(incident).scope) == (200, "platform")


def test_the_forms_show_the_readers_clock_and_sent_as_shown_change_nothing(cast, engineer, incident):
    page = engineer.get(reverse("admin:incidents_incident_change", args=[incident.pk]))
    form = next(each.form for each in page.context["open_panels"] if each.act.slug == "revise")
    row = form.rows.forms[0]
    shown = {f"segments-0-{name}": row[name].value() or "" for name in ("impact", "start", "end")}
    assert shown["segments-0-start"] == datetime(2026, 11, 23, 10)
    shown["segments-0-start"] = "2026-11-23T10:00"  # as a browser sends it
    sent = {"segments-TOTAL_FORMS": 1, "segments-INITIAL_FORMS": 1, "reason": "Igual"} | shown
    assert act(engineer, incident, "revise", **sent).status_code == 302
    assert incident.revisions.count() == 1


def test_a_refusal_keeps_what_was_typed(cast, engineer, incident):
    response = act(engineer, incident, "restore", at="2026-11-23T09:00")
    assert response.status_code == 409
    assert "does not lie after the start" in text_of(response)
    assert 'value="2026-11-23T09:00"' in response.content.decode()


def test_the_first_line_reads_and_does_nothing(cast, incident):
    desk = signed_in(UserFactory(role=Role.DESK))
    page = desk.get(reverse("admin:incidents_incident_change", args=[incident.pk]))
    assert (page.status_code, page.context["open_panels"]) == (200, [])
    assert act(desk, incident, "decide", scope="platform", cause="own", reason="Yo").status_code == 409
    assert decision_on(incident) is None
    assert desk.get(reverse("admin:incidents_incident_add")).status_code == 403
    assert desk.get(reverse("admin:incidents_incident_rca", args=[incident.pk])).status_code == 403


def test_an_unknown_act_or_incident_is_absent(engineer, incident):
    assert act(engineer, incident, "nada").status_code == 404
    absent = reverse("admin:incidents_incident_change", args=[9999])
    assert engineer.get(absent).status_code == 404


@pytest.mark.rule("RCA-1")
def test_the_analysis_is_written_approved_by_another_and_published(cast, engineer, incident):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(60), now=at(61))
    url = reverse("admin:incidents_incident_rca", args=[incident.pk])
    assert engineer.post(url).status_code == 302
    page = engineer.get(url)
    assert len(page.context["holes"]) == 9
    rows = {
        "timeline-TOTAL_FORMS": 2, "timeline-INITIAL_FORMS": 0, "timeline-0-at": "2026-11-23T10:00",
        "timeline-0-words": "Empieza", "timeline-1-at": "2026-11-23T11:00", "timeline-1-words": "Vuelve",
        "actions-TOTAL_FORMS": 1, "actions-INITIAL_FORMS": 0, "actions-0-kind": "corrective",
        "actions-0-words": "Duplicar el límite", "actions-0-owner": "Inés", "actions-0-due_on": "2026-11-20",
        **{name: f"Texto {name}" for name in (
            "summary", "impact", "root_cause", "contributing_factors", "detection", "restoration"
        )},
    }  # fmt: skip
    assert engineer.post(url, rows).status_code == 302
    assert engineer.get(url).context["holes"] == []

    def step(client, name, **data):
        return client.post(reverse("admin:incidents_incident_rca_step", args=[incident.pk, name]), data)

    assert step(engineer, "submit").status_code == 302
    assert step(engineer, "approve").status_code == 409
    reviewer = signed_in(UserFactory())
    assert step(reviewer, "send-back", reason="").status_code == 409
    assert [step(reviewer, name).status_code for name in ("approve", "publish", "nada")] == [302, 302, 404]
    action = Rca.objects.get().actions.get()
    listing = text_of(engineer.get(reverse("admin:incidents_incident_changelist")))
    assert "overdue since" in listing
    reading = signed_in(cast.designated.user).get(reverse("incidents:rca", args=[incident.number]))
    assert "Overdue" in text_of(reading)
    engineer.post(
        reverse("admin:incidents_incident_action_done", args=[action.pk]), {"outcome": "Límite duplicado"}
    )
    reading = signed_in(cast.designated.user).get(reverse("incidents:rca", args=[incident.number]))
    assert ("Límite duplicado" in text_of(reading), "Overdue" in text_of(reading)) == (True, False)


# ---------- how much is asked of the database ----------


def test_pages_ask_the_same_of_one_and_of_three(cast, engineer, incident, stranger):
    def counted():
        found = []
        portal = signed_in(cast.designated.user)
        for client, url in (
            (engineer, reverse("admin:incidents_incident_change", args=[incident.pk])),
            (engineer, reverse("admin:incidents_incident_changelist")),
            (portal, reverse("incidents:detail", args=[incident.number])),
            (portal, reverse("incidents:list")),
        ):
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            found.append(len(queries))
        return found

    link_ticket(incident, ticket=raise_ticket(cast, NOW), by=cast.engineer, now=at(1))
    one = counted()
    for _ in range(2):
        link_ticket(incident, ticket=raise_ticket(cast, NOW), by=cast.engineer, now=at(1))
        begin(cast, now=NOW)
    link_ticket(incident, ticket=raise_ticket(stranger, NOW), by=cast.engineer, now=at(1))
    assert counted() == one
