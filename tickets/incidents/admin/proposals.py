"""What monitors propose: to be confirmed into an incident, or dismissed with a reason (AVL-5)."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.desk_forms.base import reason_field
from tickets.incidents.domain.words import Impact
from tickets.incidents.forms import OpenForm
from tickets.incidents.models import Incident, MonitorSource, Proposal
from tickets.incidents.models.incident import IMPACT_LABELS
from tickets.incidents.monitors.operations import confirm, dismiss

if TYPE_CHECKING:
    from .incident import IncidentAdmin

SHOWN = 100


class ConfirmForm(forms.Form):
    incident = forms.ModelChoiceField(
        label=gettext_lazy("Incident"),
        queryset=Incident.objects.filter(closed_at__isnull=True),
        required=False,
        empty_label=gettext_lazy("A new one"),
    )
    title = forms.CharField(
        label=gettext_lazy("What is wrong, in a few words"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For a new incident; the customers read it."),
    )
    impact = forms.TypedChoiceField(
        label=gettext_lazy("Impact"), choices=IMPACT_LABELS, coerce=Impact, initial=Impact.FULL
    )
    helper = OpenForm.helper


class DismissForm(forms.Form):
    reason = reason_field(gettext_lazy("Why it was no outage"))
    helper = OpenForm.helper


def listing(desk: "IncidentAdmin", request: HttpRequest, *, refusal: Refused | None = None) -> HttpResponse:
    pending = Proposal.objects.filter(state=Proposal.State.PENDING).select_related("source", "tenant")
    decided = Proposal.objects.exclude(state=Proposal.State.PENDING).order_by("-decided_at")
    context = {
        "title": _("What monitors propose"),
        "pending": [
            (each, ConfirmForm(auto_id=f"confirm-{each.pk}_%s"), DismissForm(auto_id=f"dismiss-{each.pk}_%s"))
            for each in pending[:SHOWN]
        ],
        "decided": decided.select_related("source", "tenant", "incident", "decided_by")[:20],
        "monitors": MonitorSource.objects.filter(is_active=True).select_related("tenant"),
        "now": clock.now(),
        "may_decide": desk.has_change_permission(request),
        "refusal": refusal,
    }
    return desk.page(request, "admin/incidents/proposals.html", context, status=409 if refusal else 200)


def decide(desk: "IncidentAdmin", request: HttpRequest, proposal_id: int, how: str) -> HttpResponse:
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None or how not in ("confirm", "dismiss"):
        raise Http404
    if request.method != "POST":
        return HttpResponseRedirect(url())
    now = clock.now()
    try:
        if how == "dismiss":
            dismiss(proposal, by=request.user, reason=request.POST.get("reason", ""), now=now)
            messages.success(request, _("The proposal is dismissed."))
            return HttpResponseRedirect(url())
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            raise Refused(_("Choose the impact, and an incident that is not closed."), rule="AVL-5")
        incident = confirm(proposal, by=request.user, now=now, **form.cleaned_data)
    except Refused as refused:
        return listing(desk, request, refusal=refused)
    messages.success(request, _("The proposal is part of the incident. Decide how far it reaches."))
    return HttpResponseRedirect(reverse("admin:incidents_incident_change", args=[incident.pk]))


def url() -> str:
    return reverse("admin:incidents_incident_proposals")
