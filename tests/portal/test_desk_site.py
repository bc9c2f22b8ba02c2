"""The desk's start page: what falls due, what asks for somebody, whether the machinery runs."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.portal.desk import DUE_NEXT, FIGURES
from lynnsupport.portal.models import PeriodicJob
from lynnsupport.portal.schedule import allowed_silence, periods
from tests.agreement import put_agreement
from tests.factories import UserFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import chile, make_cast, raise_ticket
from tickets.operations import sweep_clocks

NOW = chile("2026-11-23 10:00")
START = "/admin/"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield


@pytest.fixture
def cast(db):
    put_agreement()
    return make_cast(at=NOW)


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def figures(response):
    names = [name for name, _words, _narrowing, _kind in FIGURES]
    return {
        name: (count, kind)
        for name, (count, _words, _link, kind) in zip(names, response.context["figures"], strict=True)
    }


def test_what_falls_due_next_stands_on_the_start_page_in_order(cast, engineer):
    raise_ticket(cast, NOW, subject="Baja", impact_percent=5)
    raise_ticket(cast, NOW, subject="Por escalar", reporter=cast.colleague)
    raise_ticket(cast, NOW, subject="Crítica", impact_percent=95)
    rows = engineer.get(START).context["rows"]
    assert [(ticket.subject, str(face.left)) for ticket, face in rows] == [
        ("Crítica", "0:10:00"),
        ("Baja", "1:55:00"),
    ]


def test_only_the_next_few_stand_there(cast, engineer):
    for number in range(DUE_NEXT + 2):
        raise_ticket(cast, NOW + timedelta(seconds=number), subject=str(number))
    rows = engineer.get(START).context["rows"]
    assert [ticket.subject for ticket, _face in rows] == [str(number) for number in range(DUE_NEXT)]


def test_the_figures_count_the_open_tickets_and_link_to_them(cast, engineer):
    raise_ticket(cast, NOW - timedelta(hours=3), impact_percent=95)
    raise_ticket(cast, NOW, reporter=cast.colleague)
    sweep_clocks(now=NOW + timedelta(minutes=5))
    assert figures(engineer.get(START)) == {
        "breached": (1, "danger"),
        "at_risk": (0, "plain"),
        "critical": (1, "danger"),
        "customer_waits": (1, "warn"),
        "unassigned": (2, "warn"),
        "registered": (1, "warn"),
        "waiting": (0, "plain"),
        "open": (2, "plain"),
    }


def test_each_figure_leads_to_as_many_tickets_as_it_says(cast, engineer):
    raise_ticket(cast, NOW - timedelta(hours=3), impact_percent=95)
    raise_ticket(cast, NOW - timedelta(minutes=20), impact_percent=50)
    raise_ticket(cast, NOW, reporter=cast.colleague)
    sweep_clocks(now=NOW)
    for count, _words, link, _kind in engineer.get(START).context["figures"]:
        assert (link, len(engineer.get(link).context["rows"])) == (link, count)


def test_a_silent_job_is_shown_as_silent(cast, engineer):
    [name, *_others] = periods()
    job = PeriodicJob.objects.create(name=name, allowed_silence=allowed_silence(name))
    assert (name, True) in [(job.name, late) for job, late in engineer.get(START).context["jobs"]]
    job.last_succeeded_at = NOW + timedelta(minutes=5)
    job.save()
    assert (name, False) in [(job.name, late) for job, late in engineer.get(START).context["jobs"]]


def test_jobs_that_have_never_run_are_shown_too(cast, engineer):
    jobs = engineer.get(START).context["jobs"]
    assert [(job.name, late) for job, late in jobs] == [(name, True) for name in sorted(periods())]


def test_mails_given_up_are_told_with_the_way_to_them(cast, engineer):
    assert "No mail was given up." in text_of(engineer.get(START))
    raise_ticket(cast, NOW)
    OutboxMessage.objects.update(state="given_up", failure="refused", next_attempt_at=None)
    response = engineer.get(START)
    assert "1 mail was given up: see why, and send it again" in text_of(response)
    link = reverse("admin:outbox_outboxmessage_changelist") + "?state__exact=given_up"
    assert f'href="{link}"' in response.content.decode()
    assert engineer.get(link).status_code == 200


def test_the_start_page_costs_the_same_queries_for_one_ticket_and_for_three(cast, engineer):
    raise_ticket(cast, NOW)
    engineer.get(START)  # calendars and policies are read once by each process
    counts = []
    for number in (0, 2):
        for _each in range(number):
            raise_ticket(cast, NOW)
        with CaptureQueriesContext(connection) as queries:
            engineer.get(START)
        counts.append(len(queries))
    assert counts == [counts[0], counts[0]]
    assert counts[0] <= 14


@pytest.mark.parametrize("role", [Role.DESK, Role.ENGINEER, Role.DESK_LEAD, Role.ADMINISTRATOR])
def test_every_role_of_the_desk_has_its_start_page(cast, role):
    response = signed_in(UserFactory(role=role)).get(START)
    assert (response.status_code, response.templates[0].name) == (200, "admin/desk/start.html")


@pytest.mark.parametrize("role", [Role.PARTNER, Role.PARTNER_ADMIN, Role.EXECUTIVE])
def test_nobody_else_has_one(cast, role):
    user = UserFactory(role=role)
    response = signed_in(user).get(START)
    assert (response.status_code, response.url) == (302, "/admin/login/?next=/admin/")
    assert signed_in(user).get(response.url).status_code == 403


def test_without_signing_in_one_is_led_to_the_portals_own_login(client, db):
    response = client.get(START, follow=True)
    assert response.redirect_chain[-1][0].startswith("/entrar/")
