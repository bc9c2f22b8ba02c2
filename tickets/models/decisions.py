"""Decisions of support about a ticket that bind what it promises, each with its author and its reason."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.domain.clock_events import Ground
from sla.models import GROUND_LABELS

from .record import AppendOnly
from .ticket import Ticket

RULES = {Ground.THIRD_PARTY: "EXC-1", Ground.PREVIEW: "EXC-2", Ground.CUSTOM_DEVELOPMENT: "SUP-3"}


def _author(**options: object) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


class Exclusion(models.Model):
    """No target applies, on this ground, from `decided_at` until somebody reverts it (EXC-1 to EXC-3).

    `provider` and `is_managed` are about third parties: who it is, and whether Lynn manages it. Nobody
    decides what the agreement's own rule excludes at the escalation; it has no finding then.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="exclusions")
    ground = models.CharField(_("ground"), max_length=20, choices=GROUND_LABELS)
    provider = models.CharField(_("third party"), max_length=100, blank=True)
    is_managed = models.BooleanField(_("Lynn manages this provider"), default=False)
    finding = models.TextField(_("finding"), blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    decided_by = _author(null=True, verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"))
    reverted_by = _author(null=True, verbose_name=_("reverted by"))
    reverted_at = models.DateTimeField(_("reverted at"), null=True)
    revert_reason = models.TextField(_("why it was reverted"), blank=True)

    class Meta:
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")
        ordering = ["decided_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "ground"],
                condition=Q(reverted_at__isnull=True),
                name="exclusion_one_in_force_per_ground",
            ),
            models.CheckConstraint(
                condition=Q(reverted_at__isnull=True, reverted_by__isnull=True, revert_reason="")
                | Q(reverted_at__isnull=False, reverted_by__isnull=False) & ~Q(revert_reason=""),
                name="exclusion_reverted_whole",
            ),
            models.CheckConstraint(
                condition=~Q(ground=Ground.THIRD_PARTY) | ~Q(provider=""), name="exclusion_names_third_party"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(finding=""), name="exclusion_has_finding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.get_ground_display()}"

    @property
    def rule(self) -> str:
        return RULES[Ground(self.ground)]

    @property
    def is_in_force(self) -> bool:
        return self.reverted_at is None


class ProviderDealing(AppendOnly):
    """EXC-1: what Lynn did at a provider that it manages; the partner reads it."""

    exclusion = models.ForeignKey(Exclusion, on_delete=models.PROTECT, related_name="dealings")
    at = models.DateTimeField(_("at"))
    words = models.TextField(_("what was done"))
    by = _author(verbose_name=_("by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("dealing with a provider")
        verbose_name_plural = _("dealings with providers")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.exclusion_id} · {self.at:%Y-%m-%d %H:%M}"


class PatchPlan(AppendOnly):
    """RST-5: the code patch that a case of severity 2 or 3 needs; of several plans the last one holds."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="patch_plans")
    details = models.TextField(_("technical details"))
    planned_on = models.DateField(_("planned date"))
    by = _author(verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("patch plan")
        verbose_name_plural = _("patch plans")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.planned_on}"
