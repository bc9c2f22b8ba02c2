"""What the portal answers by itself to a mail, and how seldom: every exchange of robots must end (RFC 3834).

Only ever to the address on record of a known contact. Where nobody has shown that the mail is from there, at
most one answer of a kind a day, and two in all, without a word of the mail. A sender whom our mail server
verified learns the number of each ticket (INT-1), but of no more than two in a quarter of an hour and ten a
day: a robot that answers ours falls silent with us. What was held back stands in the next acknowledgement.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from lynnsupport.accounts.domain.addresses import fold_address
from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import whom_to_contact
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

# Reasons of quarantine that the sender is told, and by which mail.
_ANSWERED = {
    Why.NOT_APPROVED: NOT_APPROVED,  # SUP-4: one polite answer
    Why.NO_TENANT: LACKS_TENANT,  # INT-4: the answer says what is missing
    Why.UNKNOWN_TENANT: LACKS_TENANT,
}


def receipt_for(contact: Contact, mail: InboundMail, *, now: datetime) -> Receipt:
    """How the sender is told of the ticket that this mail opens; it counts as done."""
    is_verified = mail.authentication == Authentication.VERIFIED
    if not may_answer(contact, ACKNOWLEDGEMENT, mail, now=now):
        return Receipt(is_sent=False, is_verified=is_verified)
    return Receipt(is_verified=is_verified, also=_held_back(contact, now))


def may_answer(contact: Contact, kind: str, mail: InboundMail, *, now: datetime) -> bool:
    """Whether this address may be answered so now; it counts as done, in the caller's transaction."""
    address = fold_address(contact.email)
    day = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    today = AutomaticAnswer.objects.filter(address=address, on=day)
    answered = list(today.values_list("kind", "mail__processed_at"))
    of_kind = sum(each == kind for each, _at in answered)
    if mail.authentication == Authentication.VERIFIED and kind == ACKNOWLEDGEMENT:
        lately = sum(at is None or at > now - SHORTLY for _kind, at in answered)
        may = len(answered) < MOST_TO_VERIFIED and lately < AT_ONCE
    else:
        may = len(answered) < MOST_A_DAY and not of_kind
    if not may:
        return False
    _answer, is_new = AutomaticAnswer.objects.get_or_create(
        address=address, kind=kind, on=day, number=of_kind + 1, defaults={"mail": mail}
    )
    return is_new


def _held_back(contact: Contact, now: datetime) -> tuple[str, ...]:
    """The numbers of the tickets that they mailed since their last acknowledgement, the oldest first."""
    acknowledged = AutomaticAnswer.objects.filter(
        kind=ACKNOWLEDGEMENT, mail__contact=contact, mail__processed_at__gt=now - TOLD_LATER
    )
    last = (
        acknowledged.order_by("-mail__processed_at", "-pk")
        .values_list("mail_id", "mail__processed_at")
        .first()
    )
    if last is None:
        return ()
    mails = InboundMail.objects.filter(
        contact=contact, outcome=Kind.NEW_TICKET, processed_at__gte=last[1]
    ).exclude(pk=last[0])
    return tuple(mails.order_by("pk").values_list("ticket__number", flat=True)[:MOST_TOLD_LATER])


def thread_into(mail: InboundMail, ticket: Ticket) -> None:
    """What its sender is mailed about the ticket from now on stands in the conversation of their own mail."""
    remember_mail(thread=ticket.number, address=mail.sender_address, identifier=mail.identifier)


def to_quarantined(mail: InboundMail, why: Why, contact: Contact, *, now: datetime) -> Iterator[Mail]:
    """The polite answer to a mail that went into quarantine, where there is one."""
    kind = _ANSWERED.get(why)
    if kind is None or not may_answer(contact, kind, mail, now=now):
        return
    person = whom_to_contact(contact.partner)
    user = contact.user
    yield Mail(
        key=f"{kind}:{mail.sha256}",
        kind=kind,
        to=contact.email,
        to_name=contact.name,
        language=contact.reads,
        time_zone=user.time_zone if user else settings.TIME_ZONE,
        context={
            "partner": contact.partner.name,
            "executive": {"name": person.name, "email": person.email, "phone": person.phone},
            "received_at": mail.received_at.isoformat(),
            "path": reverse("home" if kind == NOT_APPROVED else "tickets:new"),
        },
    )
