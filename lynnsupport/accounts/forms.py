"""What people may change about themselves."""

from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from .domain.countries import COUNTRY_ZONES
from .models import User


@cache  # reading the names walks the whole zone database
def time_zone_choices() -> list[tuple[str, str]]:
    """Every zone of places (not abbreviations such as EST), those of Lynn's partners first."""
    near = list(COUNTRY_ZONES.values())
    others = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [
        (name, name.replace("_", " ")) for name in [*near, *(name for name in others if name not in near)]
    ]


class ProfileForm(forms.ModelForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        help_text=_("Dates and times are shown on this clock, with the zone named beside them."),
    )

    class Meta:
        model = User
        fields = ["name", "phone", "language", "time_zone"]
        labels = {"name": _("Name"), "phone": _("Telephone"), "language": _("Language")}
        help_texts = {"phone": _("With country code. Support calls this number when a case is critical.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }
