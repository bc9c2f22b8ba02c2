"""CRP-3 by mail: an answer to a closed ticket opens it again, goes where it goes on, or opens the next."""

from datetime import timedelta

import pytest

from lynnsupport.accounts.models import Partner
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory, CustomerFactory
from tests.tickets.stories import chile, raise_ticket
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import add_to_ticket, ingest
from tickets.models import Message, Ticket, TicketLink
from tickets.operations import close_ticket, merge_ticket, reopens_until

from .conftest import NOW
from .mails import mail

pytestmark = [pytest.mark.django_db, pytest.mark.rule("CRP-3")]
LATER = chile("2026-11-23 11:00")
MONTHS_LATER = chile("2027-02-01 10:00")


@pytest.fixture
def ticket(cast) -> Ticket:
    ticket = raise_ticket(cast, NOW)
    close_ticket(ticket, by=cast.engineer, reason="not_covered", words="Fuera de cobertura", now=NOW)
    ticket.refresh_from_db()
    return ticket


def answer(sender, ticket, **more) -> bytes:
    return mail(**({"sender": sender.email, "subject": f"RE: {ticket.number}", "text": "Otra vez"} | more))


def why() -> str:
    return InboundMail.objects.latest("pk").why


def test_in_time_it_opens_the_ticket_again(cast, ticket, told):
    told()
    outcome = ingest(answer(cast.colleague, ticket), now=LATER)
    ticket.refresh_from_db()
    assert (outcome.kind, outcome.ticket, why()) == (Kind.REPLY, ticket.number, Why.REOPENED)
    assert outcome.reason == "Se añadió a su ticket, que volvió a abrir (CRP-3)."
    assert (ticket.state, ticket.messages.latest("pk").contact) == ("open", cast.colleague)
    assert sorted(told()) == sorted(
        [
            ("customer_wrote", cast.desk_lead.email),
            ("ticket_reopened", cast.designated.email),
            ("ticket_reopened", cast.colleague.email),
        ]
    )


def test_the_last_instant_of_the_term_is_in_time(cast, ticket):
    until = reopens_until(ticket)
    late = ingest(answer(cast.designated, ticket), now=until + timedelta(microseconds=1))
    assert late.kind == Kind.NEW_TICKET
    other = raise_ticket(cast, NOW)
    close_ticket(other, by=cast.engineer, reason="not_covered", words="Tampoco", now=NOW)
    assert ingest(answer(cast.designated, other), now=until).kind == Kind.REPLY


def test_later_it_opens_a_ticket_that_follows(cast, ticket, told):
    told()
    outcome = ingest(answer(cast.designated, ticket, files={"a.log": b"x"}), now=MONTHS_LATER)
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert (outcome.kind, outcome.ticket, why()) == (Kind.NEW_TICKET, new.number, Why.FOLLOWED)
    assert outcome.reason.endswith(f"(CRP-3): {ticket.number}")
    assert TicketLink.objects.get(kind="follows", source=ticket).target == new
    assert (new.description, new.channel, new.reporter) == ("Otra vez", "email", cast.designated)
    assert new.is_escalated  # CON-2: a designated contact wrote it
    assert new.messages.get().attachments.get().name == "a.log"
    ticket.refresh_from_db()
    assert ticket.is_closed
    assert ("ticket_registered", cast.designated.email) in told()


def test_a_colleagues_later_answer_waits_for_a_designated_contact(cast, ticket):
    ingest(answer(cast.colleague, ticket), now=MONTHS_LATER)
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert (new.state, new.reporter) == ("registered", cast.colleague)
    ingest(answer(cast.designated, ticket, text="De acuerdo"), now=MONTHS_LATER + timedelta(hours=1))
    new.refresh_from_db()
    assert (new.escalated_by, Ticket.objects.count(), why()) == (cast.designated, 2, Why.GOES_ON)


@pytest.mark.rule("INT-6")
@pytest.mark.parametrize("at", [LATER, MONTHS_LATER], ids=str)
def test_an_answer_to_a_merged_ticket_goes_to_the_survivor(cast, at):
    duplicate, survivor = raise_ticket(cast, NOW, reporter=cast.colleague), raise_ticket(cast, NOW)
    merge_ticket(duplicate, into=survivor, by=cast.engineer, reason="El mismo caso", now=NOW)
    outcome = ingest(answer(cast.colleague, duplicate), now=at)
    assert (outcome.kind, outcome.ticket, why()) == (Kind.REPLY, survivor.number, Why.GOES_ON)
    assert outcome.reason.endswith(duplicate.number)
    assert survivor.messages.latest("pk").body == "Otra vez"
    duplicate.refresh_from_db()
    assert (duplicate.state, Ticket.objects.count()) == ("closed", 2)


@pytest.mark.parametrize("at", [LATER, MONTHS_LATER], ids=str)
def test_the_same_mail_again_adds_nothing(cast, ticket, at):
    raw = answer(cast.designated, ticket)
    first = ingest(raw, now=at)
    told = OutboxMessage.objects.count(), Message.objects.count(), Ticket.objects.count()
    again = ingest(raw, now=at + timedelta(days=40))
    another_way = ingest(b"Delivered-To: otra@lynn.cx\n" + raw, now=at + timedelta(days=40))
    assert (again, another_way.kind, another_way.ticket) == (first, Kind.IGNORED, first.ticket)
    assert (OutboxMessage.objects.count(), Message.objects.count(), Ticket.objects.count()) == told


@pytest.mark.rule("INT-5")
@pytest.mark.parametrize("at", [LATER, MONTHS_LATER], ids=str)
def test_nobody_else_opens_it_again(cast, ticket, told, at):
    told()
    others = [
        ContactFactory(),
        ContactFactory(customer=CustomerFactory(partner=cast.partner)),
        ContactFactory(partner=cast.partner, customer=cast.customer, user__is_active=False),
        cast.engineer,
    ]
    for sender in others:
        outcome = ingest(answer(sender, ticket), now=at)
        assert (outcome.kind, outcome.ticket) == (Kind.QUARANTINED, None)
    ticket.refresh_from_db()
    assert (ticket.is_closed, Ticket.objects.count(), told()) == (True, 1, [])


@pytest.mark.parametrize("at", [LATER, MONTHS_LATER], ids=str)
def test_a_machine_opens_nothing_again(cast, ticket, at):
    absent = answer(cast.designated, ticket, Auto_Submitted="auto-replied")
    assert ingest(absent, now=at).kind == Kind.IGNORED
    ticket.refresh_from_db()
    assert (ticket.is_closed, Ticket.objects.count()) == (True, 1)


@pytest.mark.rule("SUP-4")
def test_a_partner_no_longer_approved_gets_the_polite_answer_and_no_new_ticket(cast, ticket, told):
    Partner.objects.filter(pk=cast.partner.pk).update(approval=Partner.Approval.SUSPENDED)
    told()
    assert ingest(answer(cast.designated, ticket), now=MONTHS_LATER).kind == Kind.QUARANTINED
    assert (why(), told()) == (Why.NOT_APPROVED, [("mail_not_approved", cast.designated.email)])


def test_later_answers_to_many_tickets_bring_one_acknowledgement_a_day(cast):
    for _ in range(4):
        old = raise_ticket(cast, NOW)
        close_ticket(old, by=cast.engineer, reason="not_covered", words="No", now=NOW)
        ingest(answer(cast.colleague, old), now=MONTHS_LATER)
    acknowledged = OutboxMessage.objects.filter(kind="ticket_registered", to_address=cast.colleague.email)
    assert (Ticket.objects.count(), acknowledged.count()) == (8, 1)


@pytest.mark.rule("INT-5")
def test_a_mail_released_onto_a_closed_ticket_is_where_the_case_goes_on(cast, ticket):
    ingest(mail(sender="nueva@example.org", subject=f"RE: {ticket.number}", text="Otra vez"), now=LATER)
    kept = InboundMail.objects.get()
    kept.contact = cast.colleague
    kept.save(update_fields=["contact"])
    landed = add_to_ticket(kept, by=cast.engineer, ticket=ticket, now=MONTHS_LATER)
    kept.refresh_from_db()
    assert (landed, kept.ticket) == (kept.message.ticket, kept.message.ticket)
    assert (landed == ticket, kept.decisions.get().ticket) == (False, landed)
