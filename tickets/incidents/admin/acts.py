"""What the desk does on an incident: an address, a form, one operation behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.admin.refusals import closed_by_role
from tickets.incidents import forms, operations
from tickets.incidents.models import Incident

type Data = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class IncidentAct:
    """One act. `run` gives the sentences to say afterwards; `closed` says why it does not fit now."""

    form: type[forms.IncidentForm]
    label: Any
    button: Any
    icon: str
    permission: str = "incidents.change_incident"
    rule: str
    run: Callable[[Incident, Data, User, datetime], list[str]]
    closed: Callable[[Incident], Refused | None] = lambda incident: None

    @property
    def slug(self) -> str:
        return self.form.slug

    def why_closed(self, incident: Incident, user: User) -> Refused | None:
        return closed_by_role(user, self.permission, self.rule) or self.closed(incident)


def _update(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.tell_update(incident, by=by, now=now, **data)
    return [str(_("The news is on every linked ticket."))]


def _decide(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.decide(incident, by=by, now=now, **data)
    return [str(_("The decision is on record."))]


def _revise(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.revise_impact(incident, by=by, segments=data["segments"], reason=data["reason"], now=now)
    return [str(_("The impact is corrected; what stood before stays on record."))]


def _restore(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    done = operations.restore(incident, by=by, at=data["at"], now=now)
    count = len(done.tickets)
    said = ngettext(
        "The restoration is on record, on %(count)d ticket too.",
        "The restoration is on record, on %(count)d tickets too.",
        count,
    )
    refused = [
        _("%(ticket)s was not restored: %(reason)s") % {"ticket": ticket.number, "reason": refusal}
        for ticket, refusal in done.refused
    ]
    return [said % {"count": count}, *map(str, refused)]


def _relapse(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.relapse(incident, by=by, now=now, **data)
    return [str(_("The incident goes on, and so does restoration on its tickets."))]


def _link(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.link_ticket(incident, ticket=data["ticket"], by=by, now=now)
    return [str(_("The ticket is linked."))]


def _add(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.add_tenants(incident, by=by, now=now, **data)
    return [str(_("The tenants are among the affected ones."))]


def _withdraw(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.withdraw_tenant(incident, by=by, now=now, **data)
    return [str(_("The tenant is no longer among the affected ones."))]


def _close(incident: Incident, data: Data, by: User, now: datetime) -> list[str]:
    operations.close(incident, by=by, now=now, **data)
    return [str(_("The incident is closed."))]


def _lasts(incident: Incident) -> Refused | None:
    if incident.is_restored:
        return None
    return Refused(_("The incident lasts."), rule="AVL-3")


def _over(incident: Incident) -> Refused | None:
    if incident.is_closed:
        return Refused(_("The incident is closed."), rule="AVL-3")
    return _lasts(incident)


def _closed(incident: Incident) -> Refused | None:
    return Refused(_("The incident is closed."), rule="AVL-3") if incident.is_closed else None


# In the order in which the page offers them.
ACTS: tuple[IncidentAct, ...] = (
    IncidentAct(
        form=forms.UpdateForm,
        label=_("Tell news"),
        button=_("Tell it on every linked ticket"),
        icon="chat-left-text",
        rule="AVL-5",
        run=_update,
        closed=_closed,
    ),
    IncidentAct(
        form=forms.DecideForm,
        label=_("Decide reach and cause"),
        button=_("Record the decision"),
        icon="sliders",
        permission="incidents.decide_incident",
        rule="AVL-3",
        run=_decide,
    ),
    IncidentAct(
        form=forms.RestoreForm,
        label=_("Service restored"),
        button=_("Record the restoration"),
        icon="check-circle-fill",
        rule="AVL-3",
        run=_restore,
        closed=_closed,
    ),
    IncidentAct(
        form=forms.RelapseForm,
        label=_("It fails again"),
        button=_("Record that it fails again"),
        icon="arrow-counterclockwise",
        rule="RCA-1",
        run=_relapse,
        closed=_over,
    ),
    IncidentAct(
        form=forms.ReviseForm,
        label=_("Correct the impact"),
        button=_("Keep these segments"),
        icon="pencil",
        rule="AVL-3",
        run=_revise,
    ),
    IncidentAct(
        form=forms.LinkTicketForm,
        label=_("Link a ticket"),
        button=_("Link it"),
        icon="arrow-right",
        rule="AVL-5",
        run=_link,
    ),
    IncidentAct(
        form=forms.AddTenantsForm,
        label=_("Add tenants"),
        button=_("Add them"),
        icon="plus-lg",
        rule="AVL-5",
        run=_add,
    ),
    IncidentAct(
        form=forms.WithdrawForm,
        label=_("Take a tenant out"),
        button=_("Take it out"),
        icon="slash-circle",
        rule="AVL-5",
        run=_withdraw,
    ),
    IncidentAct(
        form=forms.CloseForm,
        label=_("Close"),
        button=_("Close the incident"),
        icon="lock",
        rule="AVL-3",
        run=_close,
        closed=_over,
    ),
)
