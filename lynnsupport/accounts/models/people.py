"""People of partners and customers, and what makes one a designated contact (CON-1)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.accounts.domain.countries import COUNTRY_ZONES, civil_date
from lynnsupport.accounts.domain.roles import LYNN_ROLES, PARTNER_ROLES

from .fields import AddressField
from .organisations import Customer, Partner
from .users import User


class Contact(models.Model):
    """A person of the partner, or of one of its customers, usually with a login."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="contacts", verbose_name=_("partner")
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("customer"),
        help_text=_("Empty for the partner's own people, who see all its customers."),
    )
    user = models.OneToOneField(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contact",
        limit_choices_to={"role__in": sorted(role.value for role in PARTNER_ROLES)},
        verbose_name=_("login"),
    )
    name = models.CharField(_("name"), max_length=150)
    email = AddressField(_("e-mail"))
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=User.Language,
        default=User.Language.SPANISH,
        help_text=_("Of the mails to them. Whoever has a login chooses it there."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "email"],
                name="contact_once_per_partner",
                violation_error_message=_("This partner already has a contact with this address."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.customer_id and self.partner_id and self.customer.partner_id != self.partner_id:
            raise ValidationError({"customer": _("This customer belongs to another partner.")})

    def belongs_to(self, customer: Customer) -> bool:
        """Whether this is a person of `customer`, or of its partner without a customer of their own."""
        return self.partner_id == customer.partner_id and self.customer_id in (None, customer.pk)

    @property
    def reads(self) -> str:
        """The language of mails to them: what they chose in the portal, else what Lynn's people noted."""
        return self.user.language if self.user else self.language

    @property
    def zone(self) -> str:
        """The time zone of mails to them: their login's, else that of their organisation's country."""
        return self.user.time_zone if self.user else COUNTRY_ZONES[(self.customer or self.partner).country]

    @property
    def organisation(self) -> str:
        return self.customer.name if self.customer else self.partner.name


class Certification(models.Model):
    """Lynn Core Certified Developer: valid from `starts_on` up to and including `last_day_on`."""

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="certifications", verbose_name=_("contact")
    )
    number = models.CharField(_("LCCD certificate number"), max_length=40, unique=True)
    starts_on = models.DateField(_("first day"))
    last_day_on = models.DateField(_("last day"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("LCCD certification")
        verbose_name_plural = _("LCCD certifications")
        ordering = ["-last_day_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day_on__gte=F("starts_on")),
                name="certification_ends_after_start",
                violation_error_message=_("The last day is before the first."),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Designation(models.Model):
    """A contact agreed between customer and Lynn as designated, for a period (CON-1)."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="designations", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="designations", verbose_name=_("contact")
    )
    starts_on = models.DateField(_("first day"))
    last_day_on = models.DateField(_("last day"), null=True, blank=True)
    agreed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"role__in": sorted(role.value for role in LYNN_ROLES)},
        verbose_name=_("agreed by"),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("designated contact")
        verbose_name_plural = _("designated contacts")
        ordering = ["customer__name", "-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day_on__isnull=True) | Q(last_day_on__gte=F("starts_on")),
                name="designation_ends_after_start",
                violation_error_message=_("The last day is before the first."),
            ),
            # Periods of one person for one customer never overlap: ending the designation that people
            # see must end it. `clean` says so in words; PostgreSQL also excludes it (migration 0002).
            models.UniqueConstraint(
                fields=["customer", "contact", "starts_on"], name="designation_once_per_start"
            ),
            models.UniqueConstraint(
                fields=["customer", "contact"],
                condition=Q(last_day_on__isnull=True),
                name="designation_one_without_end",
                violation_error_message=_("This person already has a designation without an end."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.customer}"

    def clean(self) -> None:
        if not (self.contact_id and self.customer_id):
            return
        if not self.contact.belongs_to(self.customer):
            raise ValidationError({"contact": _("This contact belongs to another organisation.")})
        if self.starts_on and self._overlapping().exists():
            raise ValidationError(
                {"starts_on": _("This person is already designated in part of this period.")}
            )

    def _overlapping(self) -> models.QuerySet["Designation"]:
        return Designation.objects.filter(
            Q(last_day_on__isnull=True) | Q(last_day_on__gte=self.starts_on),
            customer=self.customer_id,
            contact=self.contact_id,
            starts_on__lte=self.last_day_on or date.max,
        ).exclude(pk=self.pk)


def local_date(customer: Customer, at: datetime) -> date:
    """The civil date that `at` falls on for `customer`; its country's zone decides."""
    return civil_date(customer.country, at)
