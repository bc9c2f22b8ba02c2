"""CON-3: who was reminded that something ends; and designations that a partner proposes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Certification, Contact, Customer, Designation
from tickets.models.record import AppendOnly


class EndReminder(AppendOnly):
    """That something ends on `last_day_on` was announced, once for each number of days before it."""

    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, null=True, related_name="+")
    designation = models.ForeignKey(Designation, on_delete=models.CASCADE, null=True, related_name="+")
    last_day_on = models.DateField(_("last day"))
    days_before = models.PositiveSmallIntegerField(_("days before"))
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(certification__isnull=True, designation__isnull=False)
                | Q(certification__isnull=False, designation__isnull=True),
                name="end_reminder_about_one",
            ),
            models.UniqueConstraint(
                fields=["certification", "last_day_on", "days_before"], name="end_reminder_certification_once"
            ),
            models.UniqueConstraint(
                fields=["designation", "last_day_on", "days_before"], name="end_reminder_designation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.last_day_on} − {self.days_before}"


class DesignationProposal(models.Model):
    """A partner's administrator proposes a designated contact; Lynn agrees or declines with a reason."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        AGREED = "agreed", _("Agreed")
        DECLINED = "declined", _("Declined")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="designation_proposals", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="designation_proposals", verbose_name=_("contact")
    )
    starts_on = models.DateField(_("first day"))
    last_day_on = models.DateField(_("last day"), null=True, blank=True)
    words = models.TextField(_("what Lynn should know"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decline_reason = models.TextField(_("why it was declined"), blank=True)
    designation = models.OneToOneField(
        Designation, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("designation")
    )

    class Meta:
        verbose_name = _("proposed designation")
        verbose_name_plural = _("proposed designations")
        ordering = ["-proposed_at", "-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "contact"],
                condition=Q(state="proposed"),
                name="designation_proposed_once",
            ),
            models.CheckConstraint(
                condition=Q(last_day_on__isnull=True) | Q(last_day_on__gte=F("starts_on")),
                name="designation_proposal_period",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by__isnull=True, decided_at__isnull=True)
                & Q(decline_reason="")
                | Q(state="agreed", decided_by__isnull=False, decided_at__isnull=False) & Q(decline_reason="")
                | Q(state="declined", decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decline_reason=""),
                name="designation_proposal_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} · {self.customer}"
