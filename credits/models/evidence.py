"""Evidence that people record by hand: a downtime that was announced outside the portal (AVL-4)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant


class AnnouncedDowntime(models.Model):
    """A downtime as it was announced to one tenant, and the proof that it was, before it began.

    It excludes only what lies outside the tenant's productive hours. Reverting it is a decision of its own
    (EXC-3): the row stays.
    """

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="announced_downtimes", verbose_name=_("tenant")
    )
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    announced_at = models.DateTimeField(_("announced at"))
    proof = models.TextField(
        _("proof of the announcement"),
        help_text=_("How it was announced, to whom, and where that can be seen."),
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    reverted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reverted by"),
    )
    reverted_at = models.DateTimeField(_("reverted at"), null=True, blank=True)
    revert_reason = models.TextField(_("why it was reverted"), blank=True)

    class Meta:
        verbose_name = _("announced downtime")
        verbose_name_plural = _("announced downtimes")
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["tenant", "starts_at"], name="announced_of_tenant")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="announced_ends_after_start",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(condition=~Q(proof=""), name="announced_has_proof"),
            models.UniqueConstraint(
                fields=["tenant", "starts_at", "ends_at"],
                condition=Q(reverted_at__isnull=True),
                name="announced_once",
                violation_error_message=_("This downtime is on record already."),
            ),
            models.CheckConstraint(
                condition=Q(reverted_at__isnull=True, reverted_by__isnull=True, revert_reason="")
                | Q(reverted_at__isnull=False, reverted_by__isnull=False) & ~Q(revert_reason=""),
                name="announced_reverted_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} · {self.starts_at:%Y-%m-%d %H:%M}"
