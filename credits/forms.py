"""What people fill in about credits: a claim, a decision, a downtime that is planned."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import Claim
from lynnsupport.accounts.models import Tenant

LONG = 5_000


def _words(label: Any, *, required: bool, help_text: Any = "", rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONG,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )


class ClaimForm(forms.Form):
    """CRD-2: everything is filled in already; words are welcome, not needed."""

    words = _words(
        _("Anything the executive should know"),
        required=False,
        help_text=_("Optional. The figures and the evidence go along by themselves."),
    )


class DecisionForm(forms.Form):
    """CRD-3: approve the portal's figure, approve another one with a reason, reject with a reason."""

    APPROVE, ADJUST, REJECT = "approve", "adjust", "reject"

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    amount = forms.DecimalField(
        label=_("Your figure"),
        required=False,
        max_digits=20,
        decimal_places=4,
        min_value=Decimal(0),
        localize=True,
        help_text=_("Only where it differs from the portal's."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control field-short"}),
    )
    reason = _words(
        _("Reason"),
        required=False,
        help_text=_("The customer reads it. Needed for another figure and for a rejection."),
    )

    def __init__(self, *args: Any, claim: Claim, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [
            (self.APPROVE, _("Approve the portal's figure")),
            (self.ADJUST, _("Approve another figure")),
            (self.REJECT, _("Reject")),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        decision, reason = data.get("decision"), (data.get("reason") or "").strip()
        if decision == self.ADJUST and data.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Write the figure you grant."))
        if decision in (self.ADJUST, self.REJECT) and not reason:
            self.add_error("reason", _("Say why: the customer reads it (CRD-3)."))
        return data


class ReasonForm(forms.Form):
    """An act that needs nothing but a reason."""

    reason = _words(_("Reason"), required=True)


class PlanForm(forms.Form):
    """A downtime that is being planned: which tenants, from when to when, on which clock."""

    tenants = forms.ModelMultipleChoiceField(
        queryset=Tenant.objects.none(),
        label=_("Tenants"),
        required=False,
        help_text=_("None chosen: all that you see."),
        widget=forms.SelectMultiple(attrs={"class": "form-select", "size": 6}),
    )
    starts_local = forms.DateTimeField(
        label=_("Begins"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "form-control"}
        ),
    )
    ends_local = forms.DateTimeField(
        label=_("Ends"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "form-control"}
        ),
    )
    is_announced = forms.BooleanField(
        label=_("It is announced by a notice before it begins"), required=False, initial=True
    )

    def __init__(self, *args: Any, tenants: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenants"].queryset = tenants
        self._now = now

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        starts, ends = data.get("starts_local"), data.get("ends_local")
        if starts and ends and ends <= starts:
            self.add_error("ends_local", _("It ends before it begins."))
        if starts and starts <= self._now:
            self.add_error("starts_local", _("A downtime is planned for the future."))
        return data
