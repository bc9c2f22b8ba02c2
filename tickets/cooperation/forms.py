"""What the customer's side fills in: an answer to a request, a decision about access, a proposal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Contact, Customer
from tickets.forms import LONG, ReplyForm


class AnswerForm(ReplyForm):
    """The answer to one request, with or without files."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].label = _("Your answer")


class DecisionForm(forms.Form):
    """Words beside a decision; needed where it is a refusal or an end."""

    words = forms.CharField(
        label=_("In words"),
        required=False,
        max_length=LONG,
        help_text=_("Needed where you refuse or revoke it: support reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="decision_%s", **kwargs)


class ProposalForm(forms.Form):
    """A designated contact that the partner's administrator proposes for one customer."""

    contact = forms.ModelChoiceField(
        label=_("Who"),
        queryset=Contact.objects.none(),
        empty_label=_("Choose a person"),
        help_text=_("Somebody of the customer or of the partner. It counts with a valid LCCD certification."),
    )
    starts_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty while no end is agreed."),
    )
    words = forms.CharField(
        label=_("What Lynn should know"),
        required=False,
        max_length=2000,
        help_text=_("Such as the number of the certificate."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, customer: Customer, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="proposal_%s", **kwargs)
        self.fields["contact"].queryset = people
