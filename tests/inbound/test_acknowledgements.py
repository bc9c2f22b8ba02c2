"""The acknowledgement of a mailed ticket (INT-1): in its sender's conversation, how often, in whose words."""

from datetime import timedelta

import pytest

from lynnsupport.accounts.models import Contact
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.identity import thread_id
from lynnsupport.outbox.letters import compose, write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import ContactFactory
from tests.tickets.stories import raise_ticket
from tickets.inbound.domain.outcomes import Kind
from tickets.inbound.models import InboundMail
from tickets.inbound.operations import ingest, link_to_contact, open_ticket_with, settling
from tickets.inbound.operations.settling import draft_for, read_subject, read_words
from tickets.models import Ticket
from tickets.operations import answer_customer

from .conftest import NOW
from .mails import mail

pytestmark = pytest.mark.django_db
SERVER = "mx.lynn.cx"
PASSED = {"Authentication_Results": f"{SERVER}; dmarc=pass header.from=example.com"}
OPENING, ANSWER = "<uno@partner.example.com>", "<dos@partner.example.com>"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def verifying(settings):
    """Our mail server says whom a mail is from."""
    settings.MAIL_AUTHSERV_ID, settings.MAIL_ACCEPT_UNVERIFIED = SERVER, True


def sent_to(person) -> list:
    """What was put in the outbox for them, as it would leave, the oldest first."""
    messages = list(OutboxMessage.objects.filter(to_address=person.email).order_by("pk"))
    for message in messages:
        write(message)
    return [compose(message).message() for message in messages]


def threading(letter) -> tuple[str, list[str]]:
    return letter["In-Reply-To"], letter["References"].split()


def new_ticket(cast, sender, *, subject="No anda", **more) -> bytes:
    return mail(sender=sender.email, subject=f"{cast.tenant.code} {subject}", **more)


# ---------- in the sender's own conversation ----------


@pytest.mark.rule("INT-1")
def test_what_the_sender_is_mailed_stands_beside_their_own_mail(cast):
    number = ingest(new_ticket(cast, cast.designated, message_id=OPENING), now=NOW).ticket
    ticket = Ticket.objects.get(number=number)
    [receipt] = sent_to(cast.designated)
    assert threading(receipt) == (OPENING, [thread_id(number), OPENING])
    ingest(mail(sender=cast.designated.email, subject=number, text="Más", message_id=ANSWER), now=NOW)
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=NOW)
    *_, later = sent_to(cast.designated)
    assert threading(later) == (ANSWER, [thread_id(number), OPENING, ANSWER])


def test_other_readers_of_the_ticket_and_other_tickets_keep_to_the_root(cast):
    number = ingest(new_ticket(cast, cast.colleague, message_id=OPENING), now=NOW).ticket
    [asked] = sent_to(cast.designated)
    assert threading(asked) == (thread_id(number), [thread_id(number)])
    other = raise_ticket(cast, NOW, reporter=cast.colleague)
    *_, later = sent_to(cast.colleague)
    assert threading(later) == (thread_id(other.number), [thread_id(other.number)])


@pytest.mark.parametrize("text", ["sin corchetes", "<a b@x.cl>", "<a@x.cl> <b@x.cl>\u2028", "<ñ@x.cl>", ""])
def test_past_failure_16_a_malformed_message_id_is_left_out(cast, text):
    raw = new_ticket(cast, cast.designated, message_id="")
    number = ingest(f"Message-ID: {text}\n".encode() + raw, now=NOW).ticket
    [receipt] = sent_to(cast.designated)
    expected = [thread_id(number), "<a@x.cl>"] if text.startswith("<a@") else [thread_id(number)]
    assert threading(receipt) == (expected[-1], expected)


def test_a_mail_released_from_quarantine_is_threaded_too(cast):
    stranger = "ana.nueva@example.org"
    ingest(mail(sender=stranger, subject=f"{cast.tenant.code} A", message_id=OPENING), now=NOW)
    contact = ContactFactory(partner=cast.partner, customer=cast.customer, email=stranger, user=None)
    kept = link_to_contact(InboundMail.objects.get(), by=cast.engineer, contact=contact, now=NOW)
    words = read_words("Explicación detallada del incidente: No anda", is_answer=False)
    draft = draft_for(read_subject(kept.subject), words, cast.tenant, now=NOW)
    ticket = open_ticket_with(kept, by=cast.engineer, answers=draft.answers, quoted="", now=NOW)
    [receipt] = sent_to(contact)
    assert threading(receipt) == (OPENING, [thread_id(ticket.number), OPENING])


# ---------- whoever cannot be told from an attacker ----------

ATTACK = "Gane dinero en https://evil.example.net"


def test_past_failure_15_a_victim_gets_one_acknowledgement_a_day_without_the_attackers_words(cast):
    for number in range(30):
        raw = new_ticket(cast, cast.colleague, subject=f"{ATTACK} {number}", text=f"{ATTACK}: {number}")
        assert ingest(raw, now=NOW + number * MINUTE).kind == Kind.NEW_TICKET
    tomorrow = NOW + timedelta(days=1)
    for number in range(3):
        ingest(new_ticket(cast, cast.colleague, subject=f"{ATTACK}! {number}", text=ATTACK), now=tomorrow)
    told = OutboxMessage.objects.filter(to_address=cast.colleague.email)
    assert list(told.order_by("pk").values_list("kind", "created_at")) == [
        ("ticket_registered", NOW),
        ("ticket_registered", tomorrow),
    ]
    for letter in [*sent_to(cast.colleague), *sent_to(cast.designated)]:
        text = str(letter["Subject"]) + "".join(
            part.get_content() for part in letter.walk() if not part.is_multipart()
        )
        assert ("evil" in text, "Gane dinero" in text) == (False, False)


@pytest.mark.rule("CON-2")
def test_past_failure_15_those_who_may_escalate_are_not_flooded_either(cast):
    for number in range(14):
        raw = new_ticket(cast, cast.colleague, subject=f"{ATTACK} {number}")
        assert ingest(raw, now=NOW + number * MINUTE).kind == Kind.NEW_TICKET
    asked = OutboxMessage.objects.filter(kind="escalation_wanted", to_address=cast.designated.email)
    assert (asked.count(), Ticket.objects.filter(state="registered").count()) == (10, 14)
    ingest(new_ticket(cast, cast.colleague, subject="Otro"), now=NOW + timedelta(days=2))
    assert asked.count() == 11


def test_what_was_held_back_stands_in_the_next_acknowledgement(cast):
    numbers = [
        ingest(new_ticket(cast, cast.colleague, subject=f"Caso {n}"), now=NOW + n * MINUTE).ticket
        for n in range(3)
    ]
    ingest(new_ticket(cast, cast.colleague, subject="Otro"), now=NOW + timedelta(days=1))
    first, second = OutboxMessage.objects.filter(kind="ticket_registered").order_by("pk")
    assert (first.about, first.context["also"], second.context["also"]) == (numbers[0], [], numbers[1:])
    for shown in (second.body_text, second.body_html):
        assert shown == ""
    write(second)
    assert f"{numbers[1]}, {numbers[2]}." in second.body_text
    assert f"{numbers[1]}, {numbers[2]}." in second.body_html


def test_a_number_held_back_is_told_to_its_own_organisation_alone(cast):
    other = ContactFactory(email=cast.colleague.email, user=None)
    tenant = other.customer or cast.customer
    for subject in ("A", "B"):
        ingest(new_ticket(cast, cast.colleague, subject=subject), now=NOW)
    assert Contact.objects.filter(email=other.email).count() == 2
    assert tenant != cast.customer or other.partner != cast.partner
    for told in OutboxMessage.objects.filter(kind="ticket_registered"):
        assert told.context["also"] == []


def test_a_mail_that_the_rules_refuse_uses_up_no_acknowledgement(cast, monkeypatch):
    def refused(**options):
        raise Refused("No se puede")

    with monkeypatch.context() as closed:
        closed.setattr(settling, "open_ticket", refused)
        assert ingest(new_ticket(cast, cast.colleague, subject="A"), now=NOW).kind == Kind.QUARANTINED
    ingest(new_ticket(cast, cast.colleague, subject="B"), now=NOW)
    assert OutboxMessage.objects.filter(kind="ticket_registered").count() == 1


# ---------- a verified sender learns each number ----------


@pytest.mark.rule("INT-1", "INT-2")
def test_a_verified_sender_learns_the_number_of_each_ticket(cast, verifying):
    numbers = []
    for hour in range(4):
        raw = new_ticket(cast, cast.designated, subject=f"Caso {hour}", **PASSED)
        numbers.append(ingest(raw, now=NOW + timedelta(hours=hour)).ticket)
    receipts = OutboxMessage.objects.filter(kind="ticket_registered").order_by("pk")
    assert [each.about for each in receipts] == numbers
    assert [each.context["subject"] for each in receipts] == [f"Caso {hour}" for hour in range(4)]
    assert [each.context["also"] for each in receipts] == [[], [], [], []]


def test_of_many_at_once_the_later_ones_stand_in_the_next_acknowledgement(cast, verifying):
    numbers = [
        ingest(new_ticket(cast, cast.designated, subject=f"Caso {n}", **PASSED), now=NOW + n * MINUTE).ticket
        for n in range(4)
    ]
    later = NOW + timedelta(minutes=20)
    numbers.append(ingest(new_ticket(cast, cast.designated, subject="Otro", **PASSED), now=later).ticket)
    receipts = OutboxMessage.objects.filter(kind="ticket_registered").order_by("pk")
    assert [(each.about, each.context["also"]) for each in receipts] == [
        (numbers[0], []),
        (numbers[1], []),
        (numbers[4], numbers[2:4]),
    ]


def test_even_a_verified_sender_gets_no_more_than_ten_a_day(cast, verifying):
    for n in range(12):
        raw = new_ticket(cast, cast.designated, subject=f"Caso {n}", **PASSED)
        ingest(raw, now=NOW + n * timedelta(minutes=30))
    assert OutboxMessage.objects.filter(kind="ticket_registered").count() == 10


def test_past_failure_18_a_verified_robot_falls_silent_after_two_of_our_mails(cast, verifying):
    ingest(new_ticket(cast, cast.designated, **PASSED), now=NOW)
    answered: set[int] = set()
    for number in range(10):
        ours = OutboxMessage.objects.filter(to_address=cast.designated.email).exclude(pk__in=answered).first()
        if ours is None:
            break
        answered.add(ours.pk)
        text = f"Hemos recibido su mensaje {number}."
        raw = new_ticket(cast, cast.designated, subject=f"Recibido #{number}", text=text, **PASSED)
        ingest(raw, now=NOW + number * MINUTE)
    assert len(answered) == 2


def test_a_forged_sender_opens_nothing_and_is_told_nothing(cast, verifying, told):
    raw = new_ticket(cast, cast.designated, Authentication_Results=f"{SERVER}; dmarc=fail")
    assert (ingest(raw, now=NOW).kind, told()) == (Kind.QUARANTINED, [])


# ---------- in whose language ----------


@pytest.mark.rule("INT-1")
@pytest.mark.parametrize(("language", "begins"), [("es", "Su ticket es"), ("en", "Your ticket is")])
def test_a_contact_without_a_login_is_answered_in_the_language_that_the_desk_noted(cast, language, begins):
    contact = ContactFactory(partner=cast.partner, customer=cast.customer, user=None, language=language)
    ingest(new_ticket(cast, contact), now=NOW)
    told = OutboxMessage.objects.get(to_address=contact.email)
    write(told)
    assert (told.language, told.body_text.startswith(begins)) == (language, True)
