"""What partners fill in on a ticket: a message, and an objection to its severity."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.fields import EvidenceField, SubmissionKeyField
from tickets.models import Ticket
from tickets.models.ticket import SEVERITY_LABELS

from .typed import LONG, ask_for_files_again


class ReplyForm(forms.Form):
    """A message of the customer's side, with or without files."""

    submission_key = SubmissionKeyField()
    body = forms.CharField(
        label=_("Your message"),
        required=False,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )
    files = EvidenceField(label=_("Files"))

    def __init__(self, *args: Any, already_stored: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="reply_%s", **kwargs)
        self.fields["files"].already_stored = already_stored
        self.fields["files"].widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        nothing = not data.get("body", "").strip() and not data.get("files")
        if nothing and not self.errors:
            self.add_error("body", _("Write a text or attach a file."))
        ask_for_files_again(self)
        return data


class RejectForm(forms.Form):
    """CRP-2: what a proposed solution leaves unsolved."""

    submission_key = SubmissionKeyField()
    reason = forms.CharField(
        label=_("What still fails"),
        max_length=LONG,
        help_text=_("What you tried, what you saw, and when: support goes on from there."),
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="reject_%s", **kwargs)


class DisputeForm(forms.Form):
    """SEV-4: which severity the customer's side holds to be right, and why. Never the one that counts."""

    wanted = forms.TypedChoiceField(
        label=_("Which severity it should have"),
        coerce=int,
        widget=forms.RadioSelect,
        choices=SEVERITY_LABELS,
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONG,
        help_text=_("What fails, for how many, and since when: the engineer decides on your reason."),
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
    )

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="dispute_%s", **kwargs)
        others = [choice for choice in SEVERITY_LABELS if choice[0] != ticket.severity]
        self.fields["wanted"].choices = others
