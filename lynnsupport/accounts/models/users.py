"""Logins. What a person may do follows from the role alone; what they see, from `accounts.access`."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.accounts.domain.roles import PARTNER_ROLES, STAFF_ROLES, Role, permissions_of

from .fields import AddressField, validate_time_zone


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A stored login; without `password` nobody can use it until they set one by a link."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, **{"role": Role.ADMINISTRATOR, **fields})

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=email)


class User(AbstractBaseUser):
    """A login; the e-mail address is its name."""

    class Language(models.TextChoices):
        SPANISH = "es", _("Spanish")
        ENGLISH = "en", _("English")

    ROLE_LABELS = [
        (Role.PARTNER.value, _("Partner")),
        (Role.PARTNER_ADMIN.value, _("Partner administrator")),
        (Role.DESK.value, _("Support desk")),
        (Role.ENGINEER.value, _("Support engineer")),
        (Role.DESK_LEAD.value, _("Desk lead")),
        (Role.EXECUTIVE.value, _("Commercial executive")),
        (Role.ADMINISTRATOR.value, _("Administrator")),
    ]

    email = AddressField(
        _("e-mail"), unique=True, error_messages={"unique": _("Someone already has this address.")}
    )
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
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="user_role_declared"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args, **kwargs) -> None:
        # Signing in stores `last_login` alone; that is no change of the person for the history.
        if kwargs.get("update_fields") == ["last_login"] and not hasattr(self, "skip_history_when_saving"):
            self.save_without_historical_record(*args, **kwargs)
        else:
            super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        if self._state.adding:
            return
        if self.role not in PARTNER_ROLES and hasattr(self, "contact"):
            raise ValidationError({"role": _("This login belongs to a contact of a partner.")})
        if self.role != Role.EXECUTIVE and self.partners.exists():
            raise ValidationError({"role": _("Give this person's partners another executive first.")})

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def reads(self) -> str:
        """The language of mails to them, as for a contact."""
        return self.language

    @property
    def zone(self) -> str:
        """The time zone of mails to them, as for a contact."""
        return self.time_zone

    @property
    def is_staff(self) -> bool:
        """Works at the desk (Django's admin asks for this name)."""
        return self.role in STAFF_ROLES

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
