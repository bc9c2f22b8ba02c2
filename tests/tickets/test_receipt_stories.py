"""Stories worked out by hand: what was promised, what counts, when it falls due, and in which words.

The shipped calendar of Chile is open Monday to Friday, 09:00-13:00 and 14:00-18:00 (eight hours a day). Every
receipt read here is also counted again from its own data alone (`receipt_pages`).
"""

from datetime import date

import pytest

from lynnsupport.accounts.domain.roles import Role
from sla.domain.clock_events import Ground
from sla.models import BusinessCalendar, CalendarDay, PolicyTarget, SlaPolicy
from sla.operations import draft_policy, publish_calendar, publish_policy
from tests.factories import UserFactory
from tickets.models import SlaClock
from tickets.operations import (
    answer_customer,
    apply_versions,
    ask_customer,
    decide_severity,
    exclude,
    propose_solution,
    record_call,
    record_reached,
    record_unreachable,
    reject_solution,
    reply_as_customer,
    revert_exclusion,
    sweep_clocks,
)

from .pages import text_of
from .receipt_pages import SEVERITY_1, SEVERITY_3, Receipt, iso
from .stories import chile, raise_ticket

pytestmark = pytest.mark.django_db


def counted(receipt: Receipt) -> list[tuple[str, str, int, int]]:
    """Each interval that counts: from, to, its seconds, the sum so far."""
    names = ("start", "end", "seconds", "total_seconds")
    return [tuple(part[name] for name in names) for part in receipt.data["counted"]]


@pytest.mark.rule("RSP-1")
def test_1_severity_1_over_midnight_is_counted_day_and_night(cast):
    # 23:50-24:00 = 10 min; 00:00-00:05 = 5 min (15 min), open or not
    ticket = raise_ticket(cast, chile("2026-11-24 23:50"), **SEVERITY_1)
    receipt = Receipt(cast, ticket, "first_response", chile("2026-11-24 23:51"))
    assert receipt.due_at == chile("2026-11-25 00:05")
    assert receipt.sentences == [
        "First response: 15 minutes, day and night from Tue 24 Nov, 23:50 (Chile) → "
        "Wed 25 Nov, 00:05 (Chile)."
    ]
    assert receipt.days == [("Tue 24 Nov", ["23:50–24:00"]), ("Wed 25 Nov", ["00:00–00:05"])]


@pytest.mark.rule("RST-2")
def test_2_severity_2_over_a_weekend(cast):
    # Friday 15:00-18:00 = 3 h; the weekend is closed; Monday 09:00-13:00 = 4 h (7 h), 14:00-15:00 = 1 h (8 h)
    ticket = raise_ticket(cast, chile("2026-11-27 15:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-11-27 15:00"))
    assert receipt.due_at == chile("2026-11-30 15:00")
    assert receipt.sentences == [
        "Restoration: 1 business day from Fri 27 Nov, 15:00 (Chile) → Mon 30 Nov, 15:00 (Chile), "
        "because on Fri 27 Nov, 18:00 (Chile) it closed."
    ]
    assert receipt.days == [
        ("Fri 27 Nov", ["15:00–18:00"]),
        ("Sat 28 Nov – Sun 29 Nov", ["closed"]),
        ("Mon 30 Nov", ["09:00–13:00", "14:00–15:00"]),
    ]
    assert counted(receipt) == [
        (iso(chile("2026-11-27 15:00")), iso(chile("2026-11-27 18:00")), 3 * 3600, 3 * 3600),
        (iso(chile("2026-11-30 09:00")), iso(chile("2026-11-30 13:00")), 4 * 3600, 7 * 3600),
        (iso(chile("2026-11-30 14:00")), iso(chile("2026-11-30 15:00")), 1 * 3600, 8 * 3600),
    ]


@pytest.mark.rule("SUP-1")
def test_3_a_public_holiday_is_skipped_and_named(cast):
    # Monday 7 December 16:00-18:00 = 2 h; Tuesday is the Immaculate Conception; Wednesday 09:00-13:00 = 4 h
    # (6 h), 14:00-16:00 = 2 h (8 h)
    ticket = raise_ticket(cast, chile("2026-12-07 16:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-07 16:00"))
    assert receipt.due_at == chile("2026-12-09 16:00")
    assert receipt.sentences == [
        "Restoration: 1 business day from Mon 7 Dec, 16:00 (Chile) → Wed 9 Dec, 16:00 (Chile), "
        "because on Mon 7 Dec, 18:00 (Chile) it closed.",
        "Tue 8 Dec does not count, because it is a holiday: La Inmaculada Concepción.",
    ]
    assert receipt.days == [
        ("Mon 7 Dec", ["16:00–18:00"]),
        ("Tue 8 Dec", ["holiday: La Inmaculada Concepción"]),
        ("Wed 9 Dec", ["09:00–13:00", "14:00–16:00"]),
    ]
    assert receipt.data["holidays"] == [{"date": "2026-12-08", "name": "La Inmaculada Concepción"}]


@pytest.mark.rule("SUP-1")
def test_4_a_short_day_counts_for_what_it_is_open(cast):
    # Wednesday 15:00-18:00 = 3 h; Thursday 24 December 09:00-12:00 only = 3 h (6 h); Friday is Christmas; the
    # weekend is closed; Monday 09:00-11:00 = 2 h (8 h)
    calendar = BusinessCalendar.objects.get(is_default=True)
    CalendarDay.objects.create(
        calendar=calendar, date=date(2026, 12, 24), kind="special", hours="09:00-12:00", name="Nochebuena"
    )
    published = chile("2026-12-22 09:00")
    publish_calendar(calendar, by=None, effective_at=published, now=published)
    ticket = raise_ticket(cast, chile("2026-12-23 15:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-23 15:00"))
    assert receipt.due_at == chile("2026-12-28 11:00")
    assert receipt.sentences == [
        "Restoration: 1 business day from Wed 23 Dec, 15:00 (Chile) → Mon 28 Dec, 11:00 (Chile), "
        "because on Wed 23 Dec, 18:00 (Chile) it closed.",
        "On Thu 24 Dec business hours are not the usual ones: Nochebuena.",
        "Fri 25 Dec does not count, because it is a holiday: Navidad.",
    ]
    assert receipt.days == [
        ("Wed 23 Dec", ["15:00–18:00"]),
        ("Thu 24 Dec", ["09:00–12:00", "hours of its own: Nochebuena"]),
        ("Fri 25 Dec", ["holiday: Navidad"]),
        ("Sat 26 Dec – Sun 27 Dec", ["closed"]),
        ("Mon 28 Dec", ["09:00–11:00"]),
    ]
    assert receipt.data["special_days"] == [
        {"date": "2026-12-24", "name": "Nochebuena", "hours": "09:00-12:00"}
    ]


@pytest.mark.rule("RSP-1", "RST-1")
def test_5_the_clocks_of_chile_go_forward(cast):
    # On Sunday 6 September 2026 the clocks go from 00:00 to 01:00: 23:50 + 10 min = 01:00, + 5 min = 01:05.
    # Restoration: Saturday and the short Sunday are closed; Monday 09:00-13:00 are the four business hours.
    ticket = raise_ticket(cast, chile("2026-09-05 23:50"), **SEVERITY_1)
    response = Receipt(cast, ticket, "first_response", chile("2026-09-05 23:50"))
    assert response.due_at == chile("2026-09-06 01:05")
    assert response.sentences == [
        "First response: 15 minutes, day and night from Sat 5 Sep, 23:50 (Chile) → Sun 6 Sep, 01:05 (Chile).",
        "On Sun 6 Sep the clocks go forward: the day has 23 h, of which 5 min count.",
    ]
    assert response.days == [
        ("Sat 5 Sep", ["23:50–24:00"]),
        ("Sun 6 Sep", ["01:00–01:05", "the clocks were put forward: this day had 23 h"]),
    ]
    restoration = Receipt(cast, ticket, "restoration", chile("2026-09-05 23:50"))
    assert restoration.due_at == chile("2026-09-07 13:00")
    assert restoration.days == [
        ("Sat 5 Sep", ["closed"]),
        ("Sun 6 Sep", ["closed", "the clocks were put forward: this day had 23 h"]),
        ("Mon 7 Sep", ["09:00–13:00"]),
    ]


@pytest.mark.rule("RSP-1")
def test_6_the_clocks_of_chile_go_back(cast):
    # On Saturday 3 April 2027 the clocks go from 24:00 to 23:00, so the day has 25 hours: 23:50 + 10 min is
    # 23:00 for the second time, + 5 min = 23:05 (-04).
    ticket = raise_ticket(cast, chile("2027-04-03 23:50"), **SEVERITY_1)
    receipt = Receipt(cast, ticket, "first_response", chile("2027-04-03 23:50"))
    assert receipt.data["due_at"] == "2027-04-04T03:05:00+00:00"
    assert receipt.sentences == [
        "First response: 15 minutes, day and night from Sat 3 Apr, 23:50 (Chile) → Sat 3 Apr, 23:05 (Chile).",
        "On Sat 3 Apr the clocks go back: the day has 25 h, of which 15 min count.",
    ]
    assert receipt.data["clock_changes"] == [
        {"date": "2027-04-03", "day_seconds": 25 * 3600, "counted_seconds": 15 * 60}
    ]
    # The next day, and for a reader elsewhere, there is nothing to tell.
    later = raise_ticket(cast, chile("2027-04-04 00:00"), **SEVERITY_1)
    assert Receipt(cast, later, "first_response", chile("2027-04-04 00:00")).data["clock_changes"] == []
    in_peru = Receipt(cast, ticket, "first_response", chile("2027-04-03 23:50"), zone="America/Lima")
    assert in_peru.sentences == [
        "First response: 15 minutes, day and night from Sat 3 Apr, 21:50 (Peru) → Sat 3 Apr, 22:05 (Peru)."
    ]


@pytest.mark.rule("RST-6", "COP-1")
def test_7_waiting_for_the_customer_does_not_count(cast):
    # Tuesday 09:00-10:00 = 1 h; waits until 12:00; 12:00-13:00 = 1 h (2 h), 14:00-18:00 = 4 h (6 h);
    # Wednesday 09:00-11:00 = 2 h (8 h)
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"))
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=chile("2026-12-01 10:00"))
    waiting = Receipt(cast, ticket, "restoration", chile("2026-12-01 11:00"))
    assert waiting.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile); no deadline yet, because the clock "
        "stands still: waiting for the customer."
    ]
    reply_as_customer(ticket, by=cast.designated.user, body="La 4711", now=chile("2026-12-01 12:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-01 12:00"))
    assert receipt.due_at == chile("2026-12-02 11:00")
    assert receipt.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile) → Wed 2 Dec, 11:00 (Chile), "
        "because the clock stood still: waiting for the customer."
    ]
    assert receipt.data["pauses"] == [
        {
            "start": iso(chile("2026-12-01 10:00")),
            "end": iso(chile("2026-12-01 12:00")),
            "reason": "waiting_customer",
            "rule": "RST-6",
        }
    ]


@pytest.mark.rule("CON-5")
def test_8_a_contact_out_of_reach_stops_severity_1_from_counting(cast):
    # Tuesday 09:00-09:30 = 30 min; out of reach until 10:00; 10:00-13:00 = 3 h (3:30 h); 14:00-14:30 (4 h)
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"), **SEVERITY_1)
    record_unreachable(ticket, by=cast.engineer, words="No contesta", now=chile("2026-12-01 09:30"))
    record_reached(ticket, by=cast.engineer, words="Volvió", now=chile("2026-12-01 10:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-01 10:00"))
    assert receipt.due_at == chile("2026-12-01 14:30")
    assert [row.pauses for row in receipt.page.context["days"]] == [
        [
            "stood still from Tue 1 Dec, 09:30 (Chile) to Tue 1 Dec, 10:00 (Chile): the contact cannot be "
            "reached (CON-5)"
        ]
    ]


@pytest.mark.rule("EXC-1", "EXC-3")
def test_9_an_exclusion_lifts_the_deadline_and_its_reversal_brings_it_back_as_it_was(cast):
    # Tuesday 09:00-11:00 = 2 h until the exclusion
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"))
    exclusion = exclude(
        ticket, by=cast.engineer, ground=Ground.THIRD_PARTY, provider="Nube Austral", finding="Su panel.",
        now=chile("2026-12-01 11:00"),
    )  # fmt: skip
    lifted = Receipt(cast, ticket, "restoration", chile("2026-12-03 12:00"))
    assert (lifted.due_at, lifted.data["consumed_seconds"]) == (None, 2 * 3600)
    assert lifted.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile).",
        "Since Tue 1 Dec, 11:00 (Chile) no deadline applies, because it originates in a third party (EXC-1).",
    ]
    assert lifted.days == [("Tue 1 Dec", ["09:00–11:00"])]
    revert_exclusion(exclusion, by=cast.engineer, reason="Era nuestro.", now=chile("2026-12-03 12:00"))
    # as if it had never been: Tuesday 09:00-13:00 = 4 h, 14:00-18:00 = 4 h (8 h)
    back = Receipt(cast, ticket, "restoration", chile("2026-12-03 12:00"))
    assert back.due_at == chile("2026-12-01 18:00")
    assert back.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile) → Tue 1 Dec, 18:00 (Chile), "
        "because on Tue 1 Dec, 13:00 (Chile) it closed.",
        "It was not done by then: the deadline is breached (RST-7).",
        "It had been excluded on Tue 1 Dec, 11:00 (Chile), because it originates in a third party (EXC-1); "
        "that was reverted on Thu 3 Dec, 12:00 (Chile), and it counts as if it had never been (EXC-3).",
    ]
    assert back.data["exclusions"] == [
        {
            "start": iso(chile("2026-12-01 11:00")),
            "reverted_at": iso(chile("2026-12-03 12:00")),
            "ground": "third_party",
            "rule": "EXC-1",
        }
    ]


@pytest.mark.rule("SEV-5")
def test_10_a_graver_severity_counts_from_the_change_where_its_deadline_would_be_over(cast):
    # Severity 3 from Monday 09:00: 8 h that day and 8 h on Tuesday = 16 h, due on Tuesday 18:00. At 16:00 it
    # becomes severity 1: four business hours from 09:00 would end at 13:00, which is over, so they count from
    # the change: Monday 16:00-18:00 = 2 h, Tuesday 09:00-11:00 = 2 h (4 h), before the old deadline.
    ticket = raise_ticket(cast, chile("2026-11-30 09:00"), **SEVERITY_3)
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Grave", now=chile("2026-11-30 16:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-11-30 16:00"))
    assert receipt.due_at == chile("2026-12-01 11:00")
    assert receipt.sentences == [
        "Restoration: 4 business hours from Mon 30 Nov, 16:00 (Chile) → Tue 1 Dec, 11:00 (Chile), "
        "because on Mon 30 Nov, 18:00 (Chile) it closed.",
        "On Mon 30 Nov, 16:00 (Chile) severity 3 became severity 1: the target is 4 business hours instead "
        "of 2 business days (SEV-5).",
    ]
    assert receipt.data["changes"] == [
        {
            "at": iso(chile("2026-11-30 16:00")),
            "cause": "severity_decided",
            "before": {"severity": 3, "amount": 2, "unit": "business_days"},
            "after": {"severity": 1, "amount": 240, "unit": "business_minutes"},
            "due_before": iso(chile("2026-12-01 18:00")),
            "due_after": iso(chile("2026-12-01 11:00")),
            "is_kept": False,
        }
    ]
    # The goal exists for severity 1 alone: one hour from the change.
    goal = Receipt(cast, ticket, "restoration_goal", chile("2026-11-30 16:00"))
    assert goal.sentences == [
        "Restoration (goal): 1 business hour from Mon 30 Nov, 16:00 (Chile) → Mon 30 Nov, 17:00 (Chile).",
        "It applies since severity 1 was decided on Mon 30 Nov, 16:00 (Chile) (SEV-5).",
    ]


@pytest.mark.rule("RSP-4")
def test_11_each_answer_of_the_customer_has_a_deadline_and_an_address_of_its_own(cast):
    # Severity 2, one business hour: written on Monday 17:30 (17:30-18:00 and Tuesday 09:00-09:30 = 1 h),
    # answered on Tuesday 09:10; written again at 12:30 (12:30-13:00 and 14:00-14:30 = 1 h)
    ticket = raise_ticket(cast, chile("2026-11-30 15:00"))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=chile("2026-11-30 15:10"))
    reply_as_customer(ticket, by=cast.designated.user, body="¿Y?", now=chile("2026-11-30 17:30"))
    answer_customer(ticket, by=cast.engineer, body="Seguimos", now=chile("2026-12-01 09:10"))
    reply_as_customer(ticket, by=cast.designated.user, body="¿Aún?", now=chile("2026-12-01 12:30"))
    now = chile("2026-12-01 12:30")
    clocks = SlaClock.objects.filter(ticket=ticket, kind="next_response").order_by("id")
    first, second = (Receipt(cast, ticket, "next_response", now, clock=clock.pk) for clock in clocks)
    assert first.sentences == [
        "Next response: 1 business hour from Mon 30 Nov, 17:30 (Chile) → Tue 1 Dec, 09:30 (Chile), "
        "because on Mon 30 Nov, 18:00 (Chile) it closed.",
        "It was done on Tue 1 Dec, 09:10 (Chile), in time.",
    ]
    assert second.sentences == [
        "Next response: 1 business hour from Tue 1 Dec, 12:30 (Chile) → Tue 1 Dec, 14:30 (Chile), "
        "because on Tue 1 Dec, 13:00 (Chile) it closed."
    ]
    assert Receipt(cast, ticket, "next_response", now).text == second.text  # without a number: the latest


@pytest.mark.rule("SUP-1", "SEV-5")
def test_12_a_new_calendar_applied_on_purpose_counts_from_the_original_start(cast):
    # Monday 10:00-13:00 = 3 h, 14:00-18:00 = 4 h (7 h); Tuesday 09:00-10:00 (8 h). At noon a decree closes
    # Tuesday, and an administrator applies it: Wednesday 09:00-10:00 instead.
    ticket = raise_ticket(cast, chile("2026-11-23 10:00"))
    noon = chile("2026-11-23 12:00")
    calendar = BusinessCalendar.objects.get(is_default=True)
    CalendarDay.objects.create(calendar=calendar, date=date(2026, 11, 24), name="Feriado decretado")
    publish_calendar(calendar, by=None, effective_at=noon, now=noon)
    untouched = Receipt(cast, ticket, "restoration", noon)
    assert (untouched.due_at, untouched.data["calendar"]["version"]) == (chile("2026-11-24 10:00"), 1)
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    apply_versions([ticket], by=administrator, reason="Feriado decretado", now=noon)
    receipt = Receipt(cast, ticket, "restoration", noon)
    assert (receipt.due_at, receipt.data["calendar"]["version"]) == (chile("2026-11-25 10:00"), 2)
    assert receipt.sentences == [
        "Restoration: 1 business day from Mon 23 Nov, 10:00 (Chile) → Wed 25 Nov, 10:00 (Chile), "
        "because on Mon 23 Nov, 13:00 (Chile) it closed.",
        "On Mon 23 Nov, 12:00 (Chile) a new version of the business calendar was applied to it (SUP-1).",
        "Tue 24 Nov does not count, because it is a holiday: Feriado decretado.",
    ]


@pytest.mark.rule("SUP-1", "SEV-5")
def test_13_a_shorter_promise_applied_on_purpose_never_ends_before_the_act(cast):
    # One business day from Monday 10:00 is due on Tuesday 10:00. At 16:00 it becomes two business hours,
    # which from 10:00 would be over at 12:00: they count from the act, 16:00-18:00.
    ticket = raise_ticket(cast, chile("2026-11-23 10:00"))
    later = chile("2026-11-23 16:00")
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    policy = SlaPolicy.objects.get(is_default=True)
    draft = draft_policy(policy, based_on=policy.versions.get(number=1), by=administrator)
    PolicyTarget.objects.filter(version=draft, kind="restoration", severity=2).update(
        amount=120, unit="business_minutes"
    )
    publish_policy(draft, by=administrator, effective_at=later, now=later)
    apply_versions([ticket], by=administrator, reason="Nuevo acuerdo", now=later)
    receipt = Receipt(cast, ticket, "restoration", later)
    assert receipt.due_at == chile("2026-11-23 18:00")
    assert receipt.sentences == [
        "Restoration: 2 business hours from Mon 23 Nov, 16:00 (Chile) → Mon 23 Nov, 18:00 (Chile).",
        "On Mon 23 Nov, 16:00 (Chile) a new version of what is promised was applied to it: the target is "
        "2 business hours instead of 1 business day (SUP-1).",
    ]
    assert "the new version that was applied (SUP-1)" in text_of(receipt.page)
    [change] = receipt.data["changes"]
    assert (change["cause"], change["due_before"], change["due_after"]) == (
        "versions_applied",
        iso(chile("2026-11-24 10:00")),
        iso(chile("2026-11-23 18:00")),
    )


@pytest.mark.rule("RST-7")
def test_14_done_too_late_says_by_how_much_of_what_counts(cast):
    # Due on Tuesday 09:30 (17:30-18:00 and 09:00-09:30); answered at 10:15: 45 minutes of business time late
    ticket = raise_ticket(cast, chile("2026-11-30 17:30"))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=chile("2026-12-01 10:15"))
    receipt = Receipt(cast, ticket, "first_response", chile("2026-12-01 11:00"))
    assert receipt.sentences[1:] == [
        "It was done on Tue 1 Dec, 10:15 (Chile), 45 min too late: the deadline was breached (RST-7)."
    ]


@pytest.mark.rule("RST-7")
def test_15_a_breach_that_a_call_entered_later_disproves_stays_on_record_as_such(cast):
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
        iso(chile("2026-12-01 09:30")),
    )
    assert [fact["percent"] for fact in receipt.data["recorded"]] == [50, 75, 90, 100]
    assert "entered" in text_of(receipt.page)


@pytest.mark.rule("CRP-2")
def test_16_a_rejected_solution_goes_on_without_the_time_that_it_counted_as_done(cast):
    # Tuesday 09:00-10:00 = 1 h; done until 11:00; 11:00-13:00, 14:00-18:00 = 6 h (7 h); Wednesday 09:00-10:00
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"))
    propose_solution(ticket, by=cast.engineer, body="Listo", now=chile("2026-12-01 10:00"))
    reject_solution(ticket, by=cast.designated.user, reason="No", now=chile("2026-12-01 11:00"))
    receipt = Receipt(cast, ticket, "restoration", chile("2026-12-01 11:00"))
    assert receipt.due_at == chile("2026-12-02 10:00")
    assert receipt.sentences == [
        "Restoration: 1 business day from Tue 1 Dec, 09:00 (Chile) → Wed 2 Dec, 10:00 (Chile), "
        "because the clock stood still: it was closed, or counted as done until it proved not to hold."
    ]


@pytest.mark.rule("SEV-5")
def test_17_a_deadline_that_a_change_of_severity_ended_says_what_ended_it(cast):
    ticket = raise_ticket(cast, chile("2026-12-01 09:00"), **SEVERITY_1)
    decide_severity(ticket, by=cast.engineer, severity=2, reason="Menos", now=chile("2026-12-01 09:05"))
    receipt = Receipt(cast, ticket, "restoration_goal", chile("2026-12-01 09:05"))
    assert receipt.sentences[1:] == [
        "It ended without effect on Tue 1 Dec, 09:05 (Chile): "
        "Severity decided: Severity 1 · critical → Severity 2 · high."
    ]
