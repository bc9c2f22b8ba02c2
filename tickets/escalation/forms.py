"""What partners fill in to escalate or to change a priority, and what executives write about it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import User
from tickets.domain.intake import Priority
from tickets.fields import SubmissionKeyField
from tickets.forms.typed import LONG
from tickets.models import Ticket
from tickets.models.ticket import PRIORITY_LABELS

from .domain.eligibility import CHANGES, Ground
from .letter import SUBJECT_LIMIT, Content
from .models import GROUND_LABELS


def _text(label: Any, help_text: Any = "", *, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )


def _line(label: Any, *, limit: int, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        required=required,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )


class DeskForm(forms.Form):
    """Level 1: why, what happens, and what it costs the business (ESC-1)."""

    submission_key = SubmissionKeyField()
    ground = forms.TypedChoiceField(
        label=_("Why you escalate"), choices=GROUND_LABELS, coerce=Ground, widget=forms.RadioSelect
    )
    description = _text(_("What happens"), _("Clearly, and since when."))
    impact = _text(_("Business impact"), _("What the business cannot do because of it."), rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="desk_%s", **kwargs)


class ExecutiveForm(forms.Form):
    """Level 2: what may be edited of the agreement's mail (ESC-2)."""

    submission_key = SubmissionKeyField()
    ground = forms.TypedChoiceField(
        label=_("Why you escalate"), choices=GROUND_LABELS, coerce=Ground, widget=forms.RadioSelect
    )
    statement = _line(_("Brief statement of the incident"), limit=SUBJECT_LIMIT, required=True)
    description = _text(_("Detailed description of the incident"), rows=6)
    impact = _text(_("Business impact or reason of the urgency"), rows=3)
    products = _line(_("Product or products involved"), limit=300)
    phone = _line(_("Your telephone"), limit=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="executive_%s", **kwargs)

    @property
    def content(self) -> Content:
        """What a valid form says; of one that is not, what has been typed."""
        said = self.cleaned_data if self.is_bound and self.is_valid() else self._typed()
        return Content(**{name: said[name] for name in Content.__dataclass_fields__})

    def _typed(self) -> dict[str, str]:
        return {name: str(self[name].value() or "") for name in Content.__dataclass_fields__}


class PriorityForm(forms.Form):
    """ESC-5: what has changed, and which priority it should have."""

    submission_key = SubmissionKeyField()
    ground = forms.TypedChoiceField(
        label=_("What has changed"),
        choices=[choice for choice in GROUND_LABELS if choice[0] in CHANGES],
        coerce=Ground,
        initial=Ground.URGENCY_CHANGED,
        widget=forms.RadioSelect,
    )
    wanted = forms.TypedChoiceField(
        label=_("Priority it should have"), choices=PRIORITY_LABELS, coerce=Priority, widget=forms.RadioSelect
    )
    impact_percent = forms.DecimalField(
        label=_("Affected part of the operation now (%)"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        help_text=_("Only if it is no longer what the ticket says."),
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "any"}),
    )
    reason = _text(_("Why"), _("What has changed since the ticket was opened: the owner decides on it."))

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="priority_%s", **kwargs)
        if not self.is_bound and "wanted" not in self.initial:
            self.initial["wanted"] = Priority.HIGH
        self.fields["wanted"].help_text = _("It has: %(priority)s.") % {
            "priority": ticket.get_priority_display().lower()
        }


class StepForm(forms.Form):
    """An act of the executive: words, which acknowledging alone may lack. `seen` is the last step shown."""

    submission_key = SubmissionKeyField()
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    words = _text(_("Your text"), rows=3)

    def __init__(self, *args: Any, act: str, label: Any, needs_words: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{act}_%s", **kwargs)
        self.fields["words"].label = label
        self.fields["words"].required = needs_words


class CommentForm(StepForm):
    is_internal = forms.TypedChoiceField(
        label=_("Who reads it"),
        choices=[("", _("The partner and Lynn")), ("internal", _("Only Lynn's people"))],
        coerce=bool,
        empty_value=False,
        required=False,
        widget=forms.RadioSelect,
    )


class DeputyForm(forms.Form):
    """Who stands in, and on which days of the executive's own calendar."""

    deputy = forms.ModelChoiceField(
        label=_("Who stands in for you"),
        queryset=User.objects.none(),
        empty_label=_("Choose a person"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    starts_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})
    )
    last_day_on = forms.DateField(
        label=_("Last day"),
        help_text=_("Included."),
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}),
    )

    def __init__(self, *args: Any, executive: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="deputy_%s", **kwargs)
        others = User.objects.filter(role=Role.EXECUTIVE, is_active=True).exclude(pk=executive.pk)
        self.fields["deputy"].queryset = others.order_by("name", "pk")
