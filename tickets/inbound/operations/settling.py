"""What a mail that could be read is: a bounce, a machine's, an answer, a new ticket, or one for quarantine.

The order is the rule: reports before robots, robots before people, the sender before the ticket, so that
nothing is learned about a ticket by whoever has no part in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from lynnsupport.accounts.models import Contact, Tenant
from lynnsupport.accounts.queries import is_designated
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.bounces import record_bounce
from lynnsupport.outbox.models import OutboxMessage
from lynnsupport.outbox.operations import enqueue
from tickets.domain.intake import RECEIPT, Channel, Receipt
from tickets.domain.lifecycle import State
from tickets.evidence import Upload
from tickets.inbound.answers import receipt_for, thread_into, to_quarantined
from tickets.inbound.domain.delivery_status import is_report, read_bounce
from tickets.inbound.domain.drafting import Draft, Words, draft, read_words
from tickets.inbound.domain.escalation import asks_for_escalation
from tickets.inbound.domain.outcomes import Kind, Why
from tickets.inbound.domain.reading import Letter
from tickets.inbound.domain.senders import Authentication, Automatic, authentication, why_automatic
from tickets.inbound.domain.subjects import Subject, read_subject
from tickets.inbound.matching import (
    entitled,
    is_own_address,
    only_tenant,
    own_mails,
    returned_mail,
    sender_of,
    tenant_for,
    ticket_of,
)
from tickets.inbound.models import InboundMail
from tickets.inbound.storing import raw_of
from tickets.models import Message, Ticket, TicketEvent
from tickets.operations import escalate, open_ticket, reply_as_customer, will_follow
from tickets.operations.record import record


@dataclass(frozen=True)
class Settled:
    """How a mail ends, with what it belongs to."""

    kind: Kind
    why: Why
    detail: str = ""
    ticket: Ticket | None = None
    message: Message | None = None
    bounced: OutboxMessage | None = None
    contact: Contact | None = None


def settle(mail: InboundMail, letter: Letter, *, now: datetime) -> Settled:
    """Act on the mail and say how it ends. In the caller's transaction, which holds the mail's row."""
    returned = _bounce(letter, now=now)
    if returned:
        return returned
    head = letter.head
    mails = own_mails([head.message_id, *head.answers_to])
    if head.message_id in mails or (head.sender and is_own_address(head.sender.address)):
        return Settled(Kind.IGNORED, Why.OWN_MAIL)
    automatic = why_automatic(letter)
    if automatic:
        return _automatic(letter, automatic, now=now)
    if letter.is_partial:
        return Settled(Kind.QUARANTINED, Why.PARTIAL)
    if head.sender is None:
        return Settled(Kind.QUARANTINED, Why.NO_SENDER)
    doubt = _doubt_about_sender(mail, letter)
    if doubt:
        return Settled(Kind.QUARANTINED, doubt)
    sender = sender_of(head.sender.address)
    if sender.why_none:
        return Settled(Kind.QUARANTINED, sender.why_none)
    twin = _same_mail_another_way(mail, letter)
    if twin:
        return Settled(Kind.IGNORED, Why.DUPLICATE, ticket=twin.ticket)
    subject = read_subject(head.subject)
    ticket = ticket_of(head, mails, subject.ticket_number)
    if ticket:
        return _answer(mail, letter, ticket, entitled(sender.contacts, ticket), now=now)
    return _new(mail, letter, subject, list(sender.contacts), now=now)


# ---------- machines ----------


def _bounce(letter: Letter, *, now: datetime) -> Settled | None:
    report = read_bounce(letter)
    if report is None:
        return Settled(Kind.IGNORED, Why.DELIVERED_REPORT) if is_report(letter) else None
    message, is_signed = returned_mail(letter.head, report.returned_ids)
    if message is None:
        return Settled(Kind.BOUNCE, Why.RETURNED_UNKNOWN, detail=report.words[:300])
    # Whoever has one of our mails knows its Message-ID; only its envelope proves that its server speaks.
    is_theirs = is_signed or report.recipient in ("", message.to_address.lower())
    record_bounce(message, is_final=report.is_final and is_theirs, words=report.words, now=now)
    return Settled(
        Kind.BOUNCE, Why.RETURNED, detail=report.words[:300], bounced=message, ticket=_ticket_about(message)
    )


def _ticket_about(message: OutboxMessage) -> Ticket | None:
    return Ticket.objects.filter(number=message.about).first() if message.about else None


def _automatic(letter: Letter, automatic: Automatic, *, now: datetime) -> Settled:
    """Set aside; what comes back to a mail's own envelope without any report is a bounce all the same."""
    if automatic in {Automatic.NULL_SENDER, Automatic.NO_REPLY}:
        message, is_signed = returned_mail(letter.head, ())
        if message and is_signed:
            record_bounce(message, is_final=False, words=letter.text or letter.head.subject, now=now)
            return Settled(Kind.BOUNCE, Why.RETURNED, bounced=message, ticket=_ticket_about(message))
    return Settled(Kind.IGNORED, Why(automatic.value))


# ---------- people ----------


def _doubt_about_sender(mail: InboundMail, letter: Letter) -> Why | None:
    address = letter.head.sender.address if letter.head.sender else ""
    found = authentication(
        letter.head.fields.get("authentication-results", ()), server=settings.MAIL_AUTHSERV_ID, sender=address
    )
    mail.authentication = found
    if found is Authentication.FAILED:
        return Why.FORGED
    if found is Authentication.UNVERIFIED and not settings.MAIL_ACCEPT_UNVERIFIED:
        return Why.UNVERIFIED
    return None


def _same_mail_another_way(mail: InboundMail, letter: Letter) -> InboundMail | None:
    """The mail that came before under the same Message-ID and says the same: sent to two of our addresses,
    say, it differs only in what the servers on its way wrote."""
    if not mail.has_twin:
        return None
    twins = InboundMail.objects.filter(
        identifier=mail.identifier,
        sender_address=mail.sender_address,
        subject=mail.subject,
        outcome__in=[Kind.NEW_TICKET, Kind.REPLY],
        message__isnull=False,
    ).exclude(pk=mail.pk)
    body = _body(raw_of(mail))
    return next((twin for twin in twins.order_by("pk")[:5] if _body(raw_of(twin)) == body), None)


def _body(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]


def _answer(
    mail: InboundMail, letter: Letter, ticket: Ticket, contact: Contact | None, *, now: datetime
) -> Settled:
    """INT-5: from somebody with a part in the ticket it is added, from anybody else quarantined."""
    if contact is None:
        return Settled(Kind.QUARANTINED, Why.NOT_ENTITLED)
    followed = will_follow(ticket, now=now)
    if followed and not followed.customer.partner.is_approved:
        return _quarantined(mail, Why.NOT_APPROVED, contact, now=now)
    try:
        with transaction.atomic():
            receipt = receipt_for(contact, mail, now=now) if followed else RECEIPT
            message = add_reply(mail, letter, ticket, contact=contact, now=now, receipt=receipt)
    except Refused as refused:
        return Settled(Kind.QUARANTINED, Why.REFUSED, detail=str(refused), contact=contact)
    kind, why, detail = _where_it_went(ticket, message, followed)
    return Settled(kind, why, detail=detail, ticket=message.ticket, message=message, contact=contact)


def _where_it_went(ticket: Ticket, message: Message, followed: Ticket | None) -> tuple[Kind, Why, str]:
    """CRP-3: a closed ticket is opened again, goes on in another, or is followed by a new one."""
    if followed:
        return Kind.NEW_TICKET, Why.FOLLOWED, followed.number
    if message.ticket_id != ticket.pk:
        return Kind.REPLY, Why.GOES_ON, ticket.number
    return Kind.REPLY, Why.REOPENED if ticket.is_closed else Why.ADDED, ""


def add_reply(
    mail: InboundMail,
    letter: Letter,
    ticket: Ticket,
    *,
    contact: Contact,
    now: datetime,
    receipt: Receipt = RECEIPT,
) -> Message:
    """The mail as the customer's message, on the ticket where the case goes on; a designated contact's sets
    a registered ticket's clocks running (CON-2), and one that asks for escalation is flagged to the desk
    (ESC-1). Raises Refused."""
    words = read_words(letter.text, is_answer=True)
    message = reply_as_customer(
        ticket,
        by=None,
        contact=contact,
        body=words.own,
        quoted=words.quoted,
        channel=Channel.EMAIL,
        evidence=uploads_of(letter),
        submission_key=key_of(mail),
        receipt=receipt,
        now=now,
    )
    ticket = message.ticket
    thread_into(mail, ticket)
    if ticket.state == State.REGISTERED and is_designated(contact, ticket.customer, now):
        escalate(ticket, by=None, contact=contact, now=now)
    elif asks_for_escalation(words.own):
        record(ticket, TicketEvent.Kind.ESCALATION_ASKED, now=now, contact=contact, message=message)
    return message


def _new(
    mail: InboundMail, letter: Letter, subject: Subject, contacts: list[Contact], *, now: datetime
) -> Settled:
    contact = contacts[0] if len(contacts) == 1 else None
    if not any(each.partner.is_approved for each in contacts):
        return _quarantined(mail, Why.NOT_APPROVED, contact or contacts[0], now=now)
    words = read_words(letter.text, is_answer=bool(letter.head.answers_to))
    found = tenant_of(subject, words, contacts)
    if found is None:
        looks_like_one = subject.tenants and any(c.isdigit() for c in subject.tenants[0][0])
        why = Why.UNKNOWN_TENANT if looks_like_one else Why.NO_TENANT
        return _quarantined(mail, why if contact else Why.AMBIGUOUS_SENDER, contact, now=now)
    tenant, reporter = found
    if not tenant.customer.partner.is_approved:
        return _quarantined(mail, Why.NOT_APPROVED, reporter, now=now)
    try:
        with transaction.atomic():  # what is refused counts as no answer either
            drafted = draft_for(subject, words, tenant, now=now)
            return _open(mail, letter, drafted, reporter, tenant, now=now)
    except Refused as refused:
        return Settled(Kind.QUARANTINED, Why.REFUSED, detail=str(refused), contact=reporter)


def _open(
    mail: InboundMail, letter: Letter, drafted: Draft, reporter: Contact, tenant: Tenant, *, now: datetime
) -> Settled:
    opening = open_ticket(
        by=None,
        channel=Channel.EMAIL,
        answers=drafted.answers,
        reporter=reporter,
        tenant=tenant,
        called_at=min(mail.received_at, now),
        evidence=uploads_of(letter),
        quoted=drafted.quoted,
        submission_key=key_of(mail),
        receipt=receipt_for(reporter, mail, now=now),
        now=now,
    )
    ticket, message = opening.ticket, opening.message
    thread_into(mail, ticket)
    return Settled(Kind.NEW_TICKET, Why.OPENED, ticket=ticket, message=message, contact=reporter)


def tenant_of(subject: Subject, words: Words, contacts: list[Contact]) -> tuple[Tenant, Contact] | None:
    """By the subject (INT-4), else by a line of the body. A preview's subject names none (EXC-2): there the
    only one that the sender can mean will do."""
    in_body = words.filled.get("tenant").split()
    codes = [*(code for code, _rest in subject.tenants), *(word.strip(".,;:-–·()") for word in in_body[:6])]
    return tenant_for(contacts, codes) or (only_tenant(contacts) if subject.is_preview else None)


def draft_for(subject: Subject, words: Words, tenant: Tenant, *, now: datetime) -> Draft:
    """What the ticket for `tenant` says."""
    statements = {code.lower(): rest for code, rest in subject.tenants}
    statement = statements.get(tenant.code.lower(), subject.statement)
    return draft(
        words,
        tenant=tenant.code,
        customer=tenant.customer.name,
        zone=tenant.time_zone,
        statement=statement,
        is_preview=subject.is_preview,
        now=now,
    )


def _quarantined(mail: InboundMail, why: Why, contact: Contact | None, *, now: datetime) -> Settled:
    """Put aside, with a polite answer where it cannot be abused: to a known contact, at its own address."""
    if contact:
        enqueue(to_quarantined(mail, why, contact, now=now), now=now)
    return Settled(Kind.QUARANTINED, why, contact=contact)


def uploads_of(letter: Letter) -> list[Upload]:
    """The mail's files as evidence, whatever their endings."""
    return list(_uploads(letter))


def _uploads(letter: Letter) -> Iterator[Upload]:
    for enclosure in letter.files:
        yield Upload(enclosure.name, ContentFile(enclosure.content))


def key_of(mail: InboundMail) -> UUID:
    """The same for the same bytes, so that a mail becomes one message whatever happens."""
    return uuid5(NAMESPACE_URL, f"mail:{mail.sha256}")
