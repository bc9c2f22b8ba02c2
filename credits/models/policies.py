"""The figures of availability and credit as data, in versions that never change (CRD-1, CRD-2, AVL-7)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from credits.domain.statement import Reading
from credits.domain.tiers import Tier, format_tiers, parse_tiers
from tickets.models.record import AppendOnly

READING_LABELS = [
    (Reading.PERIOD.value, _("Share of the whole period (AVL-1)")),
    (Reading.EXCLUDING.value, _("Share of the period without the excluded windows (AVL-7)")),
]


def validate_tiers(text: str) -> None:
    try:
        parse_tiers(text)
    except ValueError as error:
        raise ValidationError(
            _(
                "Write each tier as border=credit, such as 99.95=5 99.0=20:"
                " borders descend, credits ascend, both in percent."
            )
        ) from error


def validate_days(text: str) -> None:
    try:
        parse_days(text)
    except ValueError as error:
        raise ValidationError(
            _("Write days before the last one in descending order, such as 7 1.")
        ) from error


def parse_days(text: str) -> tuple[int, ...]:
    """`7 1`: days before the last one, descending. ValueError for anything else."""
    days = tuple(int(part) for part in text.split())
    if any(day < 0 for day in days) or list(days) != sorted(set(days), reverse=True):
        raise ValueError("days before the last one descend")
    return days


class CreditPolicyVersion(AppendOnly):
    """One version of what credit is given for; it binds the cycles that begin once it is in force.

    `published_by` is empty for what came with the product.
    """

    number = models.PositiveIntegerField(_("version"), unique=True, editable=False)
    tiers = models.CharField(
        _("tiers"),
        max_length=200,
        validators=[validate_tiers],
        help_text=_("Strictly under the border, in percent, gives the credit: 99.95=5 99.0=20 (CRD-1)."),
    )
    binding_reading = models.CharField(
        _("binding reading"), max_length=10, choices=READING_LABELS, default=Reading.PERIOD.value
    )
    claim_days = models.PositiveSmallIntegerField(
        _("days to claim"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text=_("Calendar days after the cycle (CRD-2)."),
    )
    reminder_days = models.CharField(
        _("reminders"),
        max_length=40,
        blank=True,
        default="7 1",
        validators=[validate_days],
        help_text=_("Days before the last one, such as 7 1 (CRD-2)."),
    )
    effective_at = models.DateTimeField(_("in force from"))
    published_at = models.DateTimeField(_("published at"), editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("credit policy")
        verbose_name_plural = _("credit policy")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(claim_days__gte=1), name="credit_policy_leaves_time_to_claim"),
            models.CheckConstraint(
                condition=Q(binding_reading__in=[reading.value for reading in Reading]),
                name="credit_policy_known_reading",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Credit policy, version %(number)s") % {"number": self.number}

    def tier_list(self) -> tuple[Tier, ...]:
        return parse_tiers(self.tiers)

    def reminders(self) -> tuple[int, ...]:
        return parse_days(self.reminder_days)

    def clean_fields(self, exclude=None) -> None:
        super().clean_fields(exclude)
        self.tiers = format_tiers(self.tier_list())
