"""What a hurried reader sees of each mail: subject, first line, length and one link, in both languages."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest

from lynnsupport.outbox import letters
from lynnsupport.outbox.identity import thread_id
from lynnsupport.outbox.models import OutboxMessage
from sla.domain.clock_events import Ground
from tests.factories import ContactFactory
from tickets.domain.lifecycle import CloseReason
from tickets.operations import (
    accept_solution,
    answer_customer,
    ask_customer,
    assign,
    close_ticket,
    decide_severity,
    dispute_severity,
    escalate,
    exclude,
    merge_ticket,
    plan_patch,
    propose_solution,
    provider_answered,
    record_dealing,
    record_restoration,
    record_unreachable,
    reply_as_customer,
    revert_exclusion,
    split_ticket,
    sweep_clocks,
    wait_for_provider,
)

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
# What the reader has to do, or may count on, has a moment: it stands in the first line with its zone.
TELLS_WHEN = {
    "clock_news", "critical_ticket", "customer_wrote", "question_asked", "service_restored",
    "solution_proposed", "ticket_assigned", "ticket_escalated",
}  # fmt: skip
KINDS = TELLS_WHEN | {
    "contact_unreachable", "escalation_wanted", "exclusion_decided", "exclusion_reverted", "patch_planned",
    "provider_dealing", "severity_decided", "severity_disputed", "support_answered", "ticket_closed",
    "ticket_merged", "ticket_registered", "ticket_split", "waiting_provider",
}  # fmt: skip
LONGEST_SUBJECT, LONGEST_FIRST_LINE, LONGEST_BODY = 110, 230, 1200
URL = re.compile(r"https?://[^\s\"<>]+")


@pytest.fixture
def letters_of(cast) -> dict[str, OutboxMessage]:
    """One mail of each kind, out of lives that go through all of them."""
    eng, dc = cast.engineer, cast.designated.user

    def at(minutes: int):
        return NOW + timedelta(minutes=minutes)

    one = raise_ticket(cast, NOW, reporter=cast.colleague, impact_percent=Decimal(95))
    escalate(one, by=dc, now=NOW)
    sweep_clocks(now=at(16))
    assign(one, by=cast.desk_lead, owner=eng, now=at(17))
    record_unreachable(one, by=eng, words="Tres números", now=at(18))
    reply_as_customer(one, by=dc, body="Sigue igual.", now=at(19))
    dispute_severity(one, by=dc, wanted=2, reason="Es menos", now=at(20))
    decide_severity(one, by=eng, severity=2, reason="Lo medimos", now=at(21))
    plan_patch(one, by=eng, details="Corrige el conector", planned_on=at(60 * 48).date(), now=at(22))
    exclusion = exclude(
        one, by=eng, ground=Ground.THIRD_PARTY, provider="Nube", is_managed=True, finding="Suyo", now=at(23)
    )
    record_dealing(exclusion, by=eng, words="Abrimos un caso", now=at(24))
    revert_exclusion(exclusion, by=eng, reason="No era", now=at(25))
    answer_customer(one, by=eng, body="Lo vemos.", now=at(26))
    ask_customer(one, by=eng, question="¿Versión?", now=at(27))
    second = reply_as_customer(one, by=dc, body="La 4. Además fallan los reportes.", now=at(28))
    split_ticket(one, by=eng, messages=[second.pk], subject="Reportes", reason="Es otro", now=at(29))
    again = raise_ticket(cast, at(30))
    merge_ticket(again, into=one, by=eng, reason="Lo mismo", now=at(31))
    wait_for_provider(one, by=eng, reason="Revisan", now=at(32))
    provider_answered(one, by=eng, reason="Listo", now=at(33))
    record_restoration(one, by=eng, now=at(34))
    propose_solution(one, by=eng, body="Reinicie.", now=at(35))
    close_ticket(
        raise_ticket(cast, at(36)), by=eng, reason=CloseReason.NOT_COVERED, words="No cubre", now=at(37)
    )
    return {mail.kind: mail for mail in OutboxMessage.objects.order_by("-pk")}


def written(mail: OutboxMessage, language: str) -> OutboxMessage:
    mail.language = language
    letters.write(mail)
    return mail


def asked_in_html(mail: OutboxMessage) -> str:
    cell = re.search(r"font-size:20px[^>]*>(.*?)</td>", mail.body_html, re.DOTALL)[1]
    return unescape(cell).strip()


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_kind_says_in_its_first_line_what_is_asked_and_until_when(letters_of, language):
    assert letters_of.keys() >= KINDS
    for kind in sorted(KINDS):
        mail = written(letters_of[kind], language)
        first = mail.body_text.splitlines()[0]
        assert first == asked_in_html(mail), kind
        assert first.endswith((".", "?")), f"{kind}: {first}"
        assert len(first) <= LONGEST_FIRST_LINE, f"{kind}: {first}"
        assert kind not in TELLS_WHEN or "(Chile)" in first, f"{kind}: {first}"


@pytest.mark.parametrize("language", ["es", "en"])
def test_each_kind_has_number_and_change_in_its_subject_is_short_and_leads_to_one_page(letters_of, language):
    for kind in sorted(KINDS):
        mail = written(letters_of[kind], language)
        assert mail.about in mail.subject, kind
        assert len(mail.subject) <= LONGEST_SUBJECT, mail.subject
        assert len(mail.body_text) <= LONGEST_BODY, kind
        for text in (mail.subject, mail.body_text, mail.body_html):
            assert not re.search(r"\{\{|\{%|%\(|None\b", text), f"{kind}: {text}"
        assert set(URL.findall(mail.body_text)) == set(URL.findall(mail.body_html))
        assert len(set(URL.findall(mail.body_html))) == 1, kind


def test_no_kind_is_left_in_the_other_language(letters_of):
    for kind in sorted(KINDS):
        said = [
            (mail.subject, mail.body_text.splitlines()[0], mail.body_text.splitlines()[-1])
            for mail in (written(letters_of[kind], language) for language in ("es", "en"))
        ]
        assert all(here != there for here, there in zip(*said, strict=True)), f"{kind}: {said}"


def test_all_mails_of_a_ticket_hang_on_one_constant_root(letters_of):
    for mail in letters_of.values():
        letter = letters.compose(written(mail, "es")).message()
        assert letter["References"] == letter["In-Reply-To"] == thread_id(mail.about)
        assert letter["Auto-Submitted"] == "auto-generated"


def test_a_contact_without_a_login_reads_the_time_of_their_own_country(cast):
    customer = cast.customer
    customer.country = "PE"
    customer.save()
    person = ContactFactory(partner=cast.partner, customer=customer, user=None)
    ticket = raise_ticket(cast, NOW)
    ticket.reporter = person
    ticket.save()
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=NOW)
    mail = OutboxMessage.objects.get(kind="support_answered", to_address=person.email)
    letters.write(mail)
    assert "lun 23 nov, 08:00 (Perú)" in mail.body_text


def test_what_a_customer_is_asked_names_the_moment_at_which_the_case_closes(cast):
    ticket = raise_ticket(cast, NOW)
    ask_customer(ticket, by=cast.engineer, question="¿Versión?", now=NOW)
    mail = written(OutboxMessage.objects.get(kind="question_asked"), "en")
    assert "Thu 26 Nov, 18:00 (Chile)" in mail.body_text.splitlines()[0]
    accepted = raise_ticket(cast, NOW)
    propose_solution(accepted, by=cast.engineer, body="Reinicie.", now=NOW)
    accept_solution(accepted, by=cast.designated.user, now=NOW)
    mail = written(OutboxMessage.objects.get(kind="solution_proposed"), "en")
    assert "Thu 26 Nov, 18:00 (Chile)" in mail.body_text.splitlines()[0]
