"""Who hears by mail of an incident; a mail's key names the fact and the reader."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from lynnsupport.accounts.models import Contact, Customer, User
from lynnsupport.accounts.queries import designated_contacts, desk_leads
from lynnsupport.outbox.operations import Mail

from .models import Rca, RcaTerm, RcaTermMilestone

WHAT_A_MAIL_NEEDS = ("user", "customer", "partner")  # of a contact: the language and time zone


def rca_published(rca: Rca, *, now: datetime) -> Iterator[Mail]:
    """Every affected customer's designated contacts, and whoever reported or escalated a linked ticket."""
    incident = rca.incident
    told: set[str] = set()
    for contact in _concerned(rca, now):
        address = contact.email.lower()
        if address in told or (contact.user is not None and not contact.user.is_active):
            continue
        told.add(address)
        yield Mail.for_person(
            contact,
            key=f"rca_published:{incident.number}:{rca.number}:{address}",
            kind="rca_published",
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


def rca_due(term: RcaTerm, fact: RcaTermMilestone) -> Iterator[Mail]:
    """RST-8: a warning to whoever opened the incident; the breach to them, the desk leads and the executives
    of the affected customers, for what has no analysis is of severity 1.
    """
    incident, is_breach = term.incident, fact.percent == RcaTermMilestone.BREACH
    people = [incident.opened_by, *(desk_leads() if is_breach or not incident.opened_by.is_active else [])]
    if is_breach:
        people += User.objects.filter(
            partners__customers__tenants__affected_by__incident=incident,
            partners__customers__tenants__affected_by__withdrawn_at__isnull=True,
        ).distinct()
    for person in {each.pk: each for each in people if each.is_active}.values():
        yield Mail.for_person(
            person,
            key=f"rca_due:{term.pk}:{fact.percent}:{person.email.lower()}",
            kind="rca_due",
            thread=incident.number,
            context={
                "number": incident.number,
                "title": incident.title,
                "percent": fact.percent,
                "is_breach": is_breach,
                "due_at": term.due_at.isoformat(),
                "restored_at": term.started_at.isoformat(),
                "path": reverse("admin:incidents_incident_rca", args=[incident.pk])
                if person.is_staff
                else reverse("incidents:detail", args=[incident.number]),
            },
        )


def _concerned(rca: Rca, now: datetime) -> Iterator[Contact]:
    affected = Customer.objects.filter(
        tenants__affected_by__incident=rca.incident, tenants__affected_by__withdrawn_at__isnull=True
    )
    for customer in affected.distinct().order_by("pk"):
        yield from designated_contacts(customer, now).select_related(*WHAT_A_MAIL_NEEDS)
    linked = rca.incident.links.select_related(
        *(f"ticket__{who}__{what}" for who in ("reporter", "escalated_by") for what in WHAT_A_MAIL_NEEDS)
    )
    for link in linked:
        yield link.ticket.reporter
        if link.ticket.escalated_by:
            yield link.ticket.escalated_by
