"""The mail of level 2, as the agreement words it (ESC-2): written once, previewed and sent the same."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from lynnsupport.accounts.models import Contact
from tickets.models import Ticket

SUBJECT_LIMIT = 200


@dataclass(frozen=True)
class Content:
    """What the sender may edit. `statement` is the brief one of the subject."""

    statement: str
    description: str
    impact: str
    products: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


def content_of(ticket: Ticket, contact: Contact | None) -> Content:
    """What the ticket holds already, for the sender to begin with."""
    impact = "\n\n".join(text for text in (ticket.impact_description, ticket.urgency) if text)
    return Content(
        statement=ticket.subject,
        description=ticket.description,
        impact=impact,
        products=ticket.products,
        phone=contact.phone if contact else "",
    )


def compose(ticket: Ticket, contact: Contact, content: Content, *, language: str) -> Letter:
    """`[customer] – ticket number – brief statement` and the labelled body, in the executive's language."""
    statement = " ".join(content.statement.split())
    with translation.override(language):
        lines = (
            (_("Number of the support ticket"), ticket.number),
            (_("Name of the customer"), ticket.customer.name),
            (_("Region or country of the customer"), ticket.get_country_display()),
            (_("Detailed description of the incident"), content.description.strip()),
            (_("Business impact or reason of the urgency"), content.impact.strip()),
            (_("Product or products involved"), content.products.strip()),
            (_("Your telephone"), content.phone.strip()),
            (_("Your name"), contact.name),
            (_("Company you work for"), contact.organisation),
        )
        body = "\n\n".join(f"{label}: {text or '—'}" for label, text in lines)
    subject = f"[{ticket.customer.name}] – {ticket.number} – {statement}"
    return Letter(subject[:SUBJECT_LIMIT], body)
