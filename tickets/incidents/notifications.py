"""Who hears by mail of an incident; a mail's key names the fact and the reader."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from lynnsupport.accounts.models import Contact, Customer
from lynnsupport.accounts.queries import designated_contacts
from lynnsupport.outbox.operations import Mail

from .models import Rca


def rca_published(rca: Rca, *, now: datetime) -> Iterator[Mail]:
    """Every affected customer's designated contacts, and whoever reported or escalated a linked ticket."""
    incident = rca.incident
    told: set[str] = set()
    for contact in _concerned(rca, now):
        address = contact.email.lower()
        if address in told or (contact.user is not None and not contact.user.is_active):
            continue
        told.add(address)
        yield Mail(
            key=f"rca_published:{incident.number}:{rca.number}:{address}",
            kind="rca_published",
            to=contact.email,
            to_name=contact.name,
            language=contact.reads,
            time_zone=contact.user.time_zone if contact.user else "America/Santiago",
            thread=incident.number,
            context={
                "number": incident.number,
                "title": incident.title,
                "summary": rca.summary,
                "version": rca.number,
                "started_at": incident.started_at.isoformat(),
                "restored_at": incident.restored_at.isoformat(),
                "path": reverse("incidents:rca", args=[incident.number]),
            },
        )


def _concerned(rca: Rca, now: datetime) -> Iterator[Contact]:
    affected = Customer.objects.filter(
        tenants__affected_by__incident=rca.incident, tenants__affected_by__withdrawn_at__isnull=True
    )
    for customer in affected.distinct().order_by("pk"):
        yield from designated_contacts(customer, now).select_related("user")
    linked = rca.incident.links.select_related("ticket__reporter__user", "ticket__escalated_by__user")
    for link in linked:
        yield link.ticket.reporter
        if link.ticket.escalated_by:
            yield link.ticket.escalated_by
