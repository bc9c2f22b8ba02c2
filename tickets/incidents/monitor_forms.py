"""What the desk fills in about monitors and what they propose."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant
from tickets.desk_forms.base import reason_field

from .domain.words import Impact, Reach
from .models import HealthAddress, Incident, MonitorSource, Proposal
from .models.incident import IMPACT_LABELS
from .monitors.asking import NotAsked, parts_of

# An incident that ended longer ago than this is not what a monitor tells of now.
OFFERED = 50


class _ProposalForm(forms.Form):
    """One way to decide about a proposal; each has fields with ids of its own on the page."""

    slug = ""

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.slug}_%s", **kwargs)
        self.proposal = proposal

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


def _impact() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Impact"), choices=IMPACT_LABELS, coerce=Impact, widget=forms.RadioSelect
    )


class JoinForm(_ProposalForm):
    slug = "join"
    incident = forms.ModelChoiceField(label=_("Incident"), queryset=Incident.objects.none())
    impact = _impact()
    reason = reason_field(_("Why it belongs there"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        recent = Incident.objects.filter(closed_at__isnull=True).order_by("-started_at", "-pk")
        # A slice cannot be looked into when the form comes back.
        self.fields["incident"].queryset = Incident.objects.filter(
            pk__in=list(recent.values_list("pk", flat=True)[:OFFERED])
        ).order_by("-started_at", "-pk")


class NewForm(_ProposalForm):
    slug = "new"
    title = forms.CharField(label=_("What is wrong, in a few words"), max_length=200)
    description = reason_field(_("What is known"), _("The customers read it."))
    impact = _impact()
    reach = forms.TypedChoiceField(
        label=_("Whom it affects"), coerce=Reach, widget=forms.RadioSelect, choices=[]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[Reach, Any]] = [(Reach.ALL, _("All tenants in the cloud"))]
        if self.proposal.tenant is not None:
            choices.insert(0, (Reach.LISTED, _("This tenant only, for now")))
        self.fields["reach"].choices = choices


class DismissForm(_ProposalForm):
    slug = "dismiss"
    reason = reason_field(_("Why it is no outage"), _("It stays on record."))


class MonitorForm(forms.ModelForm):
    """A new monitor; its token is made by the portal."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[choice for choice in MonitorSource.Kind.choices if choice[0] != MonitorSource.Kind.PROBE],
    )

    class Meta:
        model = MonitorSource
        fields = ("name", "kind", "tenant", "silent_after")


class HealthAddressForm(forms.ModelForm):
    tenant = forms.ModelChoiceField(label=_("Tenant"), queryset=Tenant.objects.select_related("customer"))

    class Meta:
        model = HealthAddress
        fields = ("tenant", "url", "is_active")

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        try:
            parts_of(url)
        except NotAsked:
            raise forms.ValidationError(
                _("Write a plain address such as https://tenant.example/health: no login, no blanks."),
                code="not_asked",
            ) from None
        return url
