"""What monitors tell (AVL-5). Monitors only propose; a person confirms or dismisses."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant
from tickets.models.record import AppendOnly

from .incident import Incident, person


class MonitorSource(models.Model):
    """A monitor that may tell of outages. It shows a token, or signs with a key: one of the two, shown once.

    Of the token only the digest is kept; the key is derived from `key_salt` and the installation's secret.
    """

    class Kind(models.TextChoices):
        ALERTMANAGER = "alertmanager", _("Prometheus Alertmanager")
        UPTIME_KUMA = "uptime_kuma", _("Uptime Kuma")
        PROBE = "probe", _("The portal's own probe")

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="monitors",
        verbose_name=_("tenant"),
        help_text=_("Empty where it watches the whole platform."),
    )
    token_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    key_salt = models.CharField(max_length=64, blank=True, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    silent_after = models.PositiveIntegerField(
        _("silent after (seconds)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(60)],
        help_text=_(
            "If it says nothing for longer, what happened meanwhile is unknown. Empty where it only speaks"
            " when something fails."
        ),
    )
    watched_since = models.DateTimeField(_("watched since"), null=True, editable=False)
    last_heard_at = models.DateTimeField(_("last heard at"), null=True, editable=False)
    created_by = person(null=True, editable=False, verbose_name=_("created by"))

    class Meta:
        verbose_name = _("monitor")
        verbose_name_plural = _("monitors")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(kind="probe"), name="monitor_one_probe_per_tenant"
            ),
            models.CheckConstraint(
                condition=Q(token_digest__isnull=True) | Q(key_salt=""), name="monitor_token_or_signature"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HeardSignature(models.Model):
    """A signature that was taken, which it is once; forgotten when its moment is too old for it."""

    source = models.ForeignKey(MonitorSource, on_delete=models.CASCADE, related_name="+")
    signature = models.CharField(max_length=71)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("signature of a monitor")
        verbose_name_plural = _("signatures of monitors")
        constraints = [
            models.UniqueConstraint(fields=["source", "signature"], name="monitor_signature_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.signature[:15]}"


class MonitorGap(models.Model):
    """The monitor said nothing though it should have: nobody knows how the service was."""

    source = models.ForeignKey(MonitorSource, on_delete=models.PROTECT, related_name="gaps")
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("gap in monitoring")
        verbose_name_plural = _("gaps in monitoring")
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(fields=["source", "start"], name="monitor_gap_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="monitor_gap_has_length"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.start:%Y-%m-%d %H:%M}"


class MonitorTurn(AppendOnly):
    """From `at` on it was down, or up again, by the word of a monitor that tells when something turns."""

    source = models.ForeignKey(MonitorSource, on_delete=models.PROTECT, related_name="turns")
    fingerprint = models.CharField(_("alert"), max_length=100)
    at = models.DateTimeField(_("at"))
    is_down = models.BooleanField(_("down"))
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("turn told by a monitor")
        verbose_name_plural = _("turns told by monitors")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint", "at", "is_down"], name="monitor_turn_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} · {self.fingerprint}"


class Proposal(models.Model):
    """One alert of a monitor, however often it was told: a span in which something may have been down."""

    class State(models.TextChoices):
        PENDING = "pending", _("To be decided")
        CONFIRMED = "confirmed", _("Confirmed")
        DISMISSED = "dismissed", _("Dismissed")

    source = models.ForeignKey(
        MonitorSource, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("monitor")
    )
    fingerprint = models.CharField(_("alert"), max_length=100)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, related_name="proposals", verbose_name=_("tenant")
    )
    words = models.CharField(_("what it says"), max_length=500)
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"), null=True)
    first_told_at = models.DateTimeField(_("first told at"))
    last_told_at = models.DateTimeField(_("last told at"))
    told_times = models.PositiveIntegerField(_("times told"), default=1)
    state = models.CharField(_("decision"), max_length=10, choices=State.choices, default=State.PENDING)
    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, null=True, related_name="proposals", verbose_name=_("incident")
    )
    decided_by = person(null=True, verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("proposal of a monitor")
        verbose_name_plural = _("proposals of monitors")
        ordering = ["-start", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "fingerprint", "start"], name="monitor_alert_once"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="monitor_alert_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(
                    state="pending", decided_by__isnull=True, decided_at__isnull=True, incident__isnull=True
                )
                | Q(
                    state="confirmed",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    incident__isnull=False,
                )
                | Q(
                    state="dismissed",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    incident__isnull=True,
                )
                & ~Q(reason=""),
                name="monitor_alert_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.words[:80]


class HealthAddress(models.Model):
    """Where the portal's own probe asks how a tenant is; off until somebody switches it on."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.PROTECT, related_name="health_address", verbose_name=_("tenant")
    )
    url = models.URLField(
        _("health address"),
        max_length=300,
        validators=[RegexValidator(r"^https://", _("The address begins with https://."))],
        help_text=_("Asked every minute over https; an answer of 200 to 299 means that it is up."),
    )
    is_active = models.BooleanField(_("ask it"), default=False)

    class Meta:
        verbose_name = _("health address")
        verbose_name_plural = _("health addresses")
        ordering = ["tenant__code"]

    def __str__(self) -> str:
        return self.url
