"""A platform incident: what happened, to whom, when, and what people decided about it (AVL-3).

Segments and decisions are never changed: a correction is a new revision, a reversal a new decision.
"""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.words import Cause, Impact, Reach, Scope
from tickets.models.record import AppendOnly

IMPACT_LABELS = [(Impact.FULL, _("Full outage")), (Impact.DEGRADED, _("Degraded"))]
SCOPE_LABELS = [
    (Scope.PLATFORM, _("The platform as a whole")),
    (Scope.FEATURE, _("A single feature, module or connector")),
    (Scope.OPEN, _("Not decided")),
]
CAUSE_LABELS = [
    (Cause.OWN, _("Lynn's own service")),
    (Cause.THIRD_PARTY, _("A third party")),
    (Cause.BEYOND_CONTROL, _("Beyond Lynn's control")),
    (Cause.CUSTOMER, _("The customer's Internet, network or configuration")),
    (Cause.PREVIEW, _("A preview feature")),
]
REACH_LABELS = [
    (Reach.ALL, _("All tenants in the cloud")),
    (Reach.COUNTRIES, _("The tenants of some countries")),
    (Reach.LISTED, _("Listed tenants only")),
]


def person(**options: object) -> models.ForeignKey:
    """Who did it; people are never deleted."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", **options)


class IncidentSequence(models.Model):
    """The last number given in a year; its row is the lock that makes numbers sequential."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Incident(models.Model):
    """One event of the service that may touch many tenants and tickets. Changed only by operations.

    Four instants are kept apart: started, detected, restored, closed (AVL-3).
    """

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what is known"), help_text=_("Customers read it."))
    reach = models.CharField(_("whom it affects"), max_length=10, choices=REACH_LABELS)
    countries = models.JSONField(_("countries"), default=list, blank=True)
    started_at = models.DateTimeField(_("started at"))
    detected_at = models.DateTimeField(_("detected at"))
    restored_at = models.DateTimeField(_("restored at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    next_update_at = models.DateTimeField(_("next update"), null=True, blank=True)
    opened_by = person(verbose_name=_("opened by"))
    opened_at = models.DateTimeField(_("recorded at"))
    submission_key = models.UUIDField(null=True, unique=True, editable=False)
    affected = models.ManyToManyField(Tenant, through="AffectedTenant", related_name="incidents")

    class Meta:
        verbose_name = _("platform incident")
        verbose_name_plural = _("platform incidents")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(detected_at__gte=F("started_at")), name="incident_detected_after_start"
            ),
            models.CheckConstraint(
                condition=Q(restored_at__isnull=True) | Q(restored_at__gt=F("started_at")),
                name="incident_restored_after_start",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(restored_at__isnull=False, closed_at__gte=F("restored_at")),
                name="incident_closed_once_restored",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"

    @property
    def is_restored(self) -> bool:
        return self.restored_at is not None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def lasted(self) -> timedelta | None:
        """From the start to the restoration; None while it lasts."""
        return None if self.restored_at is None else self.restored_at - self.started_at


class AffectedTenant(models.Model):
    """That the incident touched this tenant, since when we know, and until somebody takes it back."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="affected_tenants")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="affected_by", verbose_name=_("tenant")
    )
    added_by = person(null=True, verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))
    withdrawn_by = person(null=True, verbose_name=_("taken out by"))
    withdrawn_at = models.DateTimeField(_("taken out at"), null=True)
    withdraw_reason = models.TextField(_("why it was taken out"), blank=True)

    class Meta:
        verbose_name = _("affected tenant")
        verbose_name_plural = _("affected tenants")
        ordering = ["tenant__code"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "tenant"], name="incident_tenant_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdraw_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdraw_reason=""),
                name="incident_tenant_withdrawn_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.tenant_id}"


class Revision(AppendOnly):
    """One complete list of impact segments; of several the last one holds."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    reason = models.TextField(_("reason"))
    by = person(verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("revision of the impact")
        verbose_name_plural = _("revisions of the impact")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="incident_revision_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="incident_revision_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.number}"


class ImpactSegment(AppendOnly):
    """How bad it was from `start` up to `end` (half-open); no end while it lasts."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="segments")
    impact = models.CharField(_("impact"), max_length=10, choices=IMPACT_LABELS)
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("impact segment")
        verbose_name_plural = _("impact segments")
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "start"], name="incident_segment_once"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gt=F("start")), name="incident_segment_has_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_impact_display()} · {self.start:%Y-%m-%d %H:%M}"

    def as_segment(self) -> Segment:
        return Segment(Impact(self.impact), self.start, self.end)


class Decision(AppendOnly):
    """How far it reaches and whose fault it is, said by a person and never inferred; the last one holds."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField(_("decision"))
    scope = models.CharField(_("reach of the failure"), max_length=10, choices=SCOPE_LABELS)
    cause = models.CharField(_("cause"), max_length=20, choices=CAUSE_LABELS)
    reason = models.TextField(_("reason"))
    by = person(verbose_name=_("decided by"))
    at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("decision about an incident")
        verbose_name_plural = _("decisions about incidents")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="incident_decision_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="incident_decision_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} · {self.get_scope_display()}"
