"""What the desk fills in about escalations and priorities, as acts on a ticket's page."""

from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from tickets.desk_forms.base import DeskForm, moment_field, people_of, reason_field
from tickets.fields import SubmissionKeyField
from tickets.models import Ticket, TicketEvent
from tickets.models.ticket import SEVERITY_LABELS

from .domain.course import Stage
from .domain.eligibility import Level
from .models import Escalation, PriorityRequest


def escalations_of(ticket: Ticket) -> list[Escalation]:
    """All of the ticket's, read once for a page."""
    if not ticket.may_have(TicketEvent.Kind.LEVEL_RAISED):
        return []
    prefetch_related_objects([ticket], "escalations")
    return list(ticket.escalations.all())


def open_for_desk(ticket: Ticket) -> list[Escalation]:
    """Those that the desk can answer now."""
    return [
        each
        for each in escalations_of(ticket)
        if each.is_open and (each.level != Level.EXECUTIVE or each.stage == Stage.WITH_DESK)
    ]


def open_request(ticket: Ticket) -> PriorityRequest | None:
    if not ticket.may_have(TicketEvent.Kind.PRIORITY_ASKED):
        return None
    prefetch_related_objects([ticket], "priority_requests")
    return next((each for each in ticket.priority_requests.all() if each.is_open), None)


class CallForm(DeskForm):
    slug = "escalate-call"
    submission_key = SubmissionKeyField()
    contact = forms.ModelChoiceField(label=_("Who called"), queryset=None, empty_label=_("Choose a person"))
    called_at = moment_field(_("When"))
    summary = reason_field(_("What was said"), _("The partner reads it."))
    impact = reason_field(_("Business impact"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people_of(self.ticket)


class MailForm(DeskForm):
    slug = "escalate-mail"
    submission_key = SubmissionKeyField()
    contact = forms.ModelChoiceField(label=_("Who wrote"), queryset=None, empty_label=_("Choose a person"))
    description = reason_field(_("What happens, as the mail says it"), _("The partner reads it."))
    impact = reason_field(_("Business impact"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people_of(self.ticket)


class AnswerForm(DeskForm):
    slug = "escalation-answer"
    submission_key = SubmissionKeyField()
    escalation = forms.TypedChoiceField(label=_("Escalation"), coerce=int, choices=[])
    words = reason_field(
        _("Answer"),
        _("On levels 1 and 3 it is a public answer on the ticket; on level 2 only the executive reads it."),
    )
    settles = forms.BooleanField(
        label=_("This settles the escalation"), required=False, help_text=_("Not for level 2.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A page that has gone stale may send any of the ticket's; the operation judges it.
        offered = escalations_of(self.ticket) if self.is_bound else open_for_desk(self.ticket)
        self.fields["escalation"].choices = [(each.pk, each.get_level_display()) for each in offered]


class PriorityForm(DeskForm):
    slug = "decide-priority"
    request = forms.IntegerField(widget=forms.HiddenInput)
    accepts = forms.TypedChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("Accept the change")), ("no", _("Decline it"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    severity = forms.TypedChoiceField(
        label=_("Severity with it"),
        choices=[("", _("As the portal suggests anew, or as it is decided already")), *SEVERITY_LABELS],
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Only where you accept; an engineer decides it (SEV-4)."),
    )
    reason = reason_field(_("Why"), _("The partner reads it (ESC-6)."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = open_request(self.ticket)
        self.fields["request"].initial = current.pk if current else None
