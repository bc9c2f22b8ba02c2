"""Policies: every number of the agreement as data, in versions that never change once published."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.common.refusal import Refused
from sla.domain.targets import (
    RESTORATION_KINDS,
    SEVERITIES,
    ClockKind,
    Target,
    Terms,
    Unit,
    parse_percents,
)

KIND_LABELS = [
    (ClockKind.FIRST_RESPONSE, _("First response")),
    (ClockKind.NEXT_RESPONSE, _("Next response")),
    (ClockKind.RESTORATION_GOAL, _("Restoration (goal)")),
    (ClockKind.RESTORATION, _("Restoration")),
    (ClockKind.RCA, _("Root cause analysis")),
]
UNIT_LABELS = [
    (Unit.ELAPSED_MINUTES, _("minutes, day and night")),
    (Unit.BUSINESS_MINUTES, _("business minutes")),
    (Unit.BUSINESS_DAYS, _("business days")),
    (Unit.BUSINESS_DAY_ENDS, _("ends of business days")),
]
SEVERITY_CHOICES = [(severity, str(severity)) for severity in SEVERITIES]


def validate_percents(text: str) -> None:
    try:
        parse_percents(text)
    except ValueError as error:
        raise ValidationError(
            _("Write percentages between 1 and 99 in ascending order, such as 50 75 90.")
        ) from error


class SlaPolicy(models.Model):
    """A set of promises, such as the agreement's own or one that a contract names (RST-4)."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Applies where the contract names no policy (RST-4).")
    )
    notes = models.TextField(_("notes"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="policy_one_default",
                violation_error_message=_("Another policy is the default."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One version of a policy: a draft until it is published, unchangeable from then on.

    `published_by` is empty for what came with the product; `digest` is that of `terms_data()`.
    """

    policy = models.ForeignKey(
        SlaPolicy, on_delete=models.PROTECT, related_name="versions", verbose_name=_("policy")
    )
    number = models.PositiveIntegerField(_("version"))
    critical_over = models.DecimalField(
        _("severity 1 over (percent of impact)"), max_digits=5, decimal_places=2, help_text="SEV-1"
    )
    low_under = models.DecimalField(
        _("severity 3 under (percent of impact)"), max_digits=5, decimal_places=2, help_text="SEV-1"
    )
    weight_low = models.DecimalField(
        _("weight of low priority"), max_digits=6, decimal_places=3, help_text="SEV-3"
    )
    weight_normal = models.DecimalField(
        _("weight of normal priority"), max_digits=6, decimal_places=3, help_text="SEV-3"
    )
    weight_high = models.DecimalField(
        _("weight of high priority"), max_digits=6, decimal_places=3, help_text="SEV-3"
    )
    warning_percents = models.CharField(
        _("warnings at (percent of the target)"),
        max_length=100,
        blank=True,
        validators=[validate_percents],
        help_text=_("In ascending order, such as 50 75 90 (RST-8)."),
    )
    effective_at = models.DateTimeField(_("in force from"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )
    digest = models.CharField(_("digest"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once"),
            models.UniqueConstraint(
                fields=["policy"],
                condition=Q(published_at__isnull=True),
                name="policy_one_draft",
                violation_error_message=_("This policy already has a draft."),
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, effective_at__isnull=True, published_by__isnull=True)
                & Q(digest="")
                | Q(published_at__isnull=False, effective_at__isnull=False) & ~Q(digest=""),
                name="policy_version_published_whole",
            ),
            models.CheckConstraint(
                condition=Q(low_under__gt=0, low_under__lte=F("critical_over"), critical_over__lt=100),
                name="policy_version_borders",
                violation_error_message=_(
                    "The borders must ascend: over 0, the lower one first, under 100 (SEV-1)."
                ),
            ),
            models.CheckConstraint(
                condition=Q(weight_low__gt=0, weight_low__lte=F("weight_normal"))
                & Q(weight_normal__lte=F("weight_high")),
                name="policy_version_weights",
                violation_error_message=_(
                    "The weights must be positive and ascend with the priority (SEV-3)."
                ),
            ),
        ]
        indexes = [models.Index(fields=["policy", "-effective_at", "-number"], name="policy_in_force")]

    def __str__(self) -> str:
        return gettext("%(policy)s, version %(number)s") % {"policy": self.policy.name, "number": self.number}

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            self.refuse_if_published()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self.refuse_if_published()
        return super().delete(*args, **kwargs)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def terms(self) -> Terms:
        """What this version says, as the domain reads it. Reads the targets' rows."""
        percents = parse_percents(self.warning_percents)
        return Terms(
            critical_over=self.critical_over,
            low_under=self.low_under,
            weights={"low": self.weight_low, "normal": self.weight_normal, "high": self.weight_high},
            targets=tuple(target.as_promised(percents) for target in self.targets.all()),
        )

    def terms_data(self) -> dict[str, object]:
        """The same as JSON, in one canonical form: what the digest is of."""
        terms = self.terms()
        targets = sorted(terms.targets, key=lambda target: (target.kind, target.severity))
        return {
            "critical_over": _canonical(terms.critical_over),
            "low_under": _canonical(terms.low_under),
            "weights": {priority: _canonical(weight) for priority, weight in terms.weights.items()},
            "targets": [target.to_data() for target in targets],
        }

    def refuse_if_published(self) -> None:
        """Asks the database, so that a stale object cannot change what was published meanwhile."""
        if PolicyVersion.objects.filter(pk=self.pk, published_at__isnull=False).exists():
            raise Refused(
                _("A published version of a policy cannot be changed."),
                instead=_("Make a new version and publish it."),
            )


def _canonical(figure: Decimal) -> str:
    return f"{figure.normalize():f}"


class PolicyTarget(models.Model):
    """One target of a version: so much time for one kind of clock at one severity."""

    version = models.ForeignKey(
        PolicyVersion, on_delete=models.CASCADE, related_name="targets", verbose_name=_("version")
    )
    kind = models.CharField(_("clock"), max_length=20, choices=KIND_LABELS)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITY_CHOICES)
    amount = models.PositiveIntegerField(
        _("amount"),
        validators=[MinValueValidator(1, message=_("A target must leave time: write 1 or more."))],
    )
    unit = models.CharField(_("measured in"), max_length=20, choices=UNIT_LABELS)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["version", "kind", "severity"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "kind", "severity"],
                name="target_once_per_kind_and_severity",
                violation_error_message=_("This clock already has a target at this severity."),
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="target_leaves_time"),
            models.CheckConstraint(condition=Q(severity__in=SEVERITIES), name="target_severity"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.severity}: {self.amount} {self.get_unit_display()}"

    def save(self, *args, **kwargs) -> None:
        self.version.refuse_if_published()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self.version.refuse_if_published()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        if self.unit == Unit.BUSINESS_DAY_ENDS and self.kind in RESTORATION_KINDS:
            raise ValidationError(
                {
                    "unit": _(
                        "A clock that can be paused needs a length of time, not the end of a day (RST-6)."
                    )
                }
            )

    def as_promised(self, warning_percents: tuple[int, ...]) -> Target:
        return Target(ClockKind(self.kind), self.severity, self.amount, Unit(self.unit), warning_percents)
