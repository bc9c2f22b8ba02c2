"""Every mail of escalation as its reader gets it: in both languages, what is asked first."""

from decimal import Decimal

import pytest

from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.tickets.stories import chile
from tickets.domain.intake import Priority
from tickets.escalation.domain.eligibility import Ground
from tickets.escalation.operations import (
    acknowledge,
    answer_at_desk,
    ask_desk,
    ask_priority,
    comment,
    decide_priority,
    record_call,
    resolve,
    return_escalation,
    sweep_escalations,
)
from tickets.operations import assign

from .stories import MINUTE, NOW, raise_ticket, to_desk, to_executive

KINDS = {
    "escalation_to_desk",
    "escalation_to_executive",
    "escalation_by_telephone",
    "escalation_step",
    "escalation_desk_asked",
    "escalation_desk_answered",
    "escalation_late",
    "escalation_digest",
    "priority_asked",
    "priority_decided",
}


def everything(cast):
    ticket = raise_ticket(cast, NOW)
    to_desk(ticket, cast.designated.user)
    escalation = to_executive(ticket, cast.designated.user)
    sweep_escalations(now=chile("2026-11-23 15:00"))
    at = chile("2026-11-23 15:10")
    acknowledge(escalation, by=cast.executive, words="Lo tomo.", now=at)
    comment(escalation, by=cast.executive, words="Hablé con el equipo.", now=at)
    ask_desk(escalation, by=cast.executive, words="¿Cuándo?", now=at)
    answer_at_desk(escalation, by=cast.engineer, words="Hoy.", now=at)
    resolve(escalation, by=cast.executive, words="Acordado.", now=at)
    again = to_executive(ticket, cast.designated.user, now=at)
    return_escalation(again, by=cast.executive, words="Ya se acordó.", now=at)
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=at)
    for accepts in (False, True):
        request = ask_priority(
            ticket, by=cast.designated.user, ground=Ground.IMPACT_CHANGED, wanted=Priority.HIGH,
            impact_percent=Decimal(50), reason="Más usuarios.", now=at,
        )  # fmt: skip
        decide_priority(request, by=cast.engineer, accepts=accepts, reason="Visto.", now=at)
    critical = raise_ticket(cast, NOW, impact_percent=95)
    record_call(
        critical, by=cast.engineer, contact=cast.designated, called_at=NOW + 16 * MINUTE,
        summary="Nadie contesta.", impact="Todo.", now=NOW + 17 * MINUTE,
    )  # fmt: skip


@pytest.mark.rule("ESC-8")
def test_every_mail_can_be_read_in_both_languages(cast):
    everything(cast)
    mails = OutboxMessage.objects.filter(kind__in=KINDS)
    assert set(mails.values_list("kind", flat=True)) == KINDS
    for mail in mails:
        written = {}
        for language in ("es", "en"):
            mail.language = language
            write(mail)
            written[language] = (mail.subject, mail.body_text)
            assert mail.body_html
        assert written["es"][1] != written["en"][1], mail.kind
        number = mail.about
        assert all(number in subject for subject, _ in written.values()), mail.kind


def test_what_a_step_says_first(cast):
    everything(cast)
    said = []
    for mail in OutboxMessage.objects.filter(kind="escalation_step").order_by("pk"):
        mail.language = "en"
        write(mail)
        said.append(mail.body_text.splitlines()[0])
    number = OutboxMessage.objects.filter(kind="escalation_step").first().about
    raised = f"{number} is escalated to your commercial executive, who acknowledges it by Mon 23 Nov,"
    assert said == [
        f"{raised} 12:02 (Chile).",
        f"The escalation of {number} is acknowledged and being attended.",
        f"There is a comment on the escalation of {number}.",
        f"The commercial executive asked the support desk about {number}.",
        f"The escalation of {number} is resolved. If it is not, escalate it again.",
        f"{raised} 17:10 (Chile).",
        f"The escalation of {number} is returned: read why, and what to do instead.",
    ]
