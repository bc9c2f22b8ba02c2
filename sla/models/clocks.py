"""The stored face of a clock. Its events, kept by the app that owns it, are the truth."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sla.domain.clock_events import Ground, PauseReason
from sla.domain.readings import ClockState, Reading
from sla.domain.targets import SEVERITIES, ClockKind, Target, Unit

from .calendars import CalendarVersion
from .policies import KIND_LABELS, SEVERITY_CHOICES, UNIT_LABELS, PolicyVersion

STATE_LABELS = [
    (ClockState.RUNNING, _("Running")),
    (ClockState.PAUSED, _("Paused")),
    (ClockState.MET, _("Met")),
    (ClockState.BREACHED, _("Breached")),
    (ClockState.EXCUSED, _("Excused")),
    (ClockState.CANCELLED, _("Does not apply")),
]
PAUSE_LABELS = [
    (PauseReason.WAITING_CUSTOMER, _("waiting for the customer")),
    (PauseReason.CONTACT_UNREACHABLE, _("the contact cannot be reached")),
    (PauseReason.THIRD_PARTY, _("waiting for a third party")),
]
GROUND_LABELS = [
    (Ground.THIRD_PARTY, _("it originates in a third party")),
    (Ground.PREVIEW, _("it concerns a feature in preview")),
    (Ground.CUSTOM_DEVELOPMENT, _("it concerns a custom development")),
]


class Clock(models.Model):
    """One promise being measured: a projection of the clock's events that can be rebuilt at any time.

    `project` writes every field but the pinned versions from a reading; nothing else may. `remaining`
    is the counted time left while the clock stands still (negative if overdue), empty while it runs.
    `paused_for` and `excused_for` say why it stands still or does not apply; of several reasons the first.
    """

    PROJECTED = (
        "kind",
        "severity",
        "amount",
        "unit",
        "state",
        "started_at",
        "due_at",
        "stopped_at",
        "breached_at",
        "paused_since",
        "paused_for",
        "excused_since",
        "excused_for",
        "remaining",
        "next_check_at",
    )

    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("policy version")
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("calendar version")
    )
    kind = models.CharField(_("clock"), max_length=20, choices=KIND_LABELS)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITY_CHOICES)
    amount = models.PositiveIntegerField(_("target"))
    unit = models.CharField(_("measured in"), max_length=20, choices=UNIT_LABELS)
    state = models.CharField(_("state"), max_length=10, choices=STATE_LABELS)
    started_at = models.DateTimeField(_("started at"))
    due_at = models.DateTimeField(_("due at"), null=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True)
    breached_at = models.DateTimeField(_("breached at"), null=True)
    paused_since = models.DateTimeField(_("paused since"), null=True)
    paused_for = models.CharField(_("paused because"), max_length=20, choices=PAUSE_LABELS, blank=True)
    excused_since = models.DateTimeField(_("excused since"), null=True)
    excused_for = models.CharField(_("excused because"), max_length=20, choices=GROUND_LABELS, blank=True)
    remaining = models.DurationField(_("remaining"), null=True)
    next_check_at = models.DateTimeField(_("next check"), null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=SEVERITIES), name="%(class)s_severity"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="%(class)s_leaves_time"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gt=F("started_at")),
                name="%(class)s_due_after_start",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="%(class)s_stops_after_start",
            ),
            models.CheckConstraint(  # RST-7: at the deadline, whenever it is noticed
                condition=Q(breached_at__isnull=True) | Q(breached_at=F("due_at")),
                name="%(class)s_breach_at_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state="running")
                | Q(stopped_at__isnull=True, breached_at__isnull=True, paused_since__isnull=True)
                & Q(due_at__isnull=False),
                name="%(class)s_running",
            ),
            models.CheckConstraint(
                condition=~Q(state="paused")
                | Q(stopped_at__isnull=True, breached_at__isnull=True, paused_since__isnull=False)
                & ~Q(paused_for=""),
                name="%(class)s_paused",
            ),
            models.CheckConstraint(
                condition=Q(excused_since__isnull=True, excused_for="") & ~Q(state="excused")
                | Q(excused_since__isnull=False) & ~Q(excused_for="") & Q(state__in=["excused", "cancelled"]),
                name="%(class)s_excused",
            ),
            models.CheckConstraint(
                condition=~Q(state="met") | Q(stopped_at__isnull=False, breached_at__isnull=True),
                name="%(class)s_met",
            ),
            models.CheckConstraint(
                condition=~Q(state="breached") | Q(breached_at__isnull=False), name="%(class)s_breached"
            ),
            models.CheckConstraint(
                condition=Q(next_check_at__isnull=True) | Q(stopped_at__isnull=True),
                name="%(class)s_stopped_unchecked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="%(class)s_next_check",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_state_display()}"

    @property
    def target(self) -> Target:
        """The target in force, without its warnings."""
        return Target(ClockKind(self.kind), self.severity, self.amount, Unit(self.unit))

    @property
    def rule(self) -> str:
        return self.target.rule

    def project(self, reading: Reading) -> None:
        """Shows what the events say; the caller saves (`PROJECTED` names the fields)."""
        self.kind = reading.target.kind
        self.severity = reading.target.severity
        self.amount = reading.target.amount
        self.unit = reading.target.unit
        self.state = reading.state
        self.started_at = reading.started_at
        self.due_at = reading.due_at
        self.stopped_at = reading.stopped_at
        self.breached_at = reading.breached_at
        self.paused_since = reading.paused_since
        self.paused_for = next(iter(reading.paused_for), "")
        self.excused_since = reading.excused_since
        self.excused_for = next(iter(reading.excused_for), "") if reading.excused_since else ""
        self.remaining = reading.remaining if reading.stands_still else None
        self.next_check_at = reading.next_check_at
