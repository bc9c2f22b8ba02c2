"""RCA-2: the summary of a case, without which its solution cannot be proposed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models import Ticket
from tickets.models.record import AppendOnly

from .incident import person


class CaseSummary(AppendOnly):
    """One version; of several the last one holds."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="summaries")
    number = models.PositiveIntegerField(_("version"))
    incident = models.TextField(_("incident"))
    findings = models.TextField(_("cause or findings"))
    measures = models.TextField(_("restoration or corrective measures"))
    by = person(verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("case summary")
        verbose_name_plural = _("case summaries")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "number"], name="case_summary_version_once"),
            models.CheckConstraint(
                condition=~(Q(incident="") | Q(findings="") | Q(measures="")), name="case_summary_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.number}"
