"""What the sweep tells: one mail for each person, warnings in working hours, nothing twice, nothing lost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.outbox import letters
from lynnsupport.outbox.models import OutboxMessage
from tickets import notifications
from tickets.models import ClockMilestone, ClockNews
from tickets.operations import (
    answer_customer,
    assign,
    decide_severity,
    exclude,
    news,
    record_restoration,
    sweep,
    sweep_clocks,
)

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
pytestmark = pytest.mark.rule("RST-8")


def letter(kind="clock_news"):
    mail = OutboxMessage.objects.filter(kind=kind).latest("pk")
    letters.write(mail)
    return mail


def fates() -> list[tuple[int, str]]:
    rows = ClockNews.objects.order_by("pk").values_list("milestone__percent", "fate")
    return list(rows)


def test_an_outage_makes_one_mail_for_each_person(cast, told):
    for number in range(25):
        raise_ticket(cast, NOW, subject=f"Caída {number}", impact_percent=Decimal(95))
    told()
    sweep_clocks(now=NOW + timedelta(minutes=16))
    assert sorted(told()) == sorted(("clock_news", p.email) for p in (cast.desk_lead, cast.executive))
    mail = letter()
    assert mail.context["breaches"] == 25
    assert (len(mail.context["news"]), mail.context["more"]) == (20, 5)
    assert mail.subject == "25 plazos incumplidos"
    assert "Y 5 más, en el portal." in mail.body_text
    assert mail.body_text.count("/tickets/LYN-2026-") == mail.body_html.count("/tickets/LYN-2026-") == 20


def test_breaches_come_before_warnings_and_older_deadlines_first(cast):
    raise_ticket(cast, NOW + timedelta(minutes=10))  # at risk at 10:40
    raise_ticket(cast, NOW - timedelta(minutes=30))  # breached since 10:30
    raise_ticket(cast, NOW - timedelta(minutes=25))  # breached since 10:35
    sweep_clocks(now=NOW + timedelta(minutes=40))
    told = letter().context["news"]
    assert [(fact["number"][-1], fact["percent"]) for fact in told] == [("2", 100), ("3", 100), ("1", 50)]
    assert letter().subject == "2 plazos incumplidos, 1 en riesgo"


def test_one_alone_is_told_in_its_tickets_thread(cast):
    ticket = raise_ticket(cast, NOW)
    sweep_clocks(now=NOW + timedelta(minutes=30))
    mail = letter()
    assert (mail.about, mail.thread) == (ticket.number, ticket.number)
    assert mail.subject == f"{ticket.number} en riesgo, pasó el 50 % del plazo: Respuesta inicial"


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("number", [1, 3])
def test_it_is_written_whole_in_both_languages(cast, language, number):
    for _ in range(number):
        raise_ticket(cast, NOW)
    sweep_clocks(now=NOW + timedelta(hours=2))
    mail = OutboxMessage.objects.get(kind="clock_news")
    mail.language = language
    letters.write(mail)
    for text in (mail.subject, mail.body_text, mail.body_html):
        assert [sign for sign in ("{{", "{%", "None") if sign in text] == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_is_noticed_late_says_so(cast, language):
    raise_ticket(cast, NOW)
    sweep_clocks(now=NOW + timedelta(hours=1, minutes=4))
    assert letter().context["news"][0]["noticed_at"] is None
    raise_ticket(cast, NOW)
    sweep_clocks(now=NOW + timedelta(hours=2))
    noticed = letter().context["news"][0]["noticed_at"]
    assert datetime.fromisoformat(noticed) == NOW + timedelta(hours=2)


@pytest.fixture
def far_engineer(cast):
    """In Lima it is two hours earlier than in Santiago: the desk there opens at 11:00."""
    cast.engineer.time_zone = "America/Lima"
    cast.engineer.save()
    return cast.engineer


def test_a_warning_waits_for_the_recipients_working_hours(cast, far_engineer, told):
    ticket = raise_ticket(cast, NOW - timedelta(minutes=30))
    assign(ticket, by=cast.desk_lead, owner=far_engineer, now=NOW)
    decide_severity(ticket, by=far_engineer, severity=3, reason="Menor", now=NOW)
    told()
    sweep_clocks(now=chile("2026-11-23 10:30"))  # half of two hours: 08:30 in Lima
    assert told() == []
    sweep_clocks(now=chile("2026-11-23 10:59"))
    assert told() == []
    sweep_clocks(now=chile("2026-11-23 11:00"))
    assert told() == [("clock_news", far_engineer.email)]
    assert [fact["percent"] for fact in letter().context["news"]] == [75]  # the later one overtook the first
    assert fates() == [(50, "overtaken"), (75, "told")]


def test_severity_1_and_breaches_never_wait(cast, far_engineer, told):
    night = chile("2026-11-23 03:00")
    ticket = raise_ticket(cast, night, impact_percent=Decimal(95))
    assign(ticket, by=cast.desk_lead, owner=far_engineer, now=night)
    told()
    sweep_clocks(now=night + timedelta(minutes=8))
    assert told() == [("clock_news", far_engineer.email)]
    sweep_clocks(now=night + timedelta(minutes=16))
    assert sorted(told()) == sorted(
        ("clock_news", p.email) for p in (far_engineer, cast.desk_lead, cast.executive)
    )


@pytest.mark.parametrize("how", ["done", "excused", "breached"])
def test_a_warning_that_was_overtaken_is_not_told(cast, far_engineer, told, how):
    ticket = raise_ticket(cast, chile("2026-11-23 09:00"))
    assign(ticket, by=cast.desk_lead, owner=far_engineer, now=NOW)
    sweep_clocks(now=chile("2026-11-23 09:50"))  # 75 % of the hour; 07:50 in Lima
    if how == "done":
        answer_customer(ticket, by=far_engineer, body="Ya", now=chile("2026-11-23 09:55"))
    elif how == "excused":
        exclude(ticket, by=far_engineer, ground="preview", finding="Beta", now=chile("2026-11-23 09:55"))
    record_restoration(ticket, by=far_engineer, now=chile("2026-11-23 09:58"))
    told()
    sweep_clocks(now=chile("2026-11-23 11:30"))
    expected = [("clock_news", p.email) for p in (far_engineer, cast.desk_lead)] if how == "breached" else []
    assert sorted(told()) == sorted(expected)
    assert fates()[0] == (75, "overtaken")


def test_facts_survive_a_crash_before_they_are_told(cast, told, monkeypatch):
    raise_ticket(cast, NOW)
    told()
    with monkeypatch.context() as broken:
        broken.setattr(sweep, "tell_news", lambda *, now: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep_clocks(now=NOW + timedelta(hours=2))
    assert (ClockMilestone.objects.count(), told()) == (4, [])
    assert sweep_clocks(now=NOW + timedelta(hours=2)) == 0
    assert told() == [("clock_news", cast.desk_lead.email)]


def test_a_crash_while_telling_tells_nothing_twice(cast, told, monkeypatch):
    raise_ticket(cast, NOW)
    told()
    with monkeypatch.context() as broken:
        broken.setattr(notifications, "clock_news", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweep_clocks(now=NOW + timedelta(hours=2))
    assert [fate for _, fate in fates()] == ["pending"]
    for _ in range(100):
        sweep_clocks(now=NOW + timedelta(hours=2))
    assert told() == [("clock_news", cast.desk_lead.email)]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_two_hours_off_doubles_and_misses_nothing(cast, told, hours):
    raise_ticket(cast, NOW)
    told()
    for minutes in (30, 45, 54, 61):
        right = NOW + timedelta(minutes=minutes)
        sweep_clocks(now=right)
        sweep_clocks(now=right + timedelta(hours=hours))
    facts = list(ClockMilestone.objects.filter(clock__kind="first_response").values_list("percent", "at"))
    minutes = {50: 30, 75: 45, 90: 54, 100: 60}
    assert facts == [(percent, NOW + timedelta(minutes=m)) for percent, m in minutes.items()]
    breaches = ClockNews.objects.filter(milestone__percent=100, milestone__clock__kind="first_response")
    assert breaches.count() == 1


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-09-05 23:50", "2026-09-06 04:05"),  # Santiago goes from 24:00 to 01:00
        ("2026-04-04 23:50", "2026-04-05 03:05"),  # and from 24:00 back to 23:00
    ],
)
def test_on_days_that_change_the_clock_it_is_due_at_the_true_instant(cast, start, due):
    raised = chile(start)
    raise_ticket(cast, raised, impact_percent=Decimal(95))
    true = datetime.fromisoformat(due).replace(tzinfo=UTC)
    sweep_clocks(now=true)
    assert not ClockMilestone.objects.filter(percent=100).exists()
    sweep_clocks(now=true + timedelta(seconds=1))
    assert ClockMilestone.objects.get(percent=100).at == true


def test_who_left_hears_nothing_and_nothing_waits_for_them(cast, told):
    raise_ticket(cast, NOW)
    sweep_clocks(now=NOW)
    told()
    cast.desk_lead.is_active = False
    with_lead = ClockNews.objects.filter(recipient=cast.desk_lead)
    sweep_clocks(now=NOW + timedelta(minutes=30))
    cast.desk_lead.save()
    sweep_clocks(now=NOW + timedelta(hours=3))
    assert not with_lead.filter(fate="pending").exists()


def test_the_database_keeps_one_news_for_a_fact_and_a_person(cast):
    raise_ticket(cast, NOW)
    sweep_clocks(now=NOW + timedelta(hours=2))
    row = ClockNews.objects.latest("pk")
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockNews.objects.create(milestone=row.milestone, recipient=row.recipient, tell_at=NOW)


def test_telling_costs_the_same_for_one_fact_and_many(cast, django_assert_max_num_queries):
    counts = []
    for number in (1, 5):
        for _ in range(number):
            raise_ticket(cast, NOW)
        sweep._sweep_batch(now=NOW + timedelta(hours=2), size=500)
        with django_assert_max_num_queries(15) as captured:
            news.tell_news(now=NOW + timedelta(hours=2))
        counts.append(len(captured))
    assert counts[0] == counts[1]
