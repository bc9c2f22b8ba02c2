"""What the desk fills in about a mail that was put aside."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact
from lynnsupport.common.references import find_ticket_number
from tickets.desk_forms.whole import case_helper
from tickets.forms import LONG, TicketForm
from tickets.inbound.domain.drafting import Draft
from tickets.models import Ticket


def reason_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MailForm(forms.Form):
    """Each form of the page has fields with ids of its own."""

    slug = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.slug}_%s", **kwargs)

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


class RejectForm(MailForm):
    slug = "reject"
    reason = reason_field(_("Why"), _("Kept with the mail. Its sender is not told."))


class AddForm(MailForm):
    slug = "add"
    number = forms.CharField(
        label=_("Ticket number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    reason = reason_field(_("Why"), required=False)

    def clean_number(self) -> Ticket:
        number = find_ticket_number(self.cleaned_data["number"])
        found = Ticket.objects.select_related("customer").filter(number=number).first() if number else None
        if found is None:
            raise ValidationError(_("There is no such ticket."))
        return found


class LinkForm(MailForm):
    slug = "link"
    contact = forms.ModelChoiceField(label=_("Contact"), queryset=Contact.objects.all())


class ReleaseForm(TicketForm):
    """A new ticket, filled in from the mail; detection and impact may stay open (INT-4)."""

    reason = reason_field(_("Why it is released"), _("Kept with the mail."), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("detected_local", "impact_percent"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        data.setdefault("detected_at", None)
        self.why: str = data.pop("reason", "")  # not part of what the ticket says
        return data

    @property
    def helper(self) -> FormHelper:
        return case_helper(
            *("tenant", "subject", "description"),
            asks_which=self.asks_which_occurrence,
            hidden=["submission_key"],
        )


def initial_of(drafted: Draft, tenant_id: int | None) -> dict[str, Any]:
    """What was read of the mail, as the fields of a `ReleaseForm` hold it."""
    answers = drafted.answers
    names = (
        *("subject", "description", "detected_zone", "impact_percent", "impact_description", "workaround"),
        *("urgency", "priority", "products", "social_networks", "test_data", "session_reference"),
        *("previous_engineer", "lccd_name", "lccd_email", "lccd_phone", "troubleshooting", "country"),
        *("is_custom_development", "is_preview"),
    )
    workaround = {None: "", True: "yes", False: "no"}[answers.has_workaround]
    said = {name: getattr(answers, name) for name in names} | {"has_workaround": workaround}
    return said | {"tenant": tenant_id, "detected_local": _wall(answers.detected_at, answers.detected_zone)}


def _wall(at: datetime | None, zone: str) -> datetime | None:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if at else None
