"""What the desk fills in about incidents: one small form for each act."""

from datetime import UTC, datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Country, Tenant
from tickets.desk_forms.base import DeskForm, MomentField, reason_field
from tickets.fields import SubmissionKeyField
from tickets.models import Ticket

from .domain.segments import Segment
from .domain.words import Cause, Impact, Reach, Scope
from .models import Incident
from .models.incident import CAUSE_LABELS, IMPACT_LABELS, REACH_LABELS, SCOPE_LABELS
from .queries import decision_on, segments_in_force

ROWS_TO_ADD = 2
NOW = _("On your own clock; empty means now.")


def _moment(label: Any, help_text: Any = "", *, required: bool = False) -> MomentField:
    return MomentField(label=label, help_text=help_text, required=required)


def _enum(kind: type, label: Any, choices: list, **options: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=choices, coerce=kind, **options)


def to_the_second(typed: datetime | None, known: list[datetime | None]) -> datetime | None:
    """A form knows no seconds: what was typed is the instant on record in the same minute, if any."""
    if typed is None:
        return None
    minute = typed.astimezone(UTC).replace(second=0, microsecond=0)
    same = [at for at in known if at and at.astimezone(UTC).replace(second=0, microsecond=0) == minute]
    return same[0] if same else typed


class _What(forms.Form):
    """What every way of opening an incident asks."""

    title = forms.CharField(label=_("What is wrong, in a few words"), max_length=200)
    description = reason_field(_("What is known"), _("The customers read it."))
    started_at = _moment(_("Started at"), NOW)
    impact = _enum(
        Impact, _("Impact since then"), IMPACT_LABELS, widget=forms.RadioSelect, initial=Impact.FULL
    )
    reach = _enum(Reach, _("Whom it affects"), REACH_LABELS, widget=forms.RadioSelect, initial=Reach.ALL)
    countries = forms.MultipleChoiceField(
        label=_("Countries"),
        choices=Country.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where it affects the tenants of some countries."),
    )
    submission_key = SubmissionKeyField()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("reach") == Reach.COUNTRIES and not data.get("countries"):
            self.add_error("countries", _("Tick at least one country."))
        return data


class OpenForm(_What):
    """The page on which an engineer opens an incident."""

    detected_at = _moment(_("Detected at"), NOW)
    tenants = forms.ModelMultipleChoiceField(
        label=_("Tenants"),
        queryset=Tenant.objects.select_related("customer"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Where it affects listed tenants only."),
    )
    next_update_at = _moment(_("Next update"), _("The customers read when news will follow."))
    field_order = (
        *("title", "description", "started_at", "detected_at", "impact", "reach", "countries", "tenants"),
        "next_update_at",
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("reach") == Reach.LISTED and not data.get("tenants"):
            self.add_error("tenants", _("Choose at least one tenant."))
        return data


class OpenFromTicketForm(_What, DeskForm):
    """The same from a ticket, which is linked to it; «listed» means the ticket's own tenant."""

    slug = "open-incident"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("title", self.ticket.subject)
        self.initial.setdefault("description", self.ticket.description)
        self.initial.setdefault("reach", Reach.LISTED)
        self.fields["reach"].choices = [
            (value, _("Only this ticket's tenant") if value is Reach.LISTED else label)
            for value, label in REACH_LABELS
        ]
        if self.ticket.detected_at:
            self.initial.setdefault("started_at", self.ticket.detected_at)


class LinkToIncidentForm(DeskForm):
    """Which of the recent incidents the ticket is about."""

    slug = "link-incident"
    incident = forms.ModelChoiceField(
        label=_("Incident"), queryset=Incident.objects.filter(closed_at__isnull=True)
    )


class SummaryForm(DeskForm):
    """RCA-2: the case summary; it begins as the version that stands."""

    slug = "case-summary"
    incident = reason_field(_("Incident"), _("What happened, to whom. The customer reads all three."))
    findings = reason_field(_("Cause or findings"))
    measures = reason_field(_("Restoration or corrective measures"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = self.ticket.summaries.order_by("number").last()
        if last:
            self.initial = {"incident": last.incident, "findings": last.findings, "measures": last.measures}


class IncidentForm(forms.Form):
    """A form of an act on an incident; its fields have ids of their own on the page."""

    slug = ""

    def __init__(self, *args: Any, incident: Incident, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.slug}_%s", **kwargs)
        self.incident, self.now = incident, now

    helper = OpenForm.helper

    def known(self) -> list[datetime | None]:
        spans = segments_in_force(self.incident)
        bounds = [at for span in spans for at in (span.start, span.end)]
        return [self.incident.started_at, self.incident.restored_at, *bounds]


class UpdateForm(IncidentForm):
    slug = "update"
    words = reason_field(
        _("What is new"), _("Goes to every linked ticket at once, as an answer with its mail.")
    )
    next_update_at = _moment(_("Next update"), _("Empty where none is announced."))
    submission_key = SubmissionKeyField()


class DecideForm(IncidentForm):
    slug = "decide"
    scope = _enum(Scope, _("How far it reaches"), SCOPE_LABELS, widget=forms.RadioSelect)
    cause = _enum(Cause, _("Cause"), CAUSE_LABELS)
    reason = reason_field(_("Why"), _("Stays on record with your name: availability and credits hang on it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decision = decision_on(self.incident)
        if decision is None:
            self.fields["scope"].choices = [pair for pair in SCOPE_LABELS if pair[0] is not Scope.OPEN]
        else:
            self.initial = {"scope": decision.scope, "cause": decision.cause}


class RestoreForm(IncidentForm):
    slug = "restore"
    at = _moment(_("The service works again since"), NOW)

    def clean_at(self) -> datetime | None:
        return to_the_second(self.cleaned_data["at"], self.known())


class RelapseForm(IncidentForm):
    slug = "relapse"
    at = _moment(_("It fails again since"), NOW)
    impact = _enum(
        Impact, _("Impact since then"), IMPACT_LABELS, widget=forms.RadioSelect, initial=Impact.FULL
    )
    words = reason_field(_("What fails again"), _("Goes to every linked ticket at once."))

    def clean_at(self) -> datetime | None:
        return to_the_second(self.cleaned_data["at"], self.known())


class LinkTicketForm(IncidentForm):
    slug = "link"
    number = forms.CharField(label=_("Ticket number"), max_length=20, help_text=_("Such as LYN-2026-000123."))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "number" in data:
            found = Ticket.objects.filter(number__iexact=data["number"].strip()).first()
            if found is None:
                self.add_error("number", _("There is no such ticket."))
            data["ticket"] = found
        return data


class AddTenantsForm(IncidentForm):
    slug = "add-tenants"
    tenants = forms.ModelMultipleChoiceField(
        label=_("Tenants"),
        queryset=Tenant.objects.select_related("customer"),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )


class WithdrawForm(IncidentForm):
    slug = "withdraw-tenant"
    tenant = forms.ModelChoiceField(label=_("Tenant"), queryset=Tenant.objects.none())
    reason = reason_field(_("Why it was not affected"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = Tenant.objects.filter(
            affected_by__incident=self.incident, affected_by__withdrawn_at__isnull=True
        )


class CloseForm(IncidentForm):
    slug = "close"
    words = reason_field(_("What was found in the end"))


class SegmentForm(forms.Form):
    impact = _enum(Impact, _("Impact"), IMPACT_LABELS)
    start = _moment(_("From"))
    end = _moment(_("Until"))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("end") and not data.get("start"):
            self.add_error("start", _("Write from when."))
        return data


class ReviseForm(IncidentForm):
    """The whole list of segments, some rows to add, and why. A row without a start is left out."""

    slug = "revise"
    reason = reason_field(_("Why the impact is corrected"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = segments_in_force(self.incident)
        shown = [{"impact": each.impact, "start": each.start, "end": each.end} for each in stored]
        rows: type[forms.BaseFormSet] = forms.formset_factory(SegmentForm, extra=ROWS_TO_ADD, max_num=100)
        self.rows = rows(self.data if self.is_bound else None, initial=shown, prefix="segments")

    def is_valid(self) -> bool:
        return all([super().is_valid(), self.rows.is_valid()])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.rows.is_valid():
            raise ValidationError(_("Check the segments."))
        known = self.known()
        data["segments"] = []
        for row in self.rows.cleaned_data:
            if not row or not row.get("start"):
                continue
            start, end = to_the_second(row["start"], known), to_the_second(row["end"], known)
            if end is not None and end < start:
                raise ValidationError(_("A segment ends before it starts."))
            data["segments"].append(Segment(row["impact"], start, end))
        return data
