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
    """One of the tickets that are offered (`into`), or any other of the customer by its number."""

    slug = "merge"
    into = forms.CharField(required=False, max_length=20)
    number = forms.CharField(
        label=_("Or its number"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "LYN-2026-000123"}),
        help_text=_("The ticket that was escalated first stays open."),
    )
    reason = reason_field(_("Why it is the same incident"), _("The customer reads it."))

    def clean(self) -> dict[str, Any]:
        """`into` is the ticket. A foreign number is as unknown as one that does not exist."""
        data = super().clean()
        number = (data.pop("number", "") or data.get("into", "")).strip().upper()
        others = Ticket.objects.filter(customer=self.ticket.customer_id).exclude(pk=self.ticket.pk)
        data["into"] = others.filter(number=number).first()
        if not number:
            self.add_error("number", _("Choose the ticket in which it goes on."))
        elif data["into"] is None:
            self.add_error(
                "number",
                _("%(customer)s has no other ticket «%(number)s».")
                % {"customer": self.ticket.customer.name, "number": number},
            )
        return data
