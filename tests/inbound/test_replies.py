"""Answers to tickets (INT-5): how they are matched, who may, what they set in motion."""

import pytest
from django.urls import reverse

from lynnsupport.outbox.identity import reply_address, thread_id
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import chile, raise_ticket
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest
from tickets.models import Message, Ticket
from tickets.operations import answer_customer, ask_customer

from .conftest import NOW
from .mails import SUPPORT, mail

pytestmark = pytest.mark.django_db
LATER = chile("2026-11-23 11:00")


@pytest.fixture
def ticket(cast) -> Ticket:
    return raise_ticket(cast, NOW)


def ways_to_answer(ticket: Ticket) -> dict[str, dict]:
    """What a mail program repeats of ours, each by itself."""
    ours = OutboxMessage.objects.filter(about=ticket.number).first()
    return {
        "address": {"to": reply_address(ticket.number), "subject": "Hola"},
        "address in capitals": {"to": reply_address(ticket.number).upper(), "subject": "Hola"},
        "thread": {"subject": "Hola", "References": thread_id(ticket.number)},
        "our mail": {"subject": "Hola", "In_Reply_To": ours.message_id},
        "subject": {"subject": f"RE: {ticket.number} registrado"},
    }


WAYS = ("address", "address in capitals", "thread", "our mail", "subject")


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("way", WAYS)
def test_an_answer_finds_its_ticket(cast, ticket, way):
    outcome = ingest(
        mail(sender=cast.colleague.email, text="Sigue igual.", **ways_to_answer(ticket)[way]), now=LATER
    )
    assert (outcome.kind, outcome.ticket) == (Kind.REPLY, ticket.number)
    message = ticket.messages.latest("pk")
    assert (message.body, message.contact, message.author, message.channel) == (
        "Sigue igual.",
        cast.colleague,
        None,
        "email",
    )
    assert Ticket.objects.count() == 1


@pytest.mark.rule("INT-5")
def test_nobody_else_joins_the_thread(cast, ticket, told):
    own = {"partner": cast.partner}
    others = [
        "nadie@example.org",
        ContactFactory(customer=CustomerFactory(partner=cast.partner)).email,
        ContactFactory(**own, customer=cast.customer, user__is_active=False).email,
        ContactFactory().email,
        cast.engineer.email,
        cast.executive.email,
    ]
    told()
    for sender in others:
        for way, words in ways_to_answer(ticket).items():
            outcome = ingest(mail(sender=sender, text="Déjenme entrar.", **words), now=LATER)
            assert (way, outcome.kind, outcome.ticket) == (way, Kind.QUARANTINED, None)
    assert (Message.objects.count(), told()) == (1, [])


def test_a_forged_token_is_no_token(cast, ticket):
    forged = reply_address(ticket.number).replace(".", ".0", 1)
    raw = mail(sender=cast.colleague.email, to=forged, subject="Hola", text="x")
    assert ingest(raw, now=LATER).kind == Kind.QUARANTINED


def test_the_signed_address_counts_before_the_subject(cast, ticket):
    other = raise_ticket(cast, NOW)
    raw = mail(sender=cast.colleague.email, to=reply_address(ticket.number), subject=other.number, text="x")
    assert ingest(raw, now=LATER).ticket == ticket.number


def test_a_copy_gives_no_rights(cast, ticket, told):
    told()
    raw = mail(
        sender=cast.colleague.email, subject=f"RE: {ticket.number}", text="x", Cc="intruso@example.org"
    )
    ingest(raw, now=LATER)
    assert "intruso@example.org" not in [address for _kind, address in told()]
    again = mail(sender="intruso@example.org", subject=f"RE: {ticket.number}", text="y")
    assert ingest(again, now=LATER).kind == Kind.QUARANTINED


@pytest.mark.rule("COP-1")
def test_an_answer_ends_the_wait_for_the_customer(cast, ticket):
    ask_customer(ticket, by=cast.engineer, question="¿Qué canal?", now=NOW)
    ingest(mail(sender=cast.designated.email, subject=f"RE: {ticket.number}", text="WhatsApp"), now=LATER)
    ticket.refresh_from_db()
    assert ticket.state == "open"


@pytest.mark.rule("CRP-3")
@pytest.mark.parametrize(
    "sign",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"subject": "Respuesta automática: fuera"},
        {"subject": "Fuera de la oficina: vuelvo el lunes"},
        {"subject": "Automatic reply: x"},
        {"subject": "Resposta automática: x"},
        {"Return_Path": "<>"},
    ],
    ids=str,
)
def test_an_absence_neither_answers_nor_reopens(cast, ticket, sign):
    ask_customer(ticket, by=cast.engineer, question="¿Qué canal?", now=NOW)
    headers = {"subject": "Re: algo", "References": thread_id(ticket.number), "text": "No estoy."} | sign
    outcome = ingest(mail(sender=cast.designated.email, **headers), now=LATER)
    ticket.refresh_from_db()
    assert (outcome.kind, ticket.state) == (Kind.IGNORED, "waiting_customer")


@pytest.mark.rule("CON-2")
def test_a_designated_contacts_answer_sets_a_registered_ticket_going(cast):
    ticket = raise_ticket(cast, NOW, reporter=cast.colleague)
    ingest(mail(sender=cast.colleague.email, subject=f"RE: {ticket.number}", text="Urge"), now=LATER)
    ticket.refresh_from_db()
    assert not ticket.is_escalated
    ingest(mail(sender=cast.designated.email, subject=f"RE: {ticket.number}", text="De acuerdo"), now=LATER)
    ticket.refresh_from_db()
    assert (ticket.escalated_by, ticket.escalated_at) == (cast.designated, LATER)


@pytest.mark.rule("ESC-1")
def test_an_answer_that_asks_for_escalation_is_flagged_to_the_desk(cast, ticket):
    ingest(
        mail(sender=cast.designated.email, subject=f"RE: {ticket.number}", text="Solicito escalar el caso."),
        now=LATER,
    )
    flag = ticket.events.latest("pk")
    assert (flag.kind, flag.contact, flag.message) == (
        "escalation_asked",
        cast.designated,
        ticket.messages.latest("pk"),
    )
    page = reverse("admin:tickets_ticket_change", args=[ticket.pk])
    desk = signed_in(cast.engineer)
    assert "asks by mail to escalate" in text_of(desk.get(page))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=LATER)
    assert "asks by mail to escalate" not in text_of(desk.get(page))


def test_what_was_quoted_is_folded_not_dropped(cast, ticket):
    quoted = "El lun, 23 nov 2026 a las 10:00, Soporte (<soporte@lynn.cx>) escribió:\n> Hola\n> Adiós"
    text = f"Sigue igual.\n\n{quoted}"
    ingest(mail(sender=cast.designated.email, subject=f"RE: {ticket.number}", text=text), now=LATER)
    message = ticket.messages.latest("pk")
    assert message.body == "Sigue igual."
    assert message.quoted.splitlines()[0].startswith("El lun, 23 nov")
    assert message.quoted.splitlines()[-1] == "> Adiós"


def test_an_empty_answer_with_a_file_is_taken_and_one_without_is_not_lost(cast, ticket):
    taken = mail(sender=cast.designated.email, subject=ticket.number, text=" ", files={"a.log": b"x"})
    assert ingest(taken, now=LATER).kind == Kind.REPLY
    empty = mail(sender=cast.designated.email, subject=ticket.number, text=" ")
    assert ingest(empty, now=LATER).kind == Kind.QUARANTINED


def test_support_s_answer_by_mail_does_not_speak_as_support(cast, ticket):
    answer_customer(ticket, by=cast.engineer, body="Vemos", now=NOW)
    raw = mail(sender=cast.engineer.email, subject=f"RE: {ticket.number}", text="Listo", to=SUPPORT)
    assert (ingest(raw, now=LATER).kind, InboundMail.objects.get().why) == (Kind.QUARANTINED, Why.STAFF)
