"""Every turn that a monitor told of: what its proposals are read from, in whatever order it came."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.record import AppendOnly

from .monitors import MonitorSource


class MonitorTurn(AppendOnly):
    """From `at` on it was down, or up again (AVL-5). The same turn told again is the same row."""

    source = models.ForeignKey(MonitorSource, on_delete=models.PROTECT, related_name="turns")
    alert = models.CharField(_("alert"), max_length=100)
    at = models.DateTimeField(_("at"))
    is_down = models.BooleanField(_("down"))
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("turn told by a monitor")
        verbose_name_plural = _("turns told by monitors")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "alert", "at", "is_down"], name="monitor_turn_once")
        ]

    def __str__(self) -> str:
        return f"{self.alert} · {self.at:%Y-%m-%d %H:%M}"
