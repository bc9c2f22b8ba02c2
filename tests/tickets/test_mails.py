"""Every mail that tickets send: written in both languages, addressed once, safe to open."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lynnsupport.outbox import letters
from lynnsupport.outbox.models import OutboxMessage
from tickets.domain.lifecycle import CloseReason
from tickets.operations import (
    answer_customer,
    ask_customer,
    assign,
    close_ticket,
    decide_severity,
    escalate,
    propose_solution,
    provider_answered,
    record_restoration,
    reply_as_customer,
    sweep_clocks,
    wait_for_provider,
)

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
HOSTILE = "<script>alert(1)</script>"

KINDS = {
    "ticket_registered", "escalation_wanted", "ticket_escalated", "critical_ticket", "support_answered",
    "question_asked", "solution_proposed", "customer_wrote", "severity_decided", "waiting_provider",
    "service_restored", "ticket_closed", "ticket_assigned", "clock_news",
}  # fmt: skip


@pytest.fixture
def every_mail(cast) -> list[OutboxMessage]:
    """A story in which each kind of mail is sent at least once, with hostile text wherever people write."""
    eng = cast.engineer
    first = raise_ticket(
        cast, NOW, reporter=cast.colleague, subject=f"Sin respuesta {HOSTILE}", impact_percent=Decimal(95)
    )
    escalate(first, by=cast.designated.user, now=NOW)
    sweep_clocks(now=NOW + timedelta(minutes=8))
    sweep_clocks(now=NOW + timedelta(minutes=16))
    assign(first, by=cast.desk_lead, owner=eng, now=NOW + timedelta(minutes=17))
    answer_customer(first, by=eng, body=f"Hola {HOSTILE}", now=NOW + timedelta(minutes=18))
    ask_customer(first, by=eng, question="¿Versión?", now=NOW + timedelta(minutes=19))
    reply_as_customer(first, by=cast.designated.user, body=HOSTILE, now=NOW + timedelta(minutes=20))
    decide_severity(first, by=eng, severity=2, reason=HOSTILE, now=NOW + timedelta(minutes=21))
    wait_for_provider(first, by=eng, reason=HOSTILE, now=NOW + timedelta(minutes=22))
    provider_answered(first, by=eng, reason="Listo", now=NOW + timedelta(minutes=23))
    record_restoration(first, by=eng, now=NOW + timedelta(minutes=24))
    propose_solution(first, by=eng, body="Reinicie.", now=NOW + timedelta(minutes=25))
    second = raise_ticket(cast, NOW)
    close_ticket(second, by=eng, reason=CloseReason.DUPLICATE, words="Repetido", now=NOW)
    return list(OutboxMessage.objects.order_by("pk"))


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_kind_is_written_whole_in_both_languages(every_mail, language):
    assert {mail.kind for mail in every_mail} == KINDS
    for mail in every_mail:
        mail.language = language
        letters.write(mail)
        assert mail.about in mail.subject
        for text in (mail.body_text, mail.body_html):
            assert f"/tickets/{mail.about}/" in text
            assert "{{" not in text
            assert "{%" not in text
            assert "None" not in text
        assert HOSTILE not in mail.body_html
        assert "\n" not in mail.subject


@pytest.mark.rule("RST-8")
def test_the_deadline_is_told_in_the_readers_zone_with_its_name(cast):
    cast.engineer.time_zone = "America/Lima"
    cast.engineer.save()
    ticket = raise_ticket(cast, chile("2026-11-23 12:00"))
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=NOW)
    sweep_clocks(now=chile("2026-11-23 12:30"))
    mail = OutboxMessage.objects.get(kind="clock_news")
    letters.write(mail)
    first_line = mail.body_text.splitlines()[0]
    assert first_line == (
        f"Respuesta inicial de {ticket.number} vence el lun 23 nov, 11:00 (Perú): pasó el 50 % del plazo."
    )


def test_nobody_without_access_is_written_to(cast, told):
    ticket = raise_ticket(cast, NOW)
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=NOW)
    cast.engineer.is_active = False
    cast.engineer.save()
    told()
    sweep_clocks(now=chile("2026-11-23 11:01"))
    assert told() == [("clock_news", cast.desk_lead.email)]


def test_one_person_in_two_roles_gets_one_mail(cast, told):
    ticket = raise_ticket(cast, NOW)
    assign(ticket, by=cast.engineer, owner=cast.desk_lead, now=NOW)
    told()
    sweep_clocks(now=chile("2026-11-23 11:01"))
    assert told() == [("clock_news", cast.desk_lead.email)]
