"""Whom a mail is from, which of our mails it is about, which ticket it belongs to. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Lower

from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.common.prepared import prepared
from lynnsupport.outbox.identity import message_of_address, thread_of, thread_of_address
from lynnsupport.outbox.models import OutboxMessage
from tickets.models import Ticket

from .domain.outcomes import Why
from .domain.reading import Head, mailboxes


@dataclass(frozen=True)
class Sender:
    """The contacts that an address stands for and that may act, or why there are none."""

    contacts: Sequence[Contact] = ()
    why_none: Why | None = None


def sender_of(address: str) -> Sender:
    """A person may be a contact of several partners; which one counts depends on the ticket or tenant."""
    found = _contacts(address)
    if not found:
        user = User.objects.filter(email=address).first()
        is_ours = user is not None and not user.is_partner_side
        return Sender(why_none=Why.STAFF if is_ours else Why.UNKNOWN_SENDER)
    usable = [contact for contact in found if _may_act(contact)]
    return Sender(usable, None if usable else Why.NO_ACCESS)


@prepared
def _contacts(address: str) -> QuerySet[Contact]:
    return Contact.objects.select_related("partner__executive", "customer", "user").filter(email=address)


def _may_act(contact: Contact) -> bool:
    has_access = contact.user is None or contact.user.has_perm("tickets.reply_as_customer")
    return has_access and (contact.customer is None or contact.customer.partner_id == contact.partner_id)


def is_own_address(address: str) -> bool:
    """Whether it is the support address, with or without a tag, or the one that our mails are from."""
    own = {settings.SUPPORT_EMAIL, *(box.address for box in mailboxes([settings.DEFAULT_FROM_EMAIL]))}
    local, _, domain = address.lower().rpartition("@")
    bare = f"{local.partition('+')[0]}@{domain}"
    return bare in {each.lower() for each in own} or address.lower() in {each.lower() for each in own}


def own_mails(identifiers: Iterable[str]) -> dict[str, OutboxMessage]:
    """Those of the Message-IDs (without brackets) that are of mails of ours; others are not looked up."""
    domain = f"@{settings.OUTBOX_MESSAGE_ID_DOMAIN.lower()}"
    ours = (each for each in dict.fromkeys(identifiers) if each.lower().endswith(domain))
    wanted = [f"<{identifier}>" for identifier in ours][:100]
    found = OutboxMessage.objects.filter(message_id__in=wanted) if wanted else ()
    return {message.message_id.strip("<>"): message for message in found}


def returned_mail(head: Head, identifiers: Iterable[str]) -> tuple[OutboxMessage | None, bool]:
    """The mail of ours that came back, and whether its envelope names it (VERP), which nobody can forge."""
    for address in head.recipients:
        number = message_of_address(address)
        message = OutboxMessage.objects.filter(pk=number).first() if number else None
        if message:
            return message, True
    identifiers = list(identifiers)
    known = own_mails(identifiers)
    return next((known[each] for each in identifiers if each in known), None), False


def ticket_of(head: Head, mails: dict[str, OutboxMessage], number_in_subject: str | None) -> Ticket | None:
    """The ticket that a mail says it answers: by the signed address it was sent to, then by our Message-IDs
    in its head, then by the number in its subject (INT-5). Its sender may have no part in it."""
    by_address = [thread_of_address(address) for address in head.recipients]
    by_identifier = [
        thread_of(identifier) or (mails[identifier].about if identifier in mails else None)
        for identifier in head.answers_to
    ]
    wanted = [number for number in (*by_address, *by_identifier, number_in_subject) if number]
    if not wanted:
        return None
    upper = [number.upper() for number in dict.fromkeys(wanted)]
    found = {
        ticket.number: ticket for ticket in Ticket.objects.select_related("customer").filter(number__in=upper)
    }
    return next((found[number] for number in upper if number in found), None)


def entitled(contacts: Sequence[Contact], ticket: Ticket) -> Contact | None:
    return next((contact for contact in contacts if contact.belongs_to(ticket.customer)), None)


def tenant_for(contacts: Sequence[Contact], codes: Sequence[str]) -> tuple[Tenant, Contact] | None:
    """The first of the IDs that names a tenant within reach of one of the contacts, with that contact."""
    wanted = [code.lower() for code in dict.fromkeys(codes) if code]
    if not wanted:
        return None
    found = {tenant.code.lower(): tenant for tenant in _tenants(wanted)}
    for code in wanted:
        tenant = found.get(code)
        contact = tenant and next((each for each in contacts if each.belongs_to(tenant.customer)), None)
        if tenant and contact:
            return tenant, contact
    return None


@prepared
def _tenants(codes: list[str]) -> QuerySet[Tenant]:
    """By their IDs, in small letters."""
    tenants = Tenant.objects.select_related("customer__partner__executive").annotate(folded=Lower("code"))
    return tenants.filter(folded__in=codes)


def only_tenant(contacts: Sequence[Contact]) -> tuple[Tenant, Contact] | None:
    """The one tenant that the sender can mean, where there is only one contact and one tenant."""
    if len(contacts) != 1:
        return None
    [contact] = contacts
    tenants = Tenant.objects.select_related("customer__partner__executive").filter(
        customer__partner=contact.partner_id
    )
    if contact.customer_id:
        tenants = tenants.filter(customer=contact.customer_id)
    few = list(tenants[:2])
    return (few[0], contact) if len(few) == 1 else None
