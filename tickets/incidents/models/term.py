"""RCA-1: the deadline of an incident's own analysis, ticket of severity 1 or none."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant
from sla.models import CalendarVersion, PolicyVersion
from tickets.models.record import AppendOnly

from .incident import Incident


class RcaTerm(models.Model):
    """From one restoration to the earliest of the deadlines that the affected customers were promised.

    `tenant` is the one whose policy and calendar make it so. It ends with the publication, or where none is
    owed any more. `next_check_at` is when something becomes true that has to be told.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="rca_terms")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("restored at"))
    due_at = models.DateTimeField(_("due at"))
    stopped_at = models.DateTimeField(_("published at"), null=True)
    cancelled_at = models.DateTimeField(_("not owed since"), null=True)
    next_check_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("term of an analysis")
        verbose_name_plural = _("terms of analyses")
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "started_at"], name="rca_term_once"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="rca_term_has_length"),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="rca_term_check"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.due_at:%Y-%m-%d %H:%M}"


class RcaTermMilestone(AppendOnly):
    """A warning or the breach of a term: true at `at`, whenever it was noticed (RST-7, RST-8)."""

    BREACH = 100

    term = models.ForeignKey(RcaTerm, on_delete=models.PROTECT, related_name="milestones")
    percent = models.PositiveSmallIntegerField(_("percent of the term"))
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("milestone of a term")
        verbose_name_plural = _("milestones of terms")
        ordering = ["at", "percent"]
        constraints = [models.UniqueConstraint(fields=["term", "percent"], name="rca_term_milestone_once")]

    def __str__(self) -> str:
        return f"{self.term_id} · {self.percent} %"
