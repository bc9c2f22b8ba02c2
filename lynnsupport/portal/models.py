"""What the installation knows of its own work: when each periodic job last ran well."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodicJob(models.Model):
    """A job that must run again and again; its silence is what nobody would otherwise notice."""

    name = models.CharField(_("job"), max_length=200, unique=True)
    allowed_silence = models.DurationField(
        _("allowed silence"), help_text=_("Without a good run for longer than this, something is wrong.")
    )
    last_started_at = models.DateTimeField(_("last begun"), null=True, blank=True)
    last_succeeded_at = models.DateTimeField(_("last good run"), null=True, blank=True)
    last_failed_at = models.DateTimeField(_("last failure"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("periodic job")
        verbose_name_plural = _("periodic jobs")
        ordering = ["name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def is_late(self, now: datetime) -> bool:
        """Whether it has not run well for longer than it may."""
        return self.last_succeeded_at is None or now - self.last_succeeded_at > self.allowed_silence
