"""What the desk fills in: a notice with its audience, the moment to send it, why it is withdrawn."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.countries import COUNTRY_ZONES
from lynnsupport.accounts.models import Country, Customer, Partner, Tenant, User
from lynnsupport.common.moments import zone_name

from .domain.audience import Audience
from .domain.checks import Fault
from .faults import SENTENCES
from .models import NoticeVersion, Product, Provider
from .models.notice import KIND_LABELS

LONG = 20_000
WALL_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M")
# What the audience is put together from; its fields begin with this so that they differ from «affected».
PREFIX = "to_"


def _zones() -> list[tuple[str, str]]:
    names = [*dict.fromkeys(COUNTRY_ZONES.values()), "UTC"]
    return [(name, zone_name(ZoneInfo(name))) for name in names]


def instant_on(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """What the wall clock of `zone` showed as an instant, of a repeated hour the first; None in a gap."""
    at = wall.replace(tzinfo=zone)
    there_and_back = at.astimezone(timezone.get_fixed_timezone(0)).astimezone(zone)
    return at if there_and_back.replace(tzinfo=None) == wall else None


class WallTimeField(forms.Field):
    """Date and time as a clock on the wall shows them: naive, because the zone stands beside it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        for form in WALL_FORMATS:
            try:
                shown = datetime.strptime(" ".join(str(value).split()), form)  # noqa: DTZ007
            except ValueError:
                continue
            if 2000 <= shown.year <= 9000:
                return shown
        raise ValidationError(_("Write date and time, such as 26-11-2026 17:30."), code="invalid")


class CodesField(forms.CharField):
    """Tenant IDs, separated by blanks or commas, as Tenants."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=4000, **options)

    def clean(self, value: Any) -> list[Tenant]:
        codes = list(dict.fromkeys(str(super().clean(value)).replace(",", " ").split()))
        found = {tenant.code.lower(): tenant for tenant in Tenant.objects.filter(code__in=codes)}
        unknown = [code for code in codes if code.lower() not in found]
        if unknown:
            raise ValidationError(
                _("No tenant has the ID %(codes)s."), params={"codes": ", ".join(unknown[:5])}, code="unknown"
            )
        return [found[code.lower()] for code in codes]


def _text(label: Any, rows: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONG,
        strip=True,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class NoticeForm(forms.Form):
    """A draft, finished or not: what is missing is said before sending, what is wrong at once."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KIND_LABELS)
    origin = forms.ChoiceField(label=_("Origin"), choices=NoticeVersion.Origin.choices)
    progress = forms.ChoiceField(
        label=_("Progress"),
        required=False,
        choices=[("", "—"), *NoticeVersion.Progress.choices],
        help_text=_("Only for an incident."),
    )
    impact = forms.ChoiceField(
        label=_("Impact"),
        required=False,
        choices=[("", "—"), *NoticeVersion.Impact.choices],
        help_text=_("Only for an incident."),
    )
    products = forms.ModelMultipleChoiceField(
        label=_("Affected products and channels"),
        required=False,
        queryset=Product.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
    )
    providers = forms.ModelMultipleChoiceField(
        label=_("Affected providers"),
        required=False,
        queryset=Provider.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )
    tenants = CodesField(
        label=_("Affected tenants, if not all of the audience"),
        help_text=_("Tenant IDs, separated by blanks or commas."),
    )

    what_changed_es = _text(_("What this version changes, in Spanish"), 2)
    what_changed_en = _text(_("What this version changes, in English"), 2)
    title_es = forms.CharField(label=_("Title in Spanish"), required=False, max_length=120)
    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=120)
    body_es = _text(_("What changes, in Spanish"), 9, _("Markdown: **bold**, lists, links. No HTML."))
    body_en = _text(_("What changes, in English"), 9)
    action_es = _text(
        _("What readers have to do, in Spanish"), 2, _("Leave empty where nothing has to be done.")
    )
    action_en = _text(_("What readers have to do, in English"), 2)

    time_zone = forms.ChoiceField(label=_("Zone of the times"), choices=_zones)
    starts_at = WallTimeField(label=_("Takes effect"), required=False)
    ends_at = WallTimeField(label=_("Ends"), required=False)
    action_by = WallTimeField(label=_("To be done by"), required=False)
    announces_downtime = forms.BooleanField(
        label=_("The service is not available in that time"),
        required=False,
        help_text=_(
            "Announced downtime does not count against availability, from its mail's leaving on (AVL-4)."
        ),
    )

    to_everyone = forms.BooleanField(label=_("Everyone"), required=False)
    to_countries = forms.MultipleChoiceField(
        label=_("Countries"), required=False, choices=Country.choices, widget=forms.CheckboxSelectMultiple
    )
    to_products = forms.ModelMultipleChoiceField(
        label=_("Who uses the products or channels"),
        required=False,
        queryset=Product.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
    )
    to_providers = forms.ModelMultipleChoiceField(
        label=_("Who uses anything of the providers"),
        required=False,
        queryset=Provider.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )
    to_partners = forms.ModelMultipleChoiceField(
        label=_("Partners"),
        required=False,
        queryset=Partner.objects.all(),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    to_customers = forms.ModelMultipleChoiceField(
        label=_("Customers"),
        required=False,
        queryset=Customer.objects.all(),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    to_tenants = CodesField(label=_("Tenants"), help_text=_("Tenant IDs, separated by blanks or commas."))
    to_roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        choices=User.ROLE_LABELS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Lynn's own people are told only where their role is ticked."),
    )

    by_mail = forms.BooleanField(label=_("E-mail to the contacts"), required=False)
    in_portal = forms.BooleanField(label=_("Banner in the portal"), required=False)
    in_feed = forms.BooleanField(label=_("Feed for Lynn's administration (JSON)"), required=False)
    to_executives = forms.BooleanField(label=_("Digest to the commercial executives"), required=False)
    is_public = forms.BooleanField(
        label=_("Public page, with Atom and calendar"),
        required=False,
        help_text=_("Not for a notice limited to partners, customers, tenants or roles."),
    )

    TIMES = ("starts_at", "ends_at", "action_by")

    def __init__(self, *args: Any, version: NoticeVersion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if version is not None:  # what a notice is about never changes
            self.fields["kind"].disabled = True
        if version is None or version.step == NoticeVersion.Step.ANNOUNCED:
            del self.fields["what_changed_es"], self.fields["what_changed_en"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        zone = ZoneInfo(said.get("time_zone") or "America/Santiago")
        for name in self.TIMES:
            if said.get(name):
                said[name] = instant_on(said[name], zone)
                if said[name] is None:
                    self.add_error(name, _("That night the clocks were put forward, past this time."))
        if said.get("starts_at") and said.get("ends_at") and said["ends_at"] <= said["starts_at"]:
            self.add_error("ends_at", SENTENCES[Fault.END_BEFORE_START])
        self._audience = audience = self._audience_of(said)
        if audience.is_contradictory:
            self.add_error("to_everyone", SENTENCES[Fault.EVERYONE_AND_SOME])
        if said.get("is_public") and (audience.is_confidential or said.get("tenants")):
            self.add_error("is_public", SENTENCES[Fault.PUBLIC_AND_CONFIDENTIAL])
        return said

    def audience(self) -> Audience:
        """Of a bound form; one with faults elsewhere can be counted too."""
        self.is_valid()
        return self._audience

    @staticmethod
    def _audience_of(said: dict[str, Any]) -> Audience:
        def numbers(name: str) -> frozenset[int]:
            return frozenset(chosen.pk for chosen in said.get(PREFIX + name) or ())

        return Audience(
            everyone=bool(said.get("to_everyone")),
            countries=frozenset(said.get("to_countries") or ()),
            products=numbers("products"),
            providers=numbers("providers"),
            partners=numbers("partners"),
            customers=numbers("customers"),
            tenants=numbers("tenants"),
            roles=frozenset(said.get("to_roles") or ()),
        )

    def content(self) -> dict[str, Any]:
        """As `save_draft` takes it."""
        kept = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "kind" and (not name.startswith(PREFIX) or name == "to_executives")
        }
        return kept | {"audience": self.audience()}


def initial_of(version: NoticeVersion) -> dict[str, Any]:
    """What the form shows of a version."""
    shown = {name: getattr(version, name) for name in NoticeForm.base_fields if hasattr(version, name)}
    for name in NoticeForm.TIMES:
        if shown[name] is not None:
            shown[name] = shown[name].astimezone(version.zone).replace(tzinfo=None)
    audience = version.for_whom
    shown |= {
        "kind": version.notice.kind,
        "products": version.products.all(),
        "providers": version.providers.all(),
        "tenants": " ".join(version.tenants.values_list("code", flat=True)),
        "to_everyone": audience.everyone,
        "to_countries": sorted(audience.countries),
        "to_products": sorted(audience.products),
        "to_providers": sorted(audience.providers),
        "to_partners": sorted(audience.partners),
        "to_customers": sorted(audience.customers),
        "to_tenants": " ".join(Tenant.objects.filter(pk__in=audience.tenants).values_list("code", flat=True)),
        "to_roles": sorted(audience.roles),
    }
    return shown


class SendForm(forms.Form):
    """Empty means now."""

    at = WallTimeField(label=_("Send at"), required=False, help_text=_("On your own clock; empty means now."))

    def clean_at(self) -> datetime | None:
        wall = self.cleaned_data["at"]
        if wall is None:
            return None
        at = instant_on(wall, ZoneInfo(timezone.get_current_timezone_name()))
        if at is None:
            raise ValidationError(_("That night the clocks were put forward, past this time."))
        return at


class WithdrawForm(forms.Form):
    reason_es = forms.CharField(
        label=_("Why, in Spanish"),
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Its readers get this, in the same thread."),
    )
    reason_en = _text(_("Why, in English"), 3)
