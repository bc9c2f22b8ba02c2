"""What a ticket's page tells of its incident and of its case summary."""

from datetime import datetime

from django.urls import reverse

from lynnsupport.accounts.models import User
from tickets.models import Ticket
from tickets.page_parts import Part, Place

from .models import CaseSummary, LinkedTicket, Rca


def _incident_part(ticket: Ticket, url_name: str, *, by_number: bool) -> Part | None:
    link = LinkedTicket.objects.filter(ticket=ticket).select_related("incident").first()
    if link is None:
        return None
    incident = link.incident
    published = Rca.objects.filter(incident=incident, stage=Rca.Stage.PUBLISHED).exists()
    return Part(
        "incidents/_ticket_incident.html",
        Place.TOP,
        {
            "incident": incident,
            "url": reverse(url_name, args=[incident.number if by_number else incident.pk]),
            "rca_url": reverse("incidents:rca", args=[incident.number]) if published else "",
        },
    )


def incident_for_customer(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    return _incident_part(ticket, "incidents:detail", by_number=True)


def incident_for_desk(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    return _incident_part(ticket, "admin:incidents_incident_change", by_number=False)


def case_summary(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    last = CaseSummary.objects.filter(ticket=ticket).select_related("by").order_by("number").last()
    return Part("incidents/_case_summary.html", Place.MAIN, {"summary": last}) if last else None
