"""The billing cycles of contracts, and what was found when each closed (AVL-2, AVL-6)."""

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.domain.cycles import Cycle, Period
from lynnsupport.accounts.models import Contract
from tickets.models.record import AppendOnly

from .policies import CreditPolicyVersion


class BillingCycle(models.Model):
    """One cycle of a contract, cut to it. Open until it ends; measured again for a while after (AVL-6).

    `next_check_at` is when the sweep looks at it next; empty once nothing is expected any more. `ends_at` of
    an open cycle is derived anew from the contract when it falls due.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="billing_cycles", verbose_name=_("contract")
    )
    month = models.CharField(_("cycle"), max_length=7)  # the month in which it starts: 2026-01
    first_day = models.DateField(_("first day"))
    day_after = models.DateField(_("day after the last"))
    cycle_days = models.PositiveSmallIntegerField(_("days of the whole cycle"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    next_check_at = models.DateTimeField(_("next check"), null=True, blank=True)

    was_recut = False  # in memory: its borders are not those that are stored

    class Meta:
        verbose_name = _("billing cycle")
        verbose_name_plural = _("billing cycles")
        ordering = ["contract", "month"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["next_check_at", "id"],
                condition=Q(next_check_at__isnull=False),
                name="billing_cycle_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["contract", "month"], name="billing_cycle_once"),
            models.UniqueConstraint(
                fields=["contract"], condition=Q(closed_at__isnull=True), name="billing_cycle_one_open"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="billing_cycle_has_time"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("ends_at")),
                name="billing_cycle_closes_after_its_end",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | Q(next_check_at__isnull=False),
                name="billing_cycle_open_is_watched",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} · {self.month}"

    @property
    def cycle(self) -> Cycle:
        return Cycle.parse(self.month)

    @property
    def period(self) -> Period:
        return Period(self.cycle, self.first_day, self.day_after, self.cycle_days)

    def take(self, period: Period, zone: ZoneInfo) -> None:
        """The borders of `period`; saves nothing."""
        interval = period.interval(zone)
        self.month = str(period.cycle)
        self.first_day, self.day_after = period.first_day, period.day_after
        self.cycle_days = period.cycle_days
        self.starts_at, self.ends_at = interval.start, interval.end


class Statement(AppendOnly):
    """AVL-6: what was found about a closed cycle, for ever: `data` recomputes to its own `result`.

    Later evidence makes the next version, with `difference` to the one before; the last version holds.
    `digest` is the SHA-256 of the data's canonical JSON; the other columns repeat what lists are made of.
    """

    cycle = models.ForeignKey(
        BillingCycle, on_delete=models.PROTECT, related_name="statements", verbose_name=_("cycle")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    policy_version = models.ForeignKey(
        CreditPolicyVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("credit policy")
    )
    frozen_at = models.DateTimeField(_("frozen at"))
    data = models.JSONField(_("data"))
    digest = models.CharField(_("digest"), max_length=64)
    difference = models.JSONField(_("difference"), null=True)
    percentage = models.CharField(_("availability"), max_length=8, blank=True)
    counted_seconds = models.PositiveIntegerField(_("seconds lost"))
    credit_percent = models.PositiveSmallIntegerField(_("credit"))
    tiers_differ = models.BooleanField(_("the two readings differ"))

    class Meta:
        verbose_name = _("availability statement")
        verbose_name_plural = _("availability statements")
        ordering = ["cycle", "-version"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cycle", "version"], name="statement_version_once"),
            models.CheckConstraint(
                condition=Q(version=1, difference__isnull=True) | Q(version__gt=1, difference__isnull=False),
                name="statement_later_version_says_what_differs",
            ),
        ]
        indexes = [
            models.Index(fields=["cycle"], condition=Q(tiers_differ=True), name="statement_readings_differ")
        ]

    def __str__(self) -> str:
        return f"{self.cycle} · v{self.version}"
