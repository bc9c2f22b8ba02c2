"""People and organisations: who may ask for support, for what, and since when.

What they were promised (calendar, policy) hangs on these from `sla`; nothing here looks up.
"""

from datetime import datetime
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .domain.countries import zone_of
from .domain.roles import PARTNER_ROLES, STAFF_ROLES, Role, permissions_of


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("«%(name)s» is not a time zone; write one such as America/Santiago."), params={"name": name}
        )


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, **{"role": Role.ADMINISTRATOR, **fields})

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """A login. The address is the name; what a person may do follows from the role alone."""

    class Language(models.TextChoices):
        SPANISH = "es", _("Spanish")
        ENGLISH = "en", _("English")

    ROLE_LABELS = [
        (Role.PARTNER, _("Partner")),
        (Role.PARTNER_ADMIN, _("Partner administrator")),
        (Role.DESK, _("Support desk")),
        (Role.ENGINEER, _("Support engineer")),
        (Role.DESK_LEAD, _("Desk lead")),
        (Role.EXECUTIVE, _("Commercial executive")),
        (Role.ADMINISTRATOR, _("Administrator")),
    ]

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=ROLE_LABELS)
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, default=Language.SPANISH
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="America/Santiago", validators=[validate_time_zone]
    )
    is_active = models.BooleanField(
        _("has access"), default=True, help_text=_("Unticking it ends every session at the next request.")
    )
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"),
                name="user_email_case_insensitive",
                violation_error_message=_("Someone already has this address."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def is_staff(self) -> bool:
        """Works at the desk (Django's admin asks for this name)."""
        return self.role in STAFF_ROLES

    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.role == Role.ADMINISTRATOR

    @property
    def is_partner_side(self) -> bool:
        return self.role in PARTNER_ROLES

    @property
    def is_executive(self) -> bool:
        return self.role == Role.EXECUTIVE

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and perm in permissions_of(self.role)

    def has_perms(self, perms, obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(p.startswith(f"{app_label}.") for p in permissions_of(self.role))


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
        limit_choices_to={"role": Role.EXECUTIVE},
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
        _("tenant ID"), max_length=40, unique=True, help_text=_("The ID number shown at the root of Lynn.")
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
        on_delete=models.SET_NULL,
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
        ordering = ["customer__name", "name"]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"

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
        ]

    def __str__(self) -> str:
        return self.number


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
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="contact",
        verbose_name=_("login"),
    )
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"), "partner", name="contact_once_per_partner"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.customer and self.customer.partner_id != self.partner_id:
            raise ValidationError({"customer": _("This customer belongs to another partner.")})

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
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreed by")
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
            models.UniqueConstraint(
                fields=["customer", "contact", "starts_on"], name="designation_once_per_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.customer}"

    def clean(self) -> None:
        if self.contact_id and self.customer_id:
            contact, customer = self.contact, self.customer
            if contact.partner_id != customer.partner_id or contact.customer_id not in (None, customer.pk):
                raise ValidationError({"contact": _("This contact belongs to another organisation.")})


def local_date(customer: Customer, at: datetime):
    """The civil date that `at` falls on for `customer`; its country's zone decides."""
    return at.astimezone(zone_of(customer.country)).date()
