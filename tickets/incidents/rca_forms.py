"""What an engineer writes in a root cause analysis: prose, timeline, actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.desk_forms.base import MomentField, reason_field

from .domain.rca import SECTIONS, Moment
from .forms import OpenForm, to_the_second
from .models import Rca, RcaAction
from .operations import ActionSaid

ROWS_TO_ADD = 3


class ProseForm(forms.Form):
    """The six sections of prose; a draft may leave any of them empty."""

    helper = OpenForm.helper

    def __init__(self, *args: Any, rca: Rca, **kwargs: Any) -> None:
        super().__init__(*args, initial={name: getattr(rca, name) for name in SECTIONS}, **kwargs)
        for name in SECTIONS:
            label = str(Rca._meta.get_field(name).verbose_name).capitalize()
            self.fields[name] = reason_field(label, required=False)


class MomentForm(forms.Form):
    at = MomentField(label=_("When"), required=False)
    words = forms.CharField(label=_("What happened"), required=False, max_length=2000)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("words") and not data.get("at") and "at" not in self.errors:
            self.add_error("at", _("Write when it happened."))
        return data


class ActionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=RcaAction.Kind.choices)
    words = forms.CharField(label=_("What is done"), required=False, max_length=2000)
    owner = forms.CharField(label=_("Owner"), required=False, max_length=150)
    due_on = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class RcaForms:
    """The three parts of one page, valid together. A row of which nothing is filled in is left out."""

    def __init__(self, rca: Rca, data: Any = None) -> None:
        self.rca = rca
        timeline = [{"at": row.at, "words": row.words} for row in rca.timeline.all()]
        if not timeline and not rca.prose_is_begun:
            timeline = _first_lines(rca)
        actions = [
            {"kind": row.kind, "words": row.words, "owner": row.owner, "due_on": row.due_on}
            for row in rca.actions.all()
        ]
        self.prose = ProseForm(data, rca=rca)
        self.timeline = forms.formset_factory(MomentForm, extra=ROWS_TO_ADD, max_num=200)(
            data, initial=timeline, prefix="timeline"
        )
        self.actions = forms.formset_factory(ActionForm, extra=ROWS_TO_ADD, max_num=100)(
            data, initial=actions, prefix="actions"
        )
        self.known = [
            *(row["at"] for row in timeline),
            rca.incident.started_at,
            rca.incident.detected_at,
            rca.incident.restored_at,
        ]

    def is_valid(self) -> bool:
        return all([self.prose.is_valid(), self.timeline.is_valid(), self.actions.is_valid()])

    def said(self) -> dict[str, Any]:
        """What `save_rca` takes."""
        moments = [row for row in self.timeline.cleaned_data if row.get("at")]
        return {
            "prose": self.prose.cleaned_data,
            "timeline": sorted(
                (Moment(to_the_second(row["at"], self.known), row["words"]) for row in moments),
                key=lambda moment: moment.at,
            ),
            "actions": [
                ActionSaid(RcaAction.Kind(row["kind"]), row["words"], row["owner"], row["due_on"])
                for row in self.actions.cleaned_data
                if row.get("words") or row.get("owner") or row.get("due_on")
            ],
        }


def _first_lines(rca: Rca) -> list[dict[str, Any]]:
    """A new analysis begins with the incident's own instants."""
    incident = rca.incident
    lines = [(incident.started_at, _("The incident starts.")), (incident.detected_at, _("It is detected."))]
    if incident.restored_at:
        lines.append((incident.restored_at, _("The service is restored.")))
    return [{"at": at, "words": str(words)} for at, words in lines]
