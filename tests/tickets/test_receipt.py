"""The receipt of a deadline: counted day by day, told in one sentence, given as data."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from lynnsupport.accounts.models import User
from tickets.models import Ticket
from tickets.operations import answer_customer, ask_customer, decide_severity, reply_as_customer

from .pages import signed_in, text_of
from .stories import chile, raise_ticket

MONDAY = chile("2026-11-30 17:30")


@pytest.fixture(autouse=True)
def travel():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def page(client, ticket: Ticket, kind: str):
    return client.get(reverse("tickets:receipt", args=[ticket.number, kind]))


def data(client, ticket: Ticket, kind: str) -> dict:
    return client.get(reverse("tickets:receipt_json", args=[ticket.number, kind])).json()


@pytest.mark.rule("RSP-2")
def test_a_response_that_runs_over_closing_says_why(client, cast):
    ticket = raise_ticket(cast, MONDAY)
    shown = page(client, ticket, "first_response")
    assert shown.context["sentences"][0] == (
        "First response: 1 business hour from Mon 30 Nov, 17:30 (Chile) → Tue 1 Dec, 09:30 (Chile), "
        "because on Mon 30 Nov, 18:00 (Chile) it closed."
    )
    assert [(day.label, day.counted, day.length, day.left) for day in shown.context["days"]] == [
        ("Mon 30 Nov", ["17:30–18:00"], timedelta(minutes=30), timedelta(minutes=30)),
        ("Tue 1 Dec", ["09:00–09:30"], timedelta(minutes=30), timedelta(0)),
    ]
    assert "RSP-2" in text_of(shown)
    assert "version 1" in text_of(shown)


@pytest.mark.rule("RSP-1")
def test_elapsed_time_is_told_on_the_readers_days(client, cast):
    User.objects.filter(pk=cast.designated.user.pk).update(time_zone="America/Lima")
    ticket = raise_ticket(cast, MONDAY, impact_percent=95)
    shown = page(client, ticket, "first_response")
    assert shown.context["sentences"][0] == (
        "First response: 15 minutes, day and night from Mon 30 Nov, 15:30 (Peru) → Mon 30 Nov, 15:45 (Peru)."
    )


@pytest.mark.rule("SUP-1")
def test_holidays_are_named_and_closed_days_stand_in_one_row(cast, travel):
    # Friday afternoon; Tuesday 8 December is a public holiday in Chile
    friday = chile("2026-12-04 17:00")
    travel.move_to(friday)
    ticket = raise_ticket(cast, friday, impact_percent=5)
    days = page(signed_in(cast.designated.user), ticket, "restoration").context["days"]
    assert [(day.label, day.counted, day.notes) for day in days] == [
        ("Fri 4 Dec", ["17:00–18:00"], []),
        ("Sat 5 Dec – Sun 6 Dec", [], ["closed"]),
        ("Mon 7 Dec", ["09:00–13:00", "14:00–18:00"], []),
        ("Tue 8 Dec", [], ["holiday: La Inmaculada Concepción"]),
        ("Wed 9 Dec", ["09:00–13:00", "14:00–17:00"], []),
    ]
    assert [day.used for day in days][-1] == timedelta(hours=16)


@pytest.mark.rule("RST-6")
def test_a_pause_is_named_with_its_reason_and_moves_the_deadline(client, cast, travel):
    morning = chile("2026-12-01 09:00")
    travel.move_to(morning)
    ticket = raise_ticket(cast, morning)
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=chile("2026-12-01 10:00"))
    travel.move_to(chile("2026-12-01 11:00"))
    still = page(client, ticket, "restoration")
    assert still.context["sentences"][0].endswith(
        "no deadline yet, because the clock stands still: waiting for the customer."
    )
    assert still.context["receipt"].used == timedelta(hours=1)
    reply_as_customer(ticket, by=cast.designated.user, body="La 4711", now=chile("2026-12-01 12:00"))
    travel.move_to(chile("2026-12-01 12:00"))
    moved = page(client, ticket, "restoration")
    assert moved.context["receipt"].due_at == chile("2026-12-02 11:00")
    assert [day.counted for day in moved.context["days"]] == [
        ["09:00–10:00", "12:00–13:00", "14:00–18:00"],
        ["09:00–11:00"],
    ]
    assert "because the clock stood still: waiting for the customer" in moved.context["sentences"][0]


@pytest.mark.rule("SEV-5")
def test_a_deadline_that_counts_from_a_change_of_severity_says_so(client, cast, travel):
    ticket = raise_ticket(cast, chile("2026-11-30 09:00"), impact_percent=5)
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Más grave", now=chile("2026-11-30 16:00"))
    travel.move_to(chile("2026-11-30 16:00"))
    shown = page(client, ticket, "restoration")
    assert shown.context["receipt"].follows_change is True
    assert "the change of severity (SEV-5)" in text_of(shown)


def test_the_data_adds_up(client, cast):
    ticket = raise_ticket(cast, MONDAY)
    told = data(client, ticket, "restoration")
    assert {name: told[name] for name in ("ticket", "clock", "rule", "state", "due_at")} == {
        "ticket": ticket.number,
        "clock": "restoration",
        "rule": "RST-2",
        "state": "running",
        "due_at": "2026-12-01T20:30:00+00:00",
    }
    assert told["target"] == {"severity": 2, "amount": 1, "unit": "business_days", "seconds": 28_800}
    counted = sum(
        (datetime.fromisoformat(part["end"]) - datetime.fromisoformat(part["start"])).total_seconds()
        for part in told["counted"]
    )
    assert counted == told["target"]["seconds"]
    assert told["consumed_seconds"] + told["remaining_seconds"] == told["target"]["seconds"]
    assert set(told["policy"]) == {"code", "version", "digest"}


@pytest.mark.rule("RST-7")
def test_a_met_and_a_breached_deadline_keep_both_times(client, cast, travel):
    ticket = raise_ticket(cast, MONDAY)
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=chile("2026-12-01 09:30"))
    assert data(client, ticket, "first_response")["state"] == "met"
    late = raise_ticket(cast, MONDAY)
    answer_customer(late, by=cast.engineer, body="Lo vemos", now=chile("2026-12-01 09:31"))
    told = data(client, late, "first_response")
    assert (told["state"], told["breached_at"], told["stopped_at"]) == (
        "breached",
        "2026-12-01T12:30:00+00:00",
        "2026-12-01T12:31:00+00:00",
    )


@pytest.mark.parametrize("kind", ["restoration_goal", "nonsense"])
def test_a_deadline_the_ticket_does_not_have_is_absent(client, cast, kind):
    ticket = raise_ticket(cast, MONDAY)  # severity 2 has no goal
    assert page(client, ticket, kind).status_code == 404
