"""Tickets that are about an incident: many join one, and go its way."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.incidents.models import Entry, Incident, LinkedTicket
from tickets.models import Ticket, TicketEvent
from tickets.operations.record import locked as locked_ticket
from tickets.operations.record import record, save

from .affected import store
from .deadlines import match_rca_clocks
from .record import locked, note
from .restoring import restore_tickets
from .rights import require


@transaction.atomic
def link_ticket(incident: Incident, *, ticket: Ticket, by: User, now: datetime) -> LinkedTicket:
    """The ticket is about this incident, which touches its tenant then. Linking it again changes nothing.

    Where the service is restored already, so is the ticket. Raises Refused where it is linked to another.
    """
    require(by, "incidents.change_incident", "AVL-5")
    incident = locked(incident)
    ticket = locked_ticket(ticket)
    before = LinkedTicket.objects.filter(ticket=ticket).select_related("incident").first()
    if before and before.incident_id == incident.pk:
        return before
    if before:
        raise Refused(
            _("This ticket is linked to %(incident)s already.") % {"incident": before.incident.number},
            rule="INT-6",
            instead=_("A ticket is about one incident; open a new ticket for the other."),
        )
    if ticket.is_closed:
        raise Refused(_("This ticket is closed."), rule="CRP-3", instead=_("Reopen it before linking it."))
    link = LinkedTicket.objects.create(incident=incident, ticket=ticket, by=by, at=now)
    record(
        ticket, TicketEvent.Kind.INCIDENT_LINKED, now=now, by=by,
        incident=incident.number, title=incident.title,
    )  # fmt: skip
    save(ticket, by=by, reason=f"linked to {incident.number}")
    store(incident, [ticket.tenant], by=by, now=now)
    note(incident, Entry.Kind.LINKED, now=now, by=by, words=f"{ticket.number} · {ticket.subject}")
    if incident.is_restored:
        restore_tickets(incident, by=by, now=now)
    match_rca_clocks(incident, now=now)
    return link
