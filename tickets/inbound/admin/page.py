"""A mail's page at the desk: what came, what the portal made of it, what can be decided about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from lynnsupport.accounts.models import Contact, Tenant
from lynnsupport.common.refusal import Refused
from tickets.admin.refusals import closed_by_role
from tickets.admin.telephone import callers
from tickets.inbound.domain.drafting import Draft, read_words
from tickets.inbound.domain.reading import Letter
from tickets.inbound.domain.subjects import read_subject
from tickets.inbound.matching import sender_of, ticket_of
from tickets.inbound.models import InboundMail
from tickets.inbound.operations.decisions import letter_of
from tickets.inbound.operations.settling import draft_for, tenant_of
from tickets.models import Ticket

from .forms import AddForm, MailForm, RejectForm

PEOPLE_SHOWN = 10
PERMISSION = "inbound.decide_mail"
LONGEST_SHOWN = 100_000


@dataclass(frozen=True)
class Attempt:
    """A form that did not go through, and what it met."""

    form: MailForm
    refusal: Refused | None = None


def mail_page(request: HttpRequest, mail: InboundMail, *, attempt: Attempt | None = None) -> dict[str, Any]:
    """The context of the page."""
    letter = letter_of(mail) if not mail.erased_at else None
    words = read_words(letter.text, is_answer=bool(letter.head.answers_to)) if letter else None
    people = request.GET.get("person", "").strip()[:100]
    contact = mail.contact or (only_contact(mail) if mail.can_be_released else None)
    add = AddForm(initial={"number": _named_ticket(letter)})
    context: dict[str, Any] = {
        "title": mail.subject or mail.sender_address or mail.sha256[:12],
        "mail": mail,
        "letter": letter,
        "own": words.own[:LONGEST_SHOWN] if words else "",
        "quoted": words.quoted[:LONGEST_SHOWN] if words else "",
        "files": letter.files if letter else (),
        "decisions": mail.decisions.select_related("by", "ticket", "contact"),
        "twins": twins_of(mail),
        "people": people,
        "found": list(callers(people)[:PEOPLE_SHOWN]) if people else [],
        "suggested": contact if contact and not mail.contact else None,
        "may_decide": mail.can_be_released and not mail.erased_at,
        "closed": closed_by_role(request.user, PERMISSION, "INT-5"),
        "add_form": add,
        "reject_form": RejectForm(),
        "attempt": attempt,
    }
    if attempt:
        context |= {f"{attempt.form.slug}_form": attempt.form}
    return context


def only_contact(mail: InboundMail) -> Contact | None:
    """The contact whose address the mail bears, for a person to confirm: an address can be forged."""
    contacts = sender_of(mail.sender_address).contacts if mail.sender_address else ()
    return contacts[0] if len(contacts) == 1 else None


def twins_of(mail: InboundMail) -> list[InboundMail]:
    if not (mail.has_twin and mail.identifier):
        return []
    return list(InboundMail.objects.filter(identifier=mail.identifier).exclude(pk=mail.pk)[:5])


def _named_ticket(letter: Letter | None) -> str:
    if letter is None:
        return ""
    named: Ticket | None = ticket_of(letter.head, {}, read_subject(letter.head.subject).ticket_number)
    return named.number if named else ""


def drafted(
    mail: InboundMail, contact: Contact, *, tenants: QuerySet[Tenant], now: datetime
) -> tuple[Draft | None, int | None]:
    """What can be read of the mail for a ticket of this contact, and the tenant that it names; nothing where
    the contact has no tenant at all."""
    letter = letter_of(mail)
    subject = read_subject(letter.head.subject)
    words = read_words(letter.text, is_answer=bool(letter.head.answers_to))
    found = tenant_of(subject, words, [contact])
    tenant = found[0] if found else tenants.first()
    if tenant is None:
        return None, None
    return draft_for(subject, words, tenant, now=now), found[0].pk if found else None
