"""Who is bound to what: a tenant to a calendar, a contract to a policy, a tenant to a maintenance window."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.accounts.models import Contact, Contract, Tenant

from .calendars import BusinessCalendar
from .policies import SlaPolicy


class TenantCalendar(models.Model):
    """SUP-1: the calendar a tenant names; without a row here it is the default one."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.PROTECT, related_name="support_calendar", verbose_name=_("tenant")
    )
    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="tenants", verbose_name=_("calendar")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("calendar of a tenant")
        verbose_name_plural = _("calendars of tenants")
        ordering = ["tenant__code"]

    def __str__(self) -> str:
        return f"{self.tenant} · {self.calendar}"

    def clean(self) -> None:
        if self.calendar_id and not self.calendar.versions.exists():
            raise ValidationError({"calendar": _("This calendar has no published version yet.")})


class ContractPolicy(models.Model):
    """RST-4: the policy a contract names; it comes before the default."""

    contract = models.OneToOneField(
        Contract, on_delete=models.PROTECT, related_name="agreed_policy", verbose_name=_("contract")
    )
    policy = models.ForeignKey(
        SlaPolicy, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("policy")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("policy of a contract")
        verbose_name_plural = _("policies of contracts")
        ordering = ["contract__number"]

    def __str__(self) -> str:
        return f"{self.contract} · {self.policy}"

    def clean(self) -> None:
        if self.policy_id and not self.policy.versions.filter(published_at__isnull=False).exists():
            raise ValidationError({"policy": _("This policy has no published version yet.")})


class MaintenanceAgreement(models.Model):
    """SUP-5: the daily window agreed for a tenant: one elapsed hour from `daily_start`, in the tenant's zone.

    It covers the local dates from `effective_on` until the next agreement; a change is a new row.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="maintenance_agreements", verbose_name=_("tenant")
    )
    agreed_with = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("agreed with")
    )
    daily_start = models.TimeField(_("begins daily at"), help_text=_("Local time of the tenant."))
    effective_on = models.DateField(_("first day"))
    agreed_at = models.DateTimeField(_("agreed at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("maintenance agreement")
        verbose_name_plural = _("maintenance agreements")
        ordering = ["tenant__code", "-effective_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "effective_on"],
                name="maintenance_agreement_once_per_day",
                violation_error_message=_("An agreement already begins on this day."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant} · {self.effective_on} · {self.daily_start:%H:%M}"
