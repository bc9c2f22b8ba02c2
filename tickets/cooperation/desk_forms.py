"""What the desk fills in to ask of the customer, to withdraw it, and about remote access."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact
from tickets.desk_forms.base import DeskForm, MomentField, people_of, reason_field
from tickets.fields import SubmissionKeyField

from .domain.remote_access import State
from .models import CustomerRequest, RemoteAccess
from .queries import accesses_of, live_accesses, open_requests, requests_of

KINDS = [pair for pair in CustomerRequest.Kind.choices if pair[0] != CustomerRequest.Kind.ACCESS]


def _moment(label: Any, help_text: Any, *, required: bool) -> MomentField:
    return MomentField(label=label, help_text=help_text, required=required)


class AskForm(DeskForm):
    slug = "ask-customer"
    submission_key = SubmissionKeyField()
    kind = forms.TypedChoiceField(
        label=_("What you ask for"),
        choices=KINDS,
        coerce=CustomerRequest.Kind,
        initial=CustomerRequest.Kind.QUESTION,
        widget=forms.RadioSelect,
    )
    body = reason_field(_("In words"), _("The customer reads it. Restoration stands still until they write."))
    due_at = _moment(
        _("Answer wanted by"),
        _("On your own clock. Empty: the term of the agreement. The case does not close before it."),
        required=False,
    )


class WithdrawRequestForm(DeskForm):
    slug = "withdraw-request"
    request = forms.TypedChoiceField(label=_("Request"), coerce=int, choices=[])
    reason = reason_field(_("Why the answer is no longer needed"), _("The customer reads it."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A page that has gone stale may send any of the ticket's; the operation judges it.
        asked = requests_of(self.ticket) if self.is_bound else open_requests(self.ticket)
        self.fields["request"].choices = [
            (each.pk, f"{each.get_kind_display()}: {each.message.body[:80]}") for each in asked
        ]


class AccessForm(DeskForm):
    slug = "ask-remote-access"
    submission_key = SubmissionKeyField()
    contact = forms.ModelChoiceField(
        label=_("Who decides"),
        queryset=Contact.objects.none(),
        empty_label=_("Choose a person"),
        help_text=_("Somebody of the customer's side who signs in to the portal."),
    )
    purpose = reason_field(_("Purpose"), _("What you will do there, and on which machine."))
    starts_at = _moment(_("From"), _("On your own clock; empty means now."), required=False)
    ends_at = _moment(_("Until"), _("On your own clock."), required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people_of(self.ticket).filter(user__is_active=True)


class RevokeAccessForm(DeskForm):
    slug = "revoke-remote-access"
    access = forms.TypedChoiceField(label=_("Remote access"), coerce=int, choices=[])
    reason = reason_field(_("Why"), _("The customer reads it; it stays on record."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accesses = accesses_of(self.ticket) if self.is_bound else live_accesses(self.ticket, self.now)
        self.fields["access"].choices = [(each.pk, _name(each, self.now)) for each in accesses]


def _name(access: RemoteAccess, now: Any) -> str:
    return f"{access.purpose[:80]} ({STATE_NAMES[access.state_at(now)]})"


STATE_NAMES = {
    State.ASKED: _("awaits a decision"),
    State.LAPSED: _("nobody decided in time"),
    State.REFUSED: _("refused"),
    State.UPCOMING: _("approved, begins later"),
    State.ALLOWED: _("allowed now"),
    State.EXPIRED: _("its period is over"),
    State.ENDED: _("ended before its period"),
}


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is declined"),
        required=False,
        max_length=2000,
        help_text=_("Needed to decline; the partner reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )
