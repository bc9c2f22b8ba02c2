"""What the portal answers by itself to a mail, and how seldom: every exchange of robots must end (RFC 3834).

At most one answer of a kind to an address and day, and two in all; only ever to the address on record of a
known contact, and without a word of the mail it answers.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from lynnsupport.accounts.domain.addresses import fold_address
from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import whom_to_contact
from lynnsupport.outbox.operations import Mail

from .domain.outcomes import Why
from .models import AutomaticAnswer, InboundMail

ACKNOWLEDGEMENT = "ticket_registered"
NOT_APPROVED = "mail_not_approved"
LACKS_TENANT = "mail_lacks_tenant"
MOST_A_DAY = 2

# Reasons of quarantine that the sender is told, and by which mail.
_ANSWERED = {
    Why.NOT_APPROVED: NOT_APPROVED,  # SUP-4: one polite answer
    Why.NO_TENANT: LACKS_TENANT,  # INT-4: the answer says what is missing
    Why.UNKNOWN_TENANT: LACKS_TENANT,
}


def may_answer(contact: Contact, kind: str, mail: InboundMail, *, now: datetime) -> bool:
    """Whether this address may be answered so today; it counts as done, in the caller's transaction."""
    address = fold_address(contact.email)
    day = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    answered = set(AutomaticAnswer.objects.filter(address=address, on=day).values_list("kind", flat=True))
    if kind in answered or len(answered) >= MOST_A_DAY:
        return False
    _answer, is_new = AutomaticAnswer.objects.get_or_create(
        address=address, kind=kind, on=day, defaults={"mail": mail}
    )
    return is_new


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
        language=user.language if user else "es",
        time_zone=user.time_zone if user else settings.TIME_ZONE,
        context={
            "partner": contact.partner.name,
            "executive": {"name": person.name, "email": person.email, "phone": person.phone},
            "received_at": mail.received_at.isoformat(),
            "path": reverse("home" if kind == NOT_APPROVED else "tickets:new"),
        },
    )
