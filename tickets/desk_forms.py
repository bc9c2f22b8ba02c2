"""What the desk fills in on a ticket: one small form for each act."""

from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.roles import ROLES
from lynnsupport.accounts.models import Contact, Country, Tenant, User
from lynnsupport.accounts.queries import designated_contacts

from .domain.lifecycle import CLOSE_REASONS, CloseReason, State
from .domain.stated_time import instants_of
from .evidence import stored_bytes
from .fields import EvidenceField, SubmissionKeyField, WallTimeField
from .forms import FILES_AGAIN, LONG, TicketForm
from .models import Ticket
from .models.ticket import CLOSE_REASON_LABELS, SEVERITY_LABELS

# The ways in which the text of the one big box can be sent.
ANSWER, NOTE, ASK, PROPOSE = "answer", "note", "ask", "propose"
WAYS = [
    (ANSWER, _("Answer the customer")),
    (NOTE, _("Internal note")),
    (ASK, _("Ask the customer")),
    (PROPOSE, _("Propose a solution")),
]
OWNER_ROLES = [role.value for role, rules in ROLES.items() if "tickets.answer_ticket" in rules.permissions]


def possible_owners() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=OWNER_ROLES).order_by("name", "pk")


def people_of(ticket: Ticket) -> QuerySet[Contact]:
    """Who may call about a ticket: its customer's people and the partner's own."""
    own = Q(customer__isnull=True) | Q(customer=ticket.customer_id)
    return Contact.objects.filter(own, partner=ticket.customer.partner_id).order_by("name", "pk")


class MomentField(WallTimeField):
    """A moment on the reader's clock, as an instant; of a repeated hour the first (RFC 5545 3.3.5)."""

    def to_python(self, value: Any) -> datetime | None:
        shown = super().to_python(value)
        if shown is None:
            return None
        instants = instants_of(shown, timezone.get_current_timezone())
        if not instants:
            raise ValidationError(_("That night the clocks were put forward, past this time."), code="gap")
        return instants[0]


class DeskForm(forms.Form):
    """`ticket` decides what can be chosen; every act has fields with ids of its own on the page."""

    slug = ""

    def __init__(self, *args: Any, ticket: Ticket, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.slug}_%s", **kwargs)
        self.ticket = ticket
        self.now = now

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


def _reason(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _moment(label: Any) -> MomentField:
    return MomentField(label=label, required=False, help_text=_("On your own clock; empty means now."))


class WriteForm(DeskForm):
    """The one text box: answer, note, question or solution."""

    slug = "write"
    submission_key = SubmissionKeyField()
    way = forms.ChoiceField(label=_("Send as"), choices=WAYS, initial=ANSWER, widget=forms.RadioSelect)
    body = forms.CharField(
        label=_("Your text"),
        required=False,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
    )
    files = EvidenceField(label=_("Files"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.files:
            self.fields["files"].already_stored = stored_bytes(self.ticket.pk)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("body", "").strip() and not data.get("files") and not self.errors:
            self.add_error("body", _("Write a text or attach a file."))
        if self.errors:
            self.ask_for_files_again()
        return data

    def ask_for_files_again(self) -> None:
        if self.files and FILES_AGAIN not in self.errors.get("files", []):
            self.add_error("files", FILES_AGAIN)


class TakeForm(DeskForm):
    slug = "take"


class AssignForm(DeskForm):
    slug = "assign"
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody: back to the desk"),
    )
    reason = _reason(_("Why"), _("Only Lynn's people read it."), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()
        self.initial.setdefault("owner", self.ticket.owner_id)


class SeverityForm(DeskForm):
    slug = "severity"
    severity = forms.TypedChoiceField(
        label=_("Severity"), choices=SEVERITY_LABELS, coerce=int, widget=forms.RadioSelect
    )
    reason = _reason(_("Why"), _("The partner reads it beside the severity."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("severity", self.ticket.severity)


class WaitForm(DeskForm):
    slug = "wait-for-provider"
    reason = _reason(_("Which third party, and what you found"), _("The partner reads it (EXC-1)."))


class ProviderAnsweredForm(DeskForm):
    slug = "provider-answered"
    reason = _reason(_("What they answered"))


class WithdrawForm(DeskForm):
    slug = "withdraw-question"
    reason = _reason(_("Why the answer is no longer needed"))


class RestoredForm(DeskForm):
    slug = "restored"
    at = _moment(_("The service works again since"))


class ResolvedForm(DeskForm):
    slug = "resolved"
    at = _moment(_("The root cause is gone since"))


class CloseForm(DeskForm):
    slug = "close"
    because = forms.ChoiceField(label=_("Reason"), choices=[])
    words = _reason(_("In words"), _("The customer reads it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = CLOSE_REASONS.get(State(self.ticket.state), frozenset())
        # A page that has gone stale may send any of them; the operation judges it by the state of now.
        offered = (
            CLOSE_REASON_LABELS if self.is_bound else [p for p in CLOSE_REASON_LABELS if p[0] in allowed]
        )
        self.fields["because"].choices = [pair for pair in offered if pair[0] != CloseReason.ACCEPTED]


class CallForm(DeskForm):
    slug = "call"
    submission_key = SubmissionKeyField()
    contact = forms.ModelChoiceField(label=_("Who was on the line"), queryset=Contact.objects.none())
    called_at = _moment(_("Time of the call"))
    summary = _reason(_("What was said"), _("The customer reads it. It counts as an answer (RSP-1)."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people_of(self.ticket)
        self.initial.setdefault("contact", self.ticket.reporter_id)


class EscalateForm(DeskForm):
    slug = "escalate"
    contact = forms.ModelChoiceField(
        label=_("Designated contact who called"),
        queryset=Contact.objects.none(),
        help_text=_("Only with a valid LCCD certification (CON-1)."),
    )
    called_at = _moment(_("Time of the call"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = designated_contacts(self.ticket.customer, self.now)


class TelephoneForm(TicketForm):
    """A ticket told on the telephone (INT-1): the partner's form, with the time of the call."""

    called_at = _moment(_("Time of the call"))

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
    reason = _reason(_("Why you correct it"), _("Kept in the history, beside your name and the time."))

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
