"""What the desk fills in to split a ticket in two, or to merge it into another (INT-6)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.fields import SubmissionKeyField
from tickets.models import Message, Ticket

from .base import DeskForm, reason_field


class SplitForm(DeskForm):
    slug = "split"
    submission_key = SubmissionKeyField()
    messages = forms.TypedMultipleChoiceField(
        label=_("Messages that belong to the new ticket"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the messages that belong to the new ticket.")},
    )
    subject = forms.CharField(
        label=_("Subject of the new ticket"),
        max_length=200,
        help_text=_("What fails and for whom, in one line."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = reason_field(_("Why they are two incidents"), _("The customer reads it."))

    def __init__(self, *args: Any, said: list[Message], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["messages"].choices = [(message.pk, str(message.pk)) for message in said]

    @property
    def chosen(self) -> set[str]:
        return set(map(str, self["messages"].value() or []))


class MergeForm(DeskForm):
    """`offered` are the tickets found for it; a number that was typed may name another of the customer."""

    slug = "merge"
    into = forms.CharField(
        label=_("It goes on in"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "LYN-2026-000123"}),
        help_text=_("The number of the ticket that was escalated first."),
    )
    reason = reason_field(_("Why it is the same incident"), _("The customer reads it."))

    def clean_into(self) -> Ticket:
        """A foreign number is as unknown as one that does not exist."""
        number = self.cleaned_data["into"].strip().upper()
        others = Ticket.objects.filter(customer=self.ticket.customer_id).exclude(pk=self.ticket.pk)
        found = others.filter(number=number).first()
        if found is None:
            raise forms.ValidationError(
                _("%(customer)s has no other ticket «%(number)s».")
                % {"customer": self.ticket.customer.name, "number": number}
            )
        return found
