"""What the desk fills in about the whole of a ticket: one told by telephone, and corrections."""

from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Country, Tenant, User
from tickets.forms import TicketForm
from tickets.models import Ticket

from .base import moment_field, reason_field


class TelephoneForm(TicketForm):
    """A ticket told on the telephone (INT-1): the partner's form, with the time of the call."""

    called_at = moment_field(_("Time of the call"))

    def clean_called_at(self) -> datetime | None:
        at = self.cleaned_data["called_at"]
        if at and at > self.now:
            raise ValidationError(_("The call lies in the future."))
        return at

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.time_of_call: datetime | None = data.pop("called_at", None)  # not part of what the ticket says
        return data


class CorrectionForm(TicketForm):
    """What a ticket says, to be corrected; `initial` is the version of it that its author saw."""

    NOT_CORRECTED = ("submission_key", "tenant", "files", "proposed_severity")
    reason = reason_field(_("Why you correct it"), _("Kept in the history, beside your name and the time."))

    def __init__(self, *args: Any, now: datetime, ticket: Ticket, reader: User, **kwargs: Any) -> None:
        tenants = Tenant.objects.filter(pk=ticket.tenant_id).select_related("customer")
        super().__init__(*args, tenants=tenants, reader=reader, now=now, **kwargs)
        for name in self.NOT_CORRECTED:
            del self.fields[name]
        self.fields["country"].choices = Country.choices
        self.fields["country"].required = True
        if ticket.is_escalated:  # EXC-3
            for name in ("is_custom_development", "is_preview"):
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Settled when the ticket was escalated (EXC-3).")

    @property
    def helper(self) -> FormHelper:
        asks_which = self.asks_which_occurrence or bool(self.initial.get("detected_occurrence"))
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            Fieldset(
                _("What happens"),
                "subject",
                "description",
                _pair("detected_local", "detected_zone"),
                *(["detected_occurrence"] if asks_which else []),
                css_class="section",
            ),
            Fieldset(
                _("Impact"),
                _pair("impact_percent", "priority"),
                "has_workaround",
                "workaround",
                "impact_description",
                "urgency",
                css_class="section",
            ),
            Fieldset(
                _("Evidence"),
                _pair("session_reference", "products"),
                _pair("social_networks", "country"),
                "test_data",
                "troubleshooting",
                "is_custom_development",
                "is_preview",
                css_class="section",
            ),
            Fieldset(
                _("People"),
                _pair("lccd_name", "lccd_phone"),
                _pair("lccd_email", "previous_engineer"),
                css_class="section",
            ),
            Fieldset(_("Reason"), "reason", css_class="section"),
        )
        return helper


def _pair(*names: str) -> Div:
    return Div(*(Div(name, css_class="col-md-6") for name in names), css_class="row")
