"""RCA-1: the root cause analysis of an incident, in versions; a published one stays as it is."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant

from .incident import Incident, person


class Rca(models.Model):
    """One version. Its prose, its timeline, its actions and the downtime that it states for each tenant.

    Drafted by an engineer, approved by another, published. What follows a publication is a new version.
    """

    class Stage(models.TextChoices):
        DRAFT = "draft", _("Being drafted")
        SUBMITTED = "submitted", _("Awaiting approval")
        APPROVED = "approved", _("Approved, not published")
        PUBLISHED = "published", _("Published")

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="rcas")
    number = models.PositiveIntegerField(_("version"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.DRAFT)
    summary = models.TextField(_("summary"), blank=True)
    impact = models.TextField(_("impact"), blank=True)
    root_cause = models.TextField(_("root cause"), blank=True)
    contributing_factors = models.TextField(_("contributing factors"), blank=True)
    detection = models.TextField(_("detection"), blank=True)
    restoration = models.TextField(_("restoration"), blank=True)
    drafted_by = person(verbose_name=_("drafted by"))
    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("whoever wrote in it")
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    submitted_at = models.DateTimeField(_("handed in at"), null=True)
    approved_by = person(null=True, verbose_name=_("approved by"))
    approved_at = models.DateTimeField(_("approved at"), null=True)
    published_by = person(null=True, verbose_name=_("published by"))
    published_at = models.DateTimeField(_("published at"), null=True)

    class Meta:
        verbose_name = _("root cause analysis")
        verbose_name_plural = _("root cause analyses")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="rca_version_once"),
            models.UniqueConstraint(
                fields=["incident"], condition=~Q(stage="published"), name="rca_one_in_the_making"
            ),
            models.CheckConstraint(
                condition=Q(
                    stage__in=["draft", "submitted"], approved_by__isnull=True, approved_at__isnull=True
                )
                | Q(
                    stage__in=["approved", "published"], approved_by__isnull=False, approved_at__isnull=False
                ),
                name="rca_approved_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("drafted_by")),
                name="rca_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(stage="published", published_at__isnull=False, published_by__isnull=False)
                | ~Q(stage="published") & Q(published_at__isnull=True, published_by__isnull=True),
                name="rca_published_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.number}"

    @property
    def prose_is_begun(self) -> bool:
        return bool(self.summary or self.impact or self.root_cause)

    @property
    def is_published(self) -> bool:
        return self.stage == self.Stage.PUBLISHED


class RcaMoment(models.Model):
    """One line of the timeline."""

    rca = models.ForeignKey(Rca, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField(_("when"))
    words = models.TextField(_("what happened"))

    class Meta:
        verbose_name = _("moment of the timeline")
        verbose_name_plural = _("moments of the timeline")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class RcaAction(models.Model):
    """What is done so that it does not happen again; open until somebody says that it is done."""

    class Kind(models.TextChoices):
        CORRECTIVE = "corrective", _("Corrective")
        PREVENTIVE = "preventive", _("Preventive")

    rca = models.ForeignKey(Rca, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    words = models.TextField(_("what is done"))
    owner = models.CharField(_("owner"), max_length=150, blank=True)
    due_on = models.DateField(_("date"), null=True)
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = person(null=True, verbose_name=_("recorded by"))
    outcome = models.TextField(_("outcome"), blank=True)

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, outcome="")
                | Q(done_at__isnull=False, done_by__isnull=False) & ~Q(outcome=""),
                name="rca_action_done_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.words[:60]


class RcaDowntime(models.Model):
    """The downtime that the analysis states for one tenant, in whole seconds."""

    rca = models.ForeignKey(Rca, on_delete=models.PROTECT, related_name="downtimes")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", verbose_name=_("tenant"))
    seconds = models.PositiveBigIntegerField(_("seconds of downtime"))

    class Meta:
        verbose_name = _("stated downtime")
        verbose_name_plural = _("stated downtimes")
        ordering = ["tenant__code"]
        constraints = [models.UniqueConstraint(fields=["rca", "tenant"], name="rca_downtime_once")]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.seconds} s"
