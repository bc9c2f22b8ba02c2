"""Organisations: who may ask for support, for what, and since when.

What they were promised (calendar, policy) hangs on these from `sla`; nothing here looks up. No row is
ever deleted: what happened refers to it.
"""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.accounts.domain.roles import Role

from .fields import validate_time_zone
from .users import User


class Country(models.TextChoices):
    CHILE = "CL", _("Chile")
    PERU = "PE", _("Peru")
    ECUADOR = "EC", _("Ecuador")
    COLOMBIA = "CO", _("Colombia")
    MEXICO = "MX", _("Mexico")
    BRAZIL = "BR", _("Brazil")
    SPAIN = "ES", _("Spain")


class Partner(models.Model):
    """An integrator or reseller that sells and supports Lynn."""

    class Approval(models.TextChoices):
        PENDING = "pending", _("Awaiting commercial approval")
        APPROVED = "approved", _("Commercially approved")
        SUSPENDED = "suspended", _("Approval withdrawn")

    name = models.CharField(_("name"), max_length=150, unique=True)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)
    approval = models.CharField(  # SUP-4
        _("commercial approval"), max_length=10, choices=Approval.choices, default=Approval.PENDING
    )
    executive = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="partners",
        limit_choices_to={"role": Role.EXECUTIVE.value},
        verbose_name=_("commercial executive"),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_approved(self) -> bool:
        return self.approval == self.Approval.APPROVED


class Customer(models.Model):
    """The partner's client."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="customers", verbose_name=_("partner")
    )
    name = models.CharField(_("name"), max_length=150)
    country = models.CharField(_("country"), max_length=2, choices=Country.choices)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["partner", "name"], name="customer_once_per_partner")]

    def __str__(self) -> str:
        return self.name


class Tenant(models.Model):
    """One Lynn instance of a customer."""

    class Environment(models.TextChoices):
        PRODUCTION = "production", _("Production")
        DEVELOPMENT = "development", _("Development")

    class Deployment(models.TextChoices):
        CLOUD = "cloud", _("Lynn Cloud")
        ON_PREMISE = "on_premise", _("On-premise")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="tenants", verbose_name=_("customer")
    )
    code = models.CharField(
        _("tenant ID"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^\S+\Z", _("A tenant ID has no blanks in it."))],
        help_text=_("The ID number shown at the root of Lynn."),
    )
    name = models.CharField(_("tenant name"), max_length=150)
    environment = models.CharField(
        _("environment"), max_length=12, choices=Environment.choices, default=Environment.PRODUCTION
    )
    deployment = models.CharField(
        _("deployment"), max_length=12, choices=Deployment.choices, default=Deployment.CLOUD
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="America/Santiago", validators=[validate_time_zone]
    )
    product_administrator = models.ForeignKey(
        "Contact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="administered_tenants",
        verbose_name=_("product administrator"),
        help_text=_("The person with whom the maintenance window is agreed."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering = ["customer__name", "name", "code"]
        constraints = [
            models.UniqueConstraint(  # a mail's subject may write it either way (INT-4)
                models.functions.Lower("code"),
                name="tenant_code_regardless_of_case",
                violation_error_message=_("Another tenant has this ID."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

    def clean(self) -> None:
        administrator = self.product_administrator
        if administrator and self.customer_id and not administrator.belongs_to(self.customer):
            raise ValidationError(
                {"product_administrator": _("This contact belongs to another organisation.")}
            )

    @property
    def is_on_premise(self) -> bool:
        return self.deployment == self.Deployment.ON_PREMISE


class Contract(models.Model):
    """What a customer bought for a tenant."""

    class Billing(models.TextChoices):
        MONTHLY = "monthly", _("Monthly")
        ANNUAL = "annual", _("Annual")

    class Currency(models.TextChoices):
        CLP = "CLP", _("Chilean peso")
        PEN = "PEN", _("Peruvian sol")
        USD = "USD", _("US dollar")
        COP = "COP", _("Colombian peso")
        MXN = "MXN", _("Mexican peso")
        BRL = "BRL", _("Brazilian real")
        EUR = "EUR", _("Euro")

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("tenant")
    )
    number = models.CharField(_("contract number"), max_length=40, unique=True)
    base_monthly_value = models.DecimalField(
        _("base monthly value"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Lynn's own service, without tax, third parties, usage or one-off fees."),
    )
    base_annual_value = models.DecimalField(
        _("base annual value"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Of a contract that is billed by the year: credit is counted on an exact twelfth (CRD-4)."
        ),
    )
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    billing = models.CharField(_("billing"), max_length=8, choices=Billing.choices, default=Billing.MONTHLY)
    billing_day = models.PositiveSmallIntegerField(
        _("billing day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    starts_on = models.DateField(_("first day"))
    last_day_on = models.DateField(_("last day"), null=True, blank=True)
    covers_preview = models.BooleanField(
        _("covers preview features"), default=False, help_text=_("EXC-2: a clause promises support for them.")
    )
    soft_launch_last_day_on = models.DateField(
        _("last day of the soft launch"),
        null=True,
        blank=True,
        help_text=_("SUP-3: until then no deadline applies to the custom developments it covers."),
    )
    special_clauses = models.TextField(_("special clauses"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day_on__isnull=True) | Q(last_day_on__gte=F("starts_on")),
                name="contract_ends_after_start",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=Q(billing_day__gte=1, billing_day__lte=31), name="contract_billing_day"
            ),
            models.CheckConstraint(
                condition=Q(base_monthly_value__isnull=True) | Q(base_monthly_value__gte=0),
                name="contract_value_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(base_annual_value__isnull=True) | Q(base_annual_value__gte=0),
                name="contract_annual_value_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.number
