"""What partners fill in to open a ticket (INT-3)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.countries import COUNTRY_ZONES
from lynnsupport.accounts.models import Country, Tenant, User
from lynnsupport.common.moments import describe_instant, zone_name
from tickets.domain.intake import Answers, Priority
from tickets.domain.stated_time import instants_of
from tickets.fields import EvidenceField, PercentField, SubmissionKeyField, WallTimeField
from tickets.models.ticket import PRIORITY_LABELS, SEVERITY_LABELS

from .typed import LONG, ask_for_files_again

OCCURRENCES = [
    ("1", _("The first time, before the clocks were put back")),
    ("2", _("The second time, after it")),
]


def _text(label: Any, *, rows: int = 3, help_text: Any = "", required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=required, max_length=LONG, help_text=help_text, widget=widget
    )


def _line(label: Any, length: int, *, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length, help_text=help_text)


class TicketForm(forms.Form):
    """A new ticket. `now` is when it is read; `tenants` are the ones its author may choose from."""

    submission_key = SubmissionKeyField()
    tenant = forms.ModelChoiceField(
        label=_("Tenant"), queryset=Tenant.objects.none(), empty_label=_("Choose the affected instance")
    )
    subject = forms.CharField(
        label=_("Subject"),
        max_length=200,
        help_text=_("What fails and for whom, in one line."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = _text(
        _("What happens"),
        rows=7,
        required=True,
        help_text=_("What you see, the steps that lead to it, what changed before, what you have tried."),
    )
    detected_local = WallTimeField(label=_("Date and time of detection"))
    detected_zone = forms.ChoiceField(label=_("On the clock of"))
    detected_occurrence = forms.ChoiceField(
        label=_("The clocks showed this time twice. Which one was it?"),
        required=False,
        choices=OCCURRENCES,
        widget=forms.RadioSelect,
    )
    country = forms.ChoiceField(
        label=_("Country or region"),
        required=False,
        choices=[("", _("The customer's country")), *Country.choices],
    )
    is_custom_development = forms.BooleanField(label=_("It concerns a custom development"), required=False)
    is_preview = forms.BooleanField(label=_("It concerns a feature in preview"), required=False)

    impact_percent = PercentField(
        label=_("Affected part of the operation (%)"),
        help_text=_("From 0 to 100. A good estimate is enough."),
    )
    has_workaround = forms.TypedChoiceField(
        label=_("Is there another way to go on working?"),
        required=False,
        choices=[("", _("Not known yet")), ("no", _("No")), ("yes", _("Yes"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    workaround = _text(_("The other way, if there is one"), rows=2)
    impact_description = _text(
        _("What it means for the business"), help_text=_("Who cannot work, what is lost, since when.")
    )
    urgency = _text(_("Why it is urgent"), rows=2)
    priority = forms.ChoiceField(
        label=_("Priority agreed with Lynn"),
        required=False,
        choices=PRIORITY_LABELS,
        initial=Priority.NORMAL,
    )
    proposed_severity = forms.TypedChoiceField(
        label=_("Severity that you propose"),
        required=False,
        choices=[("", _("None: the portal's suggestion will do")), *SEVERITY_LABELS],
        coerce=int,
        empty_value=None,
        help_text=_("An engineer decides; what you propose is kept beside it."),
    )

    files = EvidenceField(label=_("Screenshots, recordings, logs"))
    session_reference = _line(_("Session name or ID"), 200)
    products = _line(_("Products involved"), 300)
    social_networks = _line(_("Social networks or channels involved"), 300)
    test_data = _text(_("Test data to reproduce it"), rows=2)
    troubleshooting = _text(_("Basic checks already done"), rows=2)

    lccd_name = _line(_("Responsible LCCD: name"), 150)
    lccd_email = forms.EmailField(label=_("Responsible LCCD: e-mail"), required=False, max_length=254)
    lccd_phone = forms.CharField(
        label=_("Responsible LCCD: telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    previous_engineer = _line(_("Engineer who worked on it before"), 200)

    def __init__(
        self, *args: Any, tenants: QuerySet[Tenant], reader: User, now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        field = self.fields["tenant"]
        field.queryset = tenants
        field.label_from_instance = _tenant_label
        offered = list(tenants)
        if len(offered) == 1:
            field.initial = offered[0].pk
        zone = self.fields["detected_zone"]
        zone.initial = reader.time_zone
        near = {tenant.time_zone for tenant in offered} | {reader.time_zone}
        zone.choices = _zone_choices(near | self._stated_zone())

    def _stated_zone(self) -> set[str]:
        """The zone already chosen, which the reader or a tenant may have had before."""
        stated = {self.data.get("detected_zone"), self.initial.get("detected_zone")}
        return stated & available_timezones()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("detected_local") and data.get("detected_zone"):
            data["detected_at"] = self._detected_at(
                data["detected_local"], ZoneInfo(data["detected_zone"]), data.get("detected_occurrence")
            )
        ask_for_files_again(self)
        return data

    def _detected_at(self, shown: datetime, zone: ZoneInfo, occurrence: str | None) -> datetime | None:
        """INT-3: a local time that does not exist, or exists twice, is asked for rather than guessed."""
        instants = instants_of(shown, zone)
        if not instants:
            self.add_error(
                "detected_local",
                _("That night the clocks in %(zone)s were put forward, past this time. Which one was it?")
                % {"zone": zone_name(zone)},
            )
            return None
        if len(instants) == 2 and not occurrence:
            self.add_error(
                "detected_occurrence",
                _("The clocks in %(zone)s were put back over this time. Say which of the two it was.")
                % {"zone": zone_name(zone)},
            )
            return None
        at = instants[-1] if occurrence == "2" else instants[0]
        if at > self.now:
            self.add_error(
                "detected_local",
                _("This lies in the future: it is %(now)s. Check the time and its zone.")
                % {"now": describe_instant(self.now, zone)},
            )
            return None
        return at

    def answers(self) -> Answers:
        """The content of a valid form, as every channel hands it to `open_ticket`."""
        data = dict(self.cleaned_data)
        for name in ("submission_key", "files", "detected_local", "detected_occurrence"):
            data.pop(name)
        tenant, priority = data.pop("tenant"), data.pop("priority")
        return Answers(tenant=tenant.code, priority=Priority(priority or Priority.NORMAL), **data)

    @property
    def asks_which_occurrence(self) -> bool:
        return self.is_bound and ("detected_occurrence" in self.errors or "detected_occurrence" in self.data)

    @property
    def first_parts(self) -> FormHelper:
        """What happens and what it does: enough to suggest a severity."""
        occurrence = ["detected_occurrence"] if self.asks_which_occurrence else []
        return _helper(
            "submission_key",
            Fieldset(
                _("What happens"),
                "tenant",
                "subject",
                "description",
                _row("detected_local", "detected_zone"),
                *occurrence,
                css_class="section",
            ),
            Fieldset(
                _("Impact"),
                _row("impact_percent", "priority"),
                "has_workaround",
                "workaround",
                "impact_description",
                "urgency",
                "proposed_severity",
                css_class="section",
            ),
        )

    @property
    def last_parts(self) -> FormHelper:
        """What helps to find the cause, and who knows more."""
        return _helper(
            Fieldset(
                _("Evidence"),
                Div("files", css_class="drop mb-3", data_drop=""),
                _row("session_reference", "products"),
                _row("social_networks", "country"),
                "test_data",
                "troubleshooting",
                "is_custom_development",
                "is_preview",
                css_class="section",
            ),
            Fieldset(
                _("People"),
                _row("lccd_name", "lccd_phone"),
                _row("lccd_email", "previous_engineer"),
                css_class="section",
            ),
        )


def _tenant_label(tenant: Tenant) -> str:
    return f"{tenant.code} · {tenant.name} · {tenant.customer.name}"


def _zone_choices(near: set[str]) -> list[tuple[str, str]]:
    """The zones of Lynn's countries, those that concern the reader, and UTC."""
    names = [*COUNTRY_ZONES.values(), *sorted(near - set(COUNTRY_ZONES.values()) - {"UTC"}), "UTC"]
    return [(name, zone_name(ZoneInfo(name))) for name in names]


def _helper(*parts: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*parts)
    return helper


def _row(*names: str) -> Div:
    return Div(*(Div(name, css_class="col-md-6") for name in names), css_class="row")
