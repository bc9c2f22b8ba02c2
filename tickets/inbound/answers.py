"""What the portal answers by itself to a mail, and how seldom: every exchange of robots must end (RFC 3834).

Only ever to the address on record of a known contact. Where nobody has shown that the mail is from there, at
most one answer of a kind a day, and two in all, without a word of the mail. A sender whom our mail server
verified learns the number of each ticket (INT-1), but of no more than two in a quarter of an hour and ten a
day: a robot that answers ours falls silent with us. What was held back stands in the next acknowledgement.
Designated contacts are asked to escalate (CON-2) at most so often a day in the name of one unverified sender.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from lynnsupport.accounts.domain.addresses import fold_address
from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import whom_to_contact
from lynnsupport.common.prepared import prepared
from lynnsupport.outbox.operations import Mail, remember_mail
from tickets.domain.intake import Receipt
from tickets.models import Ticket

from .domain.outcomes import Kind, Why
from .domain.senders import Authentication
from .models import AutomaticAnswer, InboundMail

ACKNOWLEDGEMENT = "ticket_registered"
NOT_APPROVED = "mail_not_approved"
LACKS_TENANT = "mail_lacks_tenant"
MOST_A_DAY = 2
MOST_TO_VERIFIED = 10
AT_ONCE, SHORTLY = 2, timedelta(minutes=15)
TOLD_LATER = timedelta(days=7)
MOST_TOLD_LATER = 20
MOST_ASKED = 10

# Reasons of quarantine that the sender is told, and by which mail.
_ANSWERED = {
    Why.NOT_APPROVED: NOT_APPROVED,  # SUP-4: one polite answer
    Why.NO_TENANT: LACKS_TENANT,  # INT-4: the answer says what is missing
    Why.UNKNOWN_TENANT: LACKS_TENANT,
}


def receipt_for(contact: Contact, mail: InboundMail, *, now: datetime) -> Receipt:
    """How the sender is told of the ticket that this mail opens; it counts as done."""
    is_verified = mail.authentication == Authentication.VERIFIED
    answered = _answered(contact)
    if not _take(contact, ACKNOWLEDGEMENT, mail, answered, now=now):
        asks = is_verified or not _opened_many(contact, now)
        return Receipt(is_sent=False, is_verified=is_verified, asks=asks)
    return Receipt(is_verified=is_verified, also=_held_back(contact, answered, now))


def may_answer(contact: Contact, kind: str, mail: InboundMail, *, now: datetime) -> bool:
    """Whether this address may be answered so now; it counts as done, in the caller's transaction."""
    return _take(contact, kind, mail, _answered(contact), now=now)


def _answered(contact: Contact) -> list[AutomaticAnswer]:
    """The last answers to this address, the newest first; more than any limit counts."""
    return _last_answers(fold_address(contact.email))


@prepared
def _last_answers(address: str) -> QuerySet[AutomaticAnswer]:
    answers = AutomaticAnswer.objects.filter(address=address).select_related("mail")
    answers = answers.only("kind", "on", "mail__processed_at", "mail__contact_id")  # not the mail's bytes
    return answers.order_by("-pk")[: MOST_TO_VERIFIED + 1]


def _take(
    contact: Contact, kind: str, mail: InboundMail, answered: list[AutomaticAnswer], *, now: datetime
) -> bool:
    day = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    today = [each for each in answered if each.on == day]
    number = 1 + sum(each.kind == kind for each in today)
    if mail.authentication == Authentication.VERIFIED and kind == ACKNOWLEDGEMENT:
        lately = sum(_at(each, now) > now - SHORTLY for each in answered)
        may = len(today) < MOST_TO_VERIFIED and lately < AT_ONCE
    else:
        may = len(today) < MOST_A_DAY and number == 1
    if not may:
        return False
    answer = AutomaticAnswer(address=fold_address(contact.email), kind=kind, on=day, number=number, mail=mail)
    try:
        with transaction.atomic():
            answer.save(force_insert=True)
    except IntegrityError:  # another process answers this address at this moment
        return False
    return True


def _at(answer: AutomaticAnswer, now: datetime) -> datetime:
    return answer.mail.processed_at or now


def _held_back(contact: Contact, answered: list[AutomaticAnswer], now: datetime) -> tuple[str, ...]:
    """The numbers of the tickets that they mailed since their last acknowledgement, the oldest first."""
    acknowledged = (
        each for each in answered if each.kind == ACKNOWLEDGEMENT and each.mail.contact_id == contact.pk
    )
    last = next(acknowledged, None)
    if last is None or _at(last, now) < now - TOLD_LATER:
        return ()
    since = _opened(contact.pk).filter(processed_at__gte=_at(last, now)).exclude(pk=last.mail_id)
    return tuple(since.order_by("pk").values_list("ticket__number", flat=True)[:MOST_TOLD_LATER])


def _opened_many(contact: Contact, now: datetime) -> bool:
    """Whether so many tickets were mailed in their name since yesterday that nobody else is called for one
    more: it waits in the portal of those who may escalate it."""
    return bool(_opened_last(contact.pk, now - timedelta(days=1)))


@prepared
def _opened_last(contact: int, since: datetime) -> QuerySet[InboundMail, int]:
    """One row if they opened at least so many."""
    opened = _opened(contact).filter(processed_at__gt=since)
    return opened.order_by().values_list("pk", flat=True)[MOST_ASKED - 1 : MOST_ASKED]


def _opened(contact: int) -> QuerySet[InboundMail]:
    return InboundMail.objects.filter(contact=contact, outcome=Kind.NEW_TICKET)


def thread_into(mail: InboundMail, ticket: Ticket) -> None:
    """What its sender is mailed about the ticket from now on stands in the conversation of their own mail."""
    remember_mail(thread=ticket.number, address=mail.sender_address, identifier=mail.identifier)


def to_quarantined(mail: InboundMail, why: Why, contact: Contact, *, now: datetime) -> Iterator[Mail]:
    """The polite answer to a mail that went into quarantine, where there is one."""
    kind = _ANSWERED.get(why)
    if kind is None or not may_answer(contact, kind, mail, now=now):
        return
    person = whom_to_contact(contact.partner)
    yield Mail.for_person(
        contact,
        key=f"{kind}:{mail.sha256}",
        kind=kind,
        context={
            "partner": contact.partner.name,
            "executive": {"name": person.name, "email": person.email, "phone": person.phone},
            "received_at": mail.received_at.isoformat(),
            "path": reverse("home" if kind == NOT_APPROVED else "tickets:new"),
        },
    )
