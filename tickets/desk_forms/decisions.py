"""What the desk fills in to decide about what a ticket promises: exclusions, a patch, who can be reached."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sla.domain.clock_events import Ground
from tickets.decisions import exclusions_of
from tickets.models import Exclusion, Ticket

from .base import DeskForm, moment_field, reason_field

GROUNDS = [
    (Ground.THIRD_PARTY, _("It originates in a third party: no restoration deadline (EXC-1)")),
    (Ground.PREVIEW, _("It concerns a feature in preview: no deadline at all (EXC-2)")),
    (Ground.CUSTOM_DEVELOPMENT, _("It concerns a custom development: no deadline at all (SUP-3)")),
]


class ExcludeForm(DeskForm):
    slug = "exclude"
    ground = forms.TypedChoiceField(
        label=_("Why no deadline applies"),
        choices=GROUNDS,
        coerce=Ground,
        initial=Ground.THIRD_PARTY,
        widget=forms.RadioSelect,
    )
    provider = forms.CharField(
        label=_("Third party"), required=False, max_length=100, help_text=_("Only for a third party.")
    )
    is_managed = forms.BooleanField(
        label=_("Lynn manages this provider"),
        required=False,
        help_text=_("The partner then follows what you do there (EXC-1)."),
    )
    finding = reason_field(
        _("Finding"),
        _("The partner reads it. The clocks it concerns stop counting now, and can be readmitted."),
    )
    evidence = reason_field(_("Evidence"), _("Where it can be seen: a status page, a log."), required=False)


def exclusions_in_force(ticket: Ticket) -> list[Exclusion]:
    return [exclusion for exclusion in exclusions_of(ticket) if exclusion.is_in_force]


def _name(exclusion: Exclusion) -> str:
    ground = str(exclusion.get_ground_display())
    return f"{exclusion.provider}: {ground}" if exclusion.provider else ground


class _ExclusionForm(DeskForm):
    """One of the ticket's exclusions in force is chosen; where there is one alone, it is."""

    exclusion = forms.TypedChoiceField(label=_("Exclusion"), coerce=int, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exclusion"].choices = [(each.pk, _name(each)) for each in self.offered()]

    def offered(self) -> list[Exclusion]:
        # A page that has gone stale may send any of the ticket's; the operation judges it.
        return list(self.ticket.exclusions.all()) if self.is_bound else exclusions_in_force(self.ticket)


class RevertForm(_ExclusionForm):
    slug = "revert-exclusion"
    reason = reason_field(
        _("Why it does not hold"),
        _("The partner reads it. The clocks are then what they would have been, breaches included (EXC-3)."),
    )


class DealingForm(_ExclusionForm):
    slug = "provider-dealing"
    words = reason_field(_("What was done at the provider"), _("The partner reads it (EXC-1)."))
    at = moment_field(_("When"))

    def offered(self) -> list[Exclusion]:
        return [exclusion for exclusion in super().offered() if exclusion.is_managed]


class PatchForm(DeskForm):
    slug = "plan-patch"
    details = reason_field(
        _("Technical details"), _("The partner reads them. The restoration deadline stays (RST-5).")
    )
    planned_on = forms.DateField(
        label=_("Planned date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A day where the tenant is."),
    )


class UnreachableForm(DeskForm):
    slug = "contact-unreachable"
    words = reason_field(
        _("Whom you tried to reach, and how"),
        _("The partner reads it. Restoration stands still until contact is made (CON-5)."),
    )
    at = moment_field(_("Since"))


class ReachedForm(DeskForm):
    slug = "contact-reached"
    words = reason_field(_("Whom you reached"), _("Restoration goes on from then (CON-5)."))
    at = moment_field(_("Since"))
