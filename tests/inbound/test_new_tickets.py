"""A mail becomes a ticket (INT-1, INT-4): what is read of it, who is answered what."""

from decimal import Decimal

import pytest

from lynnsupport.accounts.models import Partner
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory, TenantFactory, UserFactory
from tests.tickets.stories import chile
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest
from tickets.models import Ticket

from .conftest import NOW
from .mails import mail

pytestmark = pytest.mark.django_db


def why_of(raw: bytes) -> str:
    import hashlib

    return InboundMail.objects.get(sha256=hashlib.sha256(raw).hexdigest()).why


@pytest.mark.rule("INT-1", "INT-4")
def test_the_template_becomes_a_ticket(cast, told):
    outcome = ingest(
        mail(
            sender=f"Ana <{cast.designated.email}>",
            subject=f"{cast.tenant.code} Las conversaciones no llegan a la cola",
            files={"registro.log": b"linea 1\n", "raro.exe": b"MZ"},
        ),
        now=NOW,
    )
    ticket = Ticket.objects.get()
    assert (outcome.kind, outcome.ticket) == (Kind.NEW_TICKET, ticket.number)
    assert (ticket.tenant, ticket.reporter, ticket.channel) == (cast.tenant, cast.designated, "email")
    assert ticket.subject == "Las conversaciones no llegan a la cola"
    assert ticket.detected_at == chile("2026-11-23 09:40")
    assert ticket.detected_zone == "America/Santiago"
    assert ticket.impact_percent == Decimal(40)
    assert ticket.impact_description == "Cerca del 40% de las atenciones"
    assert ticket.urgency == "Campaña de fin de mes"
    assert (ticket.products, ticket.social_networks) == ("Lynn Core, Flows", "WhatsApp")
    assert (ticket.lccd_name, ticket.lccd_email, ticket.lccd_phone) == (
        "Ana Pérez",
        "ana@example.com",
        "+56 9 5555 0101",
    )
    assert ticket.country == "CL"
    assert "no llegan a la cola" in ticket.description
    assert "Ocurre en todos los canales" in ticket.description
    assert [each.name for each in ticket.messages.get().attachments.all()] == ["registro.log", "raro.exe"]
    assert ticket.is_escalated  # CON-2: a designated contact wrote it
    assert ("ticket_registered", cast.designated.email) in told()


@pytest.mark.rule("CON-2")
def test_a_colleagues_mail_waits_for_a_designated_contact(cast, told):
    ingest(mail(sender=cast.colleague.email, subject=f"{cast.tenant.code} No anda"), now=NOW)
    assert not Ticket.objects.get().is_escalated
    assert told() == [
        ("escalation_wanted", cast.designated.email),
        ("ticket_registered", cast.colleague.email),
    ]


@pytest.mark.rule("INT-4")
def test_what_is_missing_is_asked_for(cast):
    outcome = ingest(
        mail(sender=cast.colleague.email, subject=f"{cast.tenant.code} No anda", text="Nada responde."),
        now=NOW,
    )
    ticket = Ticket.objects.get(number=outcome.ticket)
    assert (ticket.detected_at, ticket.impact_percent) == (None, None)
    assert ticket.detected_zone == "America/Santiago"
    missing = OutboxMessage.objects.get(kind="ticket_registered").context["missing"]
    assert missing[:2] == ["detected_at", "impact_percent"]


@pytest.mark.rule("EXC-2")
@pytest.mark.parametrize(
    "subject",
    [
        "[Funcionalidad en Preview] {code} Falla el resumen",
        "{code} [ funcionalidad en PREVIEW ] Falla el resumen",
        "[Funcionalidad en Preview] - Falla el resumen",
    ],
)
def test_the_mark_of_a_preview_feature_is_read(cast, subject):
    ingest(mail(sender=cast.designated.email, subject=subject.format(code=cast.tenant.code)), now=NOW)
    ticket = Ticket.objects.get()
    assert (ticket.is_preview, ticket.no_target_rule) == (True, "EXC-2")
    assert ticket.subject == "Falla el resumen"


@pytest.mark.rule("SUP-4")
@pytest.mark.parametrize("approval", [Partner.Approval.PENDING, Partner.Approval.SUSPENDED])
def test_an_unapproved_partner_gets_one_polite_answer(cast, told, approval):
    Partner.objects.filter(pk=cast.partner.pk).update(approval=approval)
    for number in range(3):
        raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} Caso {number}")
        assert ingest(raw, now=NOW).kind == Kind.QUARANTINED
        assert why_of(raw) == Why.NOT_APPROVED
    assert told() == [("mail_not_approved", cast.designated.email)]
    assert OutboxMessage.objects.get().context["executive"]["email"] == cast.executive.email


@pytest.mark.parametrize(
    ("sender", "subject", "why", "answered"),
    [
        ("nadie@example.org", "{code} No anda", Why.UNKNOWN_SENDER, False),
        ("{colleague}", "No anda el bot", Why.NO_TENANT, True),
        ("{colleague}", "{foreign} No anda", Why.UNKNOWN_TENANT, True),
        ("{colleague}", "999999 No anda", Why.UNKNOWN_TENANT, True),
        ("{engineer}", "{code} No anda", Why.STAFF, False),
        ("{gone}", "{code} No anda", Why.NO_ACCESS, False),
    ],
)
@pytest.mark.rule("INT-4")
def test_what_cannot_be_matched_is_quarantined(cast, told, sender, subject, why, answered):
    foreign = TenantFactory(customer=CustomerFactory())
    gone = ContactFactory(partner=cast.partner, user__is_active=False)
    words = {
        "code": cast.tenant.code,
        "foreign": foreign.code,
        "colleague": cast.colleague.email,
        "engineer": cast.engineer.email,
        "gone": gone.email,
    }
    raw = mail(sender=sender.format(**words), subject=subject.format(**words))
    outcome = ingest(raw, now=NOW)
    assert (outcome.kind, outcome.ticket, why_of(raw)) == (Kind.QUARANTINED, None, why)
    assert told() == ([("mail_lacks_tenant", cast.colleague.email)] if answered else [])
    assert not Ticket.objects.exists()


def test_one_address_at_two_partners_is_told_apart_by_the_tenant(cast):
    other = ContactFactory(email=cast.colleague.email, user=None)
    ingest(mail(sender=other.email, subject=f"{cast.tenant.code} No anda"), now=NOW)
    assert Ticket.objects.get().reporter == cast.colleague


def test_several_mails_of_one_sender_are_acknowledged_once_a_day(cast, told):
    for number in range(5):
        ingest(mail(sender=cast.designated.email, subject=f"{cast.tenant.code} Caso {number}"), now=NOW)
    assert Ticket.objects.count() == 5
    assert told() == [("ticket_registered", cast.designated.email)]
    ingest(
        mail(sender=cast.designated.email, subject=f"{cast.tenant.code} Otro"), now=chile("2026-11-24 10:00")
    )
    assert told() == [("ticket_registered", cast.designated.email)]


def test_the_same_bytes_again_add_nothing(cast, told):
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} No anda")
    first = ingest(raw, now=NOW)
    told()
    assert [ingest(raw, now=NOW) for _ in range(3)] == [first] * 3
    stored = InboundMail.objects.get()
    assert (stored.copies, bytes(stored.raw), Ticket.objects.count(), told()) == (3, raw, 1, [])


def test_the_same_message_id_with_other_words_is_kept_and_flagged(cast):
    same = "<uno@partner.example.com>"
    for subject, text in (("A", "Uno"), ("A", "Dos"), ("B", "Dos")):
        words = {"subject": f"{cast.tenant.code} {subject}", "text": text}
        ingest(mail(sender=cast.designated.email, message_id=same, **words), now=NOW)
    assert list(InboundMail.objects.values_list("has_twin", "outcome")) == [(True, "new_ticket")] * 3


def test_a_mail_that_came_by_two_ways_is_one_ticket(cast):
    raw = mail(sender=cast.designated.email, subject=f"{cast.tenant.code} A", message_id="<uno@example.com>")
    ingest(raw, now=NOW)
    outcome = ingest(b"Delivered-To: otra@lynn.cx\n" + raw, now=NOW)
    assert (outcome.kind, outcome.ticket) == (Kind.IGNORED, Ticket.objects.get().number)


def test_nobody_of_lynn_is_impersonated_by_an_executive(cast):
    raw = mail(sender=UserFactory(role="executive").email, subject=f"{cast.tenant.code} A")
    assert (ingest(raw, now=NOW).kind, why_of(raw)) == (Kind.QUARANTINED, Why.STAFF)
