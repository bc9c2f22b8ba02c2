"""What the desk does about incidents on a ticket's page."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.admin.act import Data, DeskAct
from tickets.admin.acts import add_act
from tickets.incidents import forms, operations
from tickets.incidents.domain.words import Reach
from tickets.incidents.models import CaseSummary, LinkedTicket
from tickets.models import Ticket


def _open(ticket: Ticket, data: Data, by: User, now: datetime) -> LinkedTicket:
    incident = operations.open_incident(
        by=by,
        title=data["title"],
        description=data["description"],
        started_at=data["started_at"] or now,
        impact=data["impact"],
        reach=data["reach"],
        countries=data["countries"],
        tenants=[ticket.tenant] if data["reach"] == Reach.LISTED else (),
        submission_key=data["submission_key"],
        now=now,
    )
    return operations.link_ticket(incident, ticket=ticket, by=by, now=now)


def _link(ticket: Ticket, data: Data, by: User, now: datetime) -> LinkedTicket:
    return operations.link_ticket(data["incident"], ticket=ticket, by=by, now=now)


def _summarise(ticket: Ticket, data: Data, by: User, now: datetime) -> CaseSummary:
    return operations.write_summary(ticket, by=by, now=now, **data)


def _linked_already(ticket: Ticket) -> Refused | None:
    if ticket.is_closed:
        return Refused(_("This ticket is closed."), rule="CRP-3")
    link = LinkedTicket.objects.filter(ticket=ticket).select_related("incident").first()
    if link is None:
        return None
    return Refused(
        _("This ticket is linked to %(incident)s already.") % {"incident": link.incident.number}, rule="INT-6"
    )


add_act(
    DeskAct(
        form=forms.SummaryForm,
        label=_("Case summary"),
        button=_("Keep the summary"),
        icon="pencil",
        done=_("The case summary is on the ticket; the customer reads it."),
        permission="incidents.write_summary",
        rule="RCA-2",
        run=_summarise,
    )
)
add_act(
    DeskAct(
        form=forms.OpenFromTicketForm,
        label=_("Open a platform incident"),
        button=_("Open the incident"),
        icon="exclamation-triangle-fill",
        done=_("The incident is open, and this ticket is linked to it."),
        permission="incidents.change_incident",
        rule="AVL-5",
        run=_open,
        closed=_linked_already,
    )
)
add_act(
    DeskAct(
        form=forms.LinkToIncidentForm,
        label=_("Link to an incident"),
        button=_("Link it"),
        icon="arrow-right",
        done=_("The ticket is linked: it goes the way of the incident."),
        permission="incidents.change_incident",
        rule="AVL-5",
        run=_link,
        closed=_linked_already,
    )
)
