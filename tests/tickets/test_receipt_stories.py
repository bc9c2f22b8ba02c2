"""Ten stories, worked out by hand: what was promised, what counts, when it falls due, and in which words.

The shipped calendar of Chile is open Monday to Friday, 09:00-13:00 and 14:00-18:00 (eight hours a day).
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from lynnsupport.accounts.models import User
from sla.domain.clock_events import Ground
from tickets.models import SlaClock, Ticket
from tickets.operations import (
    answer_customer,
    ask_customer,
    decide_severity,
    exclude,
    propose_solution,
    record_call,
    reject_solution,
    reply_as_customer,
    revert_exclusion,
    sweep_clocks,
)

from .pages import signed_in, text_of
from .stories import chile, raise_ticket

SEVERITY_1 = {"impact_percent": 95}
SEVERITY_3 = {"impact_percent": 5}


class Receipt:
    """The receipt of one clock at an instant: as a page, and as the data for counting again."""

    def __init__(
        self, cast, ticket: Ticket, kind: str, at: datetime, *, zone: str = "America/Santiago"
    ) -> None:
        reader = cast.designated.user
        User.objects.filter(pk=reader.pk).update(time_zone=zone)
        with time_machine.travel(at, tick=False):
            client = signed_in(reader)
            self.page = client.get(reverse("tickets:receipt", args=[ticket.number, kind]))
            self.data = client.get(reverse("tickets:receipt_json", args=[ticket.number, kind])).json()
        self.sentences = self.page.context["sentences"]
        self.days = [(day.label, [*day.counted, *day.notes]) for day in self.page.context["days"]]
        assert_counts_again(self.data)


def assert_counts_again(data: dict) -> None:
    """The recipe of docs/receipts.md, followed minute by minute with nothing of the product."""
    if data["due_at"] is None or data["target"]["unit"] == "business_day_ends":
        return
    calendar = data["calendar"]["definition"]
    zone = ZoneInfo(calendar["time_zone"])
    pauses = [
        (datetime.fromisoformat(each["start"]), each["end"] and datetime.fromisoformat(each["end"]))
        for each in data["pauses"]
    ]

    def hours(text):
        for part in text.split():
            yield tuple(int(end[:2]) * 60 + int(end[3:]) for end in part.split("-"))

    def is_open(at):
        if data["target"]["unit"] == "elapsed_minutes":
            return True
        local = at.astimezone(zone)
        day, minute = local.date().isoformat(), local.hour * 60 + local.minute
        if day in calendar["special"]:
            text = calendar["special"][day]["hours"]
        elif day in calendar["closed"]:
            return False
        else:
            text = calendar["weekly_hours"][str(local.weekday())]
        return any(start <= minute < end for start, end in hours(text))

    at, counted = datetime.fromisoformat(data["counts_from"]), 0
    while counted < data["target"]["seconds"]:
        stands_still = any(start <= at and (end is None or at < end) for start, end in pauses)
        counted += 60 if is_open(at) and not stands_still else 0
        at += timedelta(minutes=1)
    assert at == datetime.fromisoformat(data["due_at"])
    done = data["stopped_at"] and datetime.fromisoformat(data["stopped_at"])
    if data["outcome"] in ("met", "met_late"):
        assert data["outcome"] == ("met" if done <= at else "met_late")


pytestmark = pytest.mark.django_db


@pytest.mark.rule("RSP-1")
def test_1_severity_1_over_midnight_is_counted_day_and_night(cast):
    # 23:50 + 15 minutes = 00:05 of the next day, open or not
    ticket = raise_ticket(cast, chile("2026-11-24 23:50"), **SEVERITY_1)
    receipt = Receipt(cast, ticket, "first_response", chile("2026-11-24 23:51"))
    assert receipt.sentences == [
        "First response: 15 minutes, day and night from Tue 24 Nov, 23:50 (Chile) "
        "→ Wed 25 Nov, 00:05 (Chile)."
    ]
    assert receipt.days == [("Tue 24 Nov", ["23:50–24:00"]), ("Wed 25 Nov", ["00:00–00:05"])]


@pytest.mark.rule("RST-2")
def test_2_severity_2_over_a_weekend(cast):
    # Friday 15:00-18:00 = 3 h; Saturday, Sunday closed; Monday 09:00-13:00 = 4 h (7 h), 14:00-15:00 (8 h)
    ticket = raise_ticket(cast, chile("2026-11-27 15:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-11-27 15:00"))
    assert receipt.sentences == [
        "Restoration: 1 business day from Fri 27 Nov, 15:00 (Chile) → Mon 30 Nov, 15:00 (Chile), "
        "because on Fri 27 Nov, 18:00 (Chile) it closed."
    ]
    assert receipt.days == [
        ("Fri 27 Nov", ["15:00–18:00"]),
        ("Sat 28 Nov – Sun 29 Nov", ["closed"]),
        ("Mon 30 Nov", ["09:00–13:00", "14:00–15:00"]),
    ]


@pytest.mark.rule("SUP-1")
def test_3_a_public_holiday_is_skipped_and_named(cast):
    # Monday 16:00-18:00 = 2 h; Tuesday is the Immaculate Conception; Wednesday 4 h (6 h) + 2 h (8 h)
    ticket = raise_ticket(cast, chile("2026-12-07 16:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-07 16:00"))
    assert receipt.data["due_at"] == chile("2026-12-09 16:00").astimezone(ZoneInfo("UTC")).isoformat()
    assert receipt.days == [
        ("Mon 7 Dec", ["16:00–18:00"]),
        ("Tue 8 Dec", ["holiday: La Inmaculada Concepción"]),
        ("Wed 9 Dec", ["09:00–13:00", "14:00–16:00"]),
    ]


@pytest.mark.rule("RSP-1", "RST-1")
def test_4_a_night_without_an_hour_is_told(cast):
    # Chile puts its clocks forward on 6 September 2026, from 00:00 to 01:00: 23:50 + 15 minutes = 01:05.
    # Restoration: Saturday and the short Sunday are closed; Monday 09:00-13:00 are the four business hours.
    ticket = raise_ticket(cast, chile("2026-09-05 23:50"), **SEVERITY_1)
    response = Receipt(cast, ticket, "first_response", chile("2026-09-05 23:50"))
    assert response.sentences == [
        "First response: 15 minutes, day and night from Sat 5 Sep, 23:50 (Chile) → Sun 6 Sep, 01:05 (Chile)."
    ]
    assert response.days == [
        ("Sat 5 Sep", ["23:50–24:00"]),
        ("Sun 6 Sep", ["01:00–01:05", "the clocks were put forward: this day had 23 h"]),
    ]
    restoration = Receipt(cast, ticket, "restoration", chile("2026-09-05 23:50"))
    assert restoration.days == [
        ("Sat 5 Sep", ["closed"]),
        ("Sun 6 Sep", ["closed", "the clocks were put forward: this day had 23 h"]),
        ("Mon 7 Sep", ["09:00–13:00"]),
    ]


@pytest.mark.rule("RST-6", "COP-1")
def test_5_waiting_for_the_customer_does_not_count(cast):
    # Tuesday 09:00-10:00 = 1 h; waits until 12:00; 12:00-13:00 = 1 h (2 h), 14:00-18:00 = 4 h (6 h);
    # Wednesday 09:00-11:00 = 2 h (8 h)
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"))
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=chile("2026-12-01 10:00"))
    reply_as_customer(ticket, by=cast.designated.user, body="La 4711", now=chile("2026-12-01 12:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-01 12:00"))
    assert receipt.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile) → Wed 2 Dec, 11:00 (Chile), "
        "because the clock stood still: waiting for the customer."
    ]


@pytest.mark.rule("EXC-1", "EXC-3")
def test_6_an_exclusion_lifts_the_deadline_and_its_reversal_brings_it_back_as_it_was(cast):
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"))
    exclusion = exclude(
        ticket, by=cast.engineer, ground=Ground.THIRD_PARTY, provider="Nube Austral", finding="Su panel.",
        now=chile("2026-12-01 11:00"),
    )  # fmt: skip
    lifted = Receipt(cast, ticket, "restoration", chile("2026-12-03 12:00"))
    assert lifted.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile).",
        "Since Tue 1 Dec, 11:00 (Chile) no deadline applies, because it originates in a third party (EXC-1).",
    ]
    assert lifted.days == [("Tue 1 Dec", ["09:00–11:00"])]
    revert_exclusion(exclusion, by=cast.engineer, reason="Era nuestro.", now=chile("2026-12-03 12:00"))
    # as if it had never been: Tuesday 09:00-18:00 are the eight hours
    back = Receipt(cast, ticket, "restoration", chile("2026-12-03 12:00"))
    assert back.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile) → Tue 1 Dec, 18:00 (Chile), "
        "because on Tue 1 Dec, 13:00 (Chile) it closed.",
        "It was not done by then: the deadline is breached (RST-7).",
    ]
    assert back.data["exclusions"] == [
        {
            "start": "2026-12-01T14:00:00+00:00",
            "reverted_at": "2026-12-03T15:00:00+00:00",
            "ground": "third_party",
        }
    ]


@pytest.mark.rule("SEV-5")
def test_7_a_graver_severity_counts_from_the_change_where_its_deadline_would_be_over(cast):
    # Severity 3 since Monday 09:00; at 16:00 severity 1, whose deadline from 09:00 lies before 16:00: it
    # counts from the change, day and night, and never ends later than the old deadline.
    ticket = raise_ticket(cast, chile("2026-11-30 09:00"), **SEVERITY_3)
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Grave", now=chile("2026-11-30 16:00"))
    receipt = Receipt(cast, ticket, "first_response", chile("2026-11-30 16:01"))
    due = datetime.fromisoformat(receipt.data["due_at"])
    assert receipt.data["started_at"] == chile("2026-11-30 09:00").astimezone(ZoneInfo("UTC")).isoformat()
    assert due == min(
        datetime.fromisoformat(each["counts_from"]) + timedelta(seconds=each["seconds"])
        if each["unit"] == "elapsed_minutes"
        else due
        for each in receipt.data["promises"]
    )
    assert [event["kind"] for event in receipt.data["events"]][:2] == ["started", "retargeted"]


@pytest.mark.rule("RSP-4")
def test_8_each_answer_of_the_customer_has_a_deadline_and_an_address_of_its_own(cast):
    # severity 2: answered on Monday; the customer writes on Monday 17:30 and again on Tuesday 10:00
    ticket = raise_ticket(cast, chile("2026-11-30 15:00"))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=chile("2026-11-30 15:10"))
    reply_as_customer(ticket, by=cast.designated.user, body="¿Y?", now=chile("2026-11-30 17:30"))
    answer_customer(ticket, by=cast.engineer, body="Seguimos", now=chile("2026-12-01 09:10"))
    reply_as_customer(ticket, by=cast.designated.user, body="¿Aún?", now=chile("2026-12-01 10:00"))
    clocks = SlaClock.objects.filter(ticket=ticket, kind="next_response").order_by("id")
    starts = []
    with time_machine.travel(chile("2026-12-01 10:00"), tick=False):
        client = signed_in(cast.designated.user)
        for clock in clocks:
            page = client.get(reverse("tickets:receipt", args=[ticket.number, "next_response", clock.pk]))
            starts.append(page.context["sentences"][0].partition(" → ")[0])
        foreign = reverse("tickets:receipt", args=[ticket.number, "restoration", clocks[0].pk])
        assert client.get(foreign).status_code == 404
    assert starts == [
        "Next response: 1 business hour from Mon 30 Nov, 17:30 (Chile)",
        "Next response: 1 business hour from Tue 1 Dec, 10:00 (Chile)",
    ]


@pytest.mark.rule("RST-7")
def test_9_done_too_late_says_by_how_much_of_what_counts(cast):
    # Due on Tuesday 09:30 (17:30-18:00 and 09:00-09:30); answered at 10:15: 45 minutes of business time late
    ticket = raise_ticket(cast, chile("2026-11-30 17:30"))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=chile("2026-12-01 10:15"))
    receipt = Receipt(cast, ticket, "first_response", chile("2026-12-01 11:00"))
    assert receipt.sentences[1:] == [
        "It was done on Tue 1 Dec, 10:15 (Chile), 45 min too late: the deadline was breached (RST-7)."
    ]


@pytest.mark.rule("RST-7")
def test_10_a_breach_that_a_call_entered_later_disproves_stays_on_record_as_such(cast):
    ticket = raise_ticket(cast, chile("2026-11-30 17:30"))
    sweep_clocks(now=chile("2026-12-01 09:31"))
    record_call(
        ticket, by=cast.engineer, contact=cast.designated, called_at=chile("2026-11-30 17:45"),
        summary="Hablamos", now=chile("2026-12-01 10:00"),
    )  # fmt: skip
    receipt = Receipt(cast, ticket, "first_response", chile("2026-12-01 10:00"))
    assert receipt.sentences[1:] == [
        "It was done on Mon 30 Nov, 17:45 (Chile), in time.",
        "A breach at Tue 1 Dec, 09:30 (Chile) had been recorded; what was entered afterwards shows that "
        "there was none. The record stays, marked as disproved.",
    ]
    assert (receipt.data["breached_at"], receipt.data["disproved_breach_at"]) == (
        None,
        "2026-12-01T12:30:00+00:00",
    )
    assert "entered" in text_of(receipt.page)


@pytest.mark.rule("CRP-2")
def test_a_rejected_solution_goes_on_without_the_time_that_it_counted_as_done(cast):
    # Tuesday 09:00-10:00 = 1 h; done until 11:00; 11:00-13:00, 14:00-18:00 = 6 h (7 h); Wednesday 1 h (8 h)
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"))
    propose_solution(ticket, by=cast.engineer, body="Listo", now=chile("2026-12-01 10:00"))
    reject_solution(ticket, by=cast.designated.user, reason="No", now=chile("2026-12-01 11:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-01 11:00"))
    assert receipt.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile) → Wed 2 Dec, 10:00 (Chile), "
        "because the clock stood still: it counted as done until it proved not to hold."
    ]


@pytest.mark.rule("SEV-5")
def test_a_deadline_that_a_change_of_severity_ended_says_what_ended_it(cast):
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"), **SEVERITY_1)
    decide_severity(ticket, by=cast.engineer, severity=2, reason="Menos", now=chile("2026-12-01 09:05"))
    receipt = Receipt(cast, ticket, "restoration_goal", chile("2026-12-01 09:05"))
    assert receipt.sentences[1:] == [
        "It ended without effect on Tue 1 Dec, 09:05 (Chile): "
        "Severity decided: Severity 1 · critical → Severity 2 · high."
    ]


def test_a_fault_in_the_data_does_not_count_again(cast):
    """The control of the recipe itself."""
    ticket = raise_ticket(cast, chile("2026-11-27 15:00"))
    data = Receipt(cast, ticket, "restoration", chile("2026-11-27 15:00")).data
    with pytest.raises(AssertionError):
        assert_counts_again(data | {"due_at": "2026-11-30T18:01:00+00:00"})


def test_the_recipe_is_documented_with_every_name_it_gives(cast):
    ticket = raise_ticket(cast, chile("2026-11-27 15:00"))
    data = Receipt(cast, ticket, "restoration", chile("2026-11-27 15:00")).data
    documented = (Path(__file__).parents[2] / "docs/receipts.md").read_text()
    assert [name for name in data if f"`{name}`" not in documented] == []
    assert json.loads(json.dumps(data)) == data


def test_the_picture_has_a_bar_for_every_row_and_says_the_same_as_the_table(cast):
    ticket = raise_ticket(cast, chile("2026-11-27 15:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-11-27 16:00"))
    bars = receipt.page.context["bars"]
    assert [bar.label for bar in bars] == [label for label, _counted in receipt.days]
    friday = bars[0]
    assert [(part.look, part.x, part.width) for part in friday.parts] == [
        ("open", 540, 240),  # 09:00-13:00
        ("open", 840, 240),
        ("counted", 900, 180),  # 15:00-18:00
    ]
    assert [(mark.look, mark.x) for mark in friday.marks] == [("start", 900), ("now", 960)]
    assert "style=" not in receipt.page.content.decode()
