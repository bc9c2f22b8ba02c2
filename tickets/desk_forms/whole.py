"""What the desk fills in about the whole of a ticket: one told by telephone, and corrections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, Country, Tenant, User
from tickets.forms import TicketForm
from tickets.models import Ticket
from tickets.operations import Reached

from .base import moment_field, reason_field

NOBODY_REACHED = "nobody"


class TelephoneForm(TicketForm):
    """A ticket told on the telephone (INT-1): the partner's form, with the time of the call."""

    called_at = moment_field(_("Time of the call"))
    called_from = forms.CharField(
        label=_("Number called from"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    reached = forms.ChoiceField(
        label=_("Designated contact reached"),
        required=False,
        help_text=_("Whoever is reached escalates the ticket with this call (CON-2)."),
    )
    tried = forms.CharField(
        label=_("Whom you tried to reach, and how"),
        required=False,
        max_length=2000,
        help_text=_("For severity 1 restoration then stands still until contact is made (CON-5)."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, caller: Contact, designated: Sequence[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caller, self.designated = caller, {str(contact.pk): contact for contact in designated}
        self.fields["called_from"].initial = caller.phone
        people = [(pk, contact.name) for pk, contact in self.designated.items() if contact != caller]
        self.fields["reached"].choices = [
            ("", _("Not tried")),
            *people,
            (NOBODY_REACHED, _("Nobody could be reached")),
        ]

    @property
    def call_part(self) -> FormHelper:
        """The call itself: first, because it is known first."""
        return _whole(_pair("called_at", "called_from"))

    @property
    def reached_part(self) -> FormHelper:
        return _whole(Fieldset(_("Designated contact"), _pair("reached"), "tried", css_class="section"))

    def clean_called_at(self) -> datetime | None:
        at = self.cleaned_data["called_at"]
        if at and at > self.now:
            raise ValidationError(_("The call lies in the future."))
        return at

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        # not part of what the ticket says
        self.time_of_call: datetime | None = data.pop("called_at", None)
        self.called_from: str = data.pop("called_from", "")
        reached, tried = data.pop("reached", ""), data.pop("tried", "").strip()
        if reached == NOBODY_REACHED and not tried:
            self.add_error("tried", _("Say whom you tried to reach, and how."))
        self.reached = Reached(self.designated.get(reached), tried)
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
        return case_helper("subject", "description", asks_which=asks_which)


def case_helper(*first: str, asks_which: bool, hidden: Sequence[str] = ()) -> FormHelper:
    """The desk's form of all that a ticket says, and why it is written; it begins with the fields `first`."""
    return _whole(
        *hidden,
        Fieldset(
            _("What happens"),
            *first,
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


def _whole(*parts: Any) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*parts)
    return helper


def _pair(*names: str) -> Div:
    return Div(*(Div(name, css_class="col-md-6") for name in names), css_class="row")
