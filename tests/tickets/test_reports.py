"""A month worked out by hand, who may read it, and that it comes out the same when it is asked for again."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lynnsupport.accounts.domain.roles import Role
from sla.domain.clock_events import Ground
from tests.factories import ContactFactory, UserFactory
from tickets.domain.compliance import Tally
from tickets.domain.intake import Channel
from tickets.models import Ticket
from tickets.operations import (
    answer_customer,
    exclude,
    open_ticket,
    record_call,
    record_resolution,
    record_restoration,
    sweep_clocks,
)

from .pages import signed_in, text_of
from .stories import Cast, answers, chile, make_cast, raise_ticket

NOW = chile("2026-12-10 12:00")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _december():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lead(cast):
    return signed_in(cast.desk_lead)


def page(client, **asked):
    return client.get(reverse("reports:month"), asked)


def shares(response, which="promises"):
    return {
        row.label: (row.counts.met, row.counts.late, row.counts.missed, row.share)
        for row in response.context[which]
    }


def november(cast: Cast) -> dict[str, Ticket]:
    """Four tickets of severity 2 (first response in 1 business hour, restoration in 8), all of a morning:

    - in time: answered after 30 minutes, restored after 4 hours (10:00-13:00, 14:00-15:00)
    - late: answered after 1 h 30 min, restored on the second day at 12:00: 7 h and 3 h are 10 hours
    - never: nobody has answered or restored it
    - excused: answered after 20 minutes, restoration lifted by a third party
    """
    made = {}
    for name, day in (("in time", "23"), ("late", "24"), ("never", "25"), ("excused", "26")):
        made[name] = raise_ticket(cast, chile(f"2026-11-{day} 10:00"), subject=name)
    answer_customer(made["in time"], by=cast.engineer, body="Sí", now=chile("2026-11-23 10:30"))
    record_restoration(made["in time"], by=cast.engineer, now=chile("2026-11-23 15:00"))
    record_resolution(made["in time"], by=cast.engineer, now=chile("2026-11-24 10:00"))
    answer_customer(made["late"], by=cast.engineer, body="Sí", now=chile("2026-11-24 11:30"))
    record_restoration(made["late"], by=cast.engineer, now=chile("2026-11-25 12:00"))
    answer_customer(made["excused"], by=cast.engineer, body="Sí", now=chile("2026-11-26 10:20"))
    exclude(
        made["excused"], by=cast.engineer, ground=Ground.THIRD_PARTY, provider="Nube Austral",
        finding="Su panel", now=chile("2026-11-26 11:00"),
    )  # fmt: skip
    sweep_clocks(now=NOW)
    return made


@pytest.mark.rule("RST-7")
def test_a_month_worked_out_by_hand(cast, lead):
    made = november(cast)
    shown = page(lead, mes="2026-11")
    assert shares(shown) == {
        "First response · Severity 2 · high": (2, 1, 1, "50.0 %"),
        "Restoration · Severity 2 · high": (1, 1, 1, "33.3 %"),
    }
    assert [row.counts.excused for row in shown.context["promises"]] == [0, 1]
    assert shares(shown, "partners") == {cast.partner.name: (3, 2, 2, "42.8 %")}
    times = {time.what: (time.count, time.median, time.ninetieth) for time in shown.context["times"]}
    assert times == {
        # 20, 30 and 90 minutes
        "First response · Severity 2 · high": (3, timedelta(minutes=30), timedelta(minutes=90)),
        "Restoration · Severity 2 · high": (2, timedelta(hours=4), timedelta(hours=10)),
        # Monday 10:00-13:00, 14:00-18:00 and Tuesday 09:00-10:00
        "Resolution": (1, timedelta(hours=8), timedelta(hours=8)),
    }
    breaches = [(case.number, clock, case.overdue) for case, clock, _severity in shown.context["breaches"]]
    assert breaches == [
        (made["late"].number, "First response", timedelta(minutes=30)),
        (made["late"].number, "Restoration", timedelta(hours=2)),
        (made["never"].number, "First response", shown.context["breaches"][2][0].overdue),
        (made["never"].number, "Restoration", shown.context["breaches"][3][0].overdue),
    ]


def test_a_deadline_belongs_to_the_month_in_which_it_was_decided(cast, lead):
    # due on 1 December at 09:30 (30 minutes on Monday 30 November): met in November, missed in December
    early, missed = (raise_ticket(cast, chile("2026-11-30 17:30"), subject=name) for name in ("a", "b"))
    answer_customer(early, by=cast.engineer, body="Sí", now=chile("2026-11-30 17:40"))
    sweep_clocks(now=NOW)
    assert shares(page(lead, mes="2026-11")) == {"First response · Severity 2 · high": (1, 0, 0, "100.0 %")}
    december = shares(page(lead, mes="2026-12"))
    assert december["First response · Severity 2 · high"] == (0, 0, 1, "0.0 %")
    assert missed.number in text_of(page(lead, mes="2026-12"))


def test_a_past_report_comes_out_the_same_whatever_is_entered_afterwards(cast, lead):
    made = november(cast)
    before = page(lead, mes="2026-11", al=NOW.isoformat())
    figures = [shares(before, which) for which in ("promises", "partners", "customers")]
    # a call of 25 November, entered a day later, disproves a breach
    later = NOW + timedelta(days=1)
    record_call(
        made["never"], by=cast.engineer, contact=cast.designated, called_at=chile("2026-11-25 10:10"),
        summary="Hablamos", now=later,
    )  # fmt: skip
    with time_machine.travel(later, tick=False):
        lead = signed_in(cast.desk_lead)
        again = page(lead, mes="2026-11", al=NOW.isoformat())
        assert [shares(again, which) for which in ("promises", "partners", "customers")] == figures
        # without the instant the report knows better: the control of the line above
        assert shares(page(lead, mes="2026-11"))["First response · Severity 2 · high"] == (3, 1, 0, "75.0 %")


def test_the_address_of_the_report_repeats_it(cast, lead):
    november(cast)
    shown = page(lead, mes="2026-11")
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        again = signed_in(cast.desk_lead).get(shown.context["again"])
    assert (again.context["report"].told_by, shares(again)) == (NOW, shares(shown))


def test_the_year_has_a_month_without_cases_as_such(cast, lead):
    november(cast)
    trend = page(lead, mes="2026-11").context["trend"]
    assert len(trend) == 12
    assert (trend[0].responses.share, trend[0].response_height) == ("no cases", None)
    assert (trend[-1].responses.counts, trend[-1].response_height) == (Tally(met=2, late=1, missed=1), 500)


# ---------- what is asked for ----------


@pytest.mark.parametrize(
    ("asked", "month", "problem"),
    [
        ({}, "2026-12", ""),
        ({"mes": "ayer"}, "2026-12", "The month was not understood; write it as 2026-12."),
        ({"mes": "2027-01"}, "2026-12", "That month has not begun; this is the running one."),
        (
            {"mes": "2026-11", "al": "2026-12-01"},
            "2026-11",
            "The instant needs a date, a time and a zone, such as 2026-12-10T15:00:00+00:00.",
        ),
        ({"mes": "2026-11", "al": "2026-12-01T00:00:00+00:00"}, "2026-11", ""),
    ],
)
def test_what_cannot_be_understood_is_said(cast, lead, asked, month, problem):
    shown = page(lead, **asked)
    assert (str(shown.context["report"].month), shown.context["problem"]) == (month, problem)


# ---------- files ----------


def rows_of(response):
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


def test_the_files_hold_the_same_figures(cast, lead):
    made = november(cast)
    asked = {"mes": "2026-11"}
    compliance = rows_of(lead.get(reverse("reports:csv", args=["cumplimiento"]), asked))
    assert compliance[:3] == [
        ["month", "group", "first", "second", "met", "late", "missed", "excused", "share"],
        ["2026-11", "promise", "first_response", "2", "2", "1", "1", "0", "1/2"],
        ["2026-11", "promise", "restoration", "2", "1", "1", "1", "1", "1/3"],
    ]
    breaches = rows_of(lead.get(reverse("reports:csv", args=["incumplimientos"]), asked))
    assert [row[1] for row in breaches[1:]] == [made["late"].number] * 2 + [made["never"].number] * 2
    assert [row[-1] for row in breaches[1:3]] == ["1800", "7200"]
    assert lead.get(reverse("reports:csv", args=["nada"])).status_code == 404


@pytest.mark.parametrize("name", ["=1+1", "+56", "-3", "@SUM(A1)", "\tx", "=HYPERLINK(0)"])
def test_a_name_that_looks_like_a_formula_is_a_text(cast, lead, name):
    type(cast.customer).objects.filter(pk=cast.customer.pk).update(name=name)
    november(cast)
    rows = rows_of(lead.get(reverse("reports:csv", args=["incumplimientos"]), {"mes": "2026-11"}))
    assert {row[6] for row in rows[1:]} == {f"'{name}"}


# ---------- who ----------


def test_an_executive_reads_about_their_partners_alone(cast):
    other = make_cast(at=NOW)
    for each in (cast, other):
        november(each)
    [mine] = shares(page(signed_in(cast.executive), mes="2026-11"), "partners")
    assert mine == cast.partner.name
    assert len(shares(page(signed_in(cast.desk_lead), mes="2026-11"), "partners")) == 2


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.DESK_LEAD, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.EXECUTIVE, 200),
        (Role.ENGINEER, 403),
        (Role.DESK, 403),
        (Role.PARTNER_ADMIN, 403),
        (Role.PARTNER, 403),
    ],
)
@pytest.mark.parametrize("address", ["month", "csv"])
def test_who_may_read_reports(cast, role, status, address):
    user = ContactFactory(partner=cast.partner).user if role.startswith("partner") else UserFactory(role=role)
    type(user).objects.filter(pk=user.pk).update(role=role)
    user.refresh_from_db()
    client = signed_in(user)
    path = reverse("reports:month") if address == "month" else reverse("reports:csv", args=["tiempos"])
    assert client.get(path).status_code == status
    link = f'href="{reverse("reports:month")}"'
    assert (link in client.get(reverse("home")).content.decode()) == (status == 200)


def test_strangers_are_asked_to_sign_in(cast):
    assert Client().get(reverse("reports:month")).url.startswith("/entrar/")


# ---------- cost ----------


def test_the_report_costs_the_same_queries_for_one_ticket_and_for_nine(cast, lead):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert page(lead, mes="2026-11").status_code == 200
        return len(captured)

    november(cast)
    queries()
    few = queries()
    for number in range(8):
        said = answers(cast.tenant, detected_at=chile("2026-11-20 10:00"), subject=str(number))
        open_ticket(
            by=cast.designated.user, channel=Channel.PORTAL, answers=said, now=chile("2026-11-20 10:00")
        )
    sweep_clocks(now=NOW)
    assert queries() == few
