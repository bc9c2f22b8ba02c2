"""What the desk fills in to write on a ticket and to move it: one small form for each act."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, User
from lynnsupport.accounts.queries import designated_contacts
from tickets.domain.lifecycle import CLOSE_REASONS, CloseReason, State
from tickets.evidence import stored_bytes
from tickets.fields import EvidenceField, SubmissionKeyField
from tickets.forms import FILES_AGAIN, LONG
from tickets.models.ticket import CLOSE_REASON_LABELS, SEVERITY_LABELS

from .base import DeskForm, moment_field, people_of, possible_owners, reason_field

# The ways in which the text of the one big box can be sent.
ANSWER, NOTE, ASK, PROPOSE = "answer", "note", "ask", "propose"
WAYS = [
    (ANSWER, _("Answer the customer")),
    (NOTE, _("Internal note")),
    (ASK, _("Ask the customer")),
    (PROPOSE, _("Propose a solution")),
]


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
    reason = reason_field(_("Why"), _("Only Lynn's people read it."), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()
        self.initial.setdefault("owner", self.ticket.owner_id)


class SeverityForm(DeskForm):
    slug = "severity"
    severity = forms.TypedChoiceField(
        label=_("Severity"), choices=SEVERITY_LABELS, coerce=int, widget=forms.RadioSelect
    )
    reason = reason_field(_("Why"), _("The partner reads it beside the severity."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("severity", self.ticket.severity)


class WaitForm(DeskForm):
    slug = "wait-for-provider"
    reason = reason_field(_("Which third party, and what you found"), _("The partner reads it (EXC-1)."))


class ProviderAnsweredForm(DeskForm):
    slug = "provider-answered"
    reason = reason_field(_("What they answered"))


class WithdrawForm(DeskForm):
    slug = "withdraw-question"
    reason = reason_field(_("Why the answer is no longer needed"))


class RestoredForm(DeskForm):
    slug = "restored"
    at = moment_field(_("The service works again since"))


class ResolvedForm(DeskForm):
    slug = "resolved"
    at = moment_field(_("The root cause is gone since"))


class CloseForm(DeskForm):
    slug = "close"
    because = forms.ChoiceField(label=_("Reason"), choices=[])
    words = reason_field(_("In words"), _("The customer reads it."))

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
    called_at = moment_field(_("Time of the call"))
    summary = reason_field(_("What was said"), _("The customer reads it. It counts as an answer (RSP-1)."))

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
    called_at = moment_field(_("Time of the call"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = designated_contacts(self.ticket.customer, self.now)
