"""Credit claims (CRD-2 to CRD-4): one for each cycle, found by the portal or asked for by a person."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from credits.domain.claims import GRANTED, Act, State
from tickets.models.record import AppendOnly

from .cycles import BillingCycle, Statement

STATE_LABELS = [
    (State.DRAFT.value, _("Claimable")),
    (State.SUBMITTED.value, _("Filed")),
    (State.EVALUATED.value, _("Evaluated")),
    (State.APPROVED.value, _("Approved")),
    (State.ADJUSTED.value, _("Approved with another figure")),
    (State.REJECTED.value, _("Rejected")),
    (State.ISSUED.value, _("Credit note issued")),
    (State.APPLIED.value, _("Applied to the next invoice")),
    (State.PREPAID.value, _("Credited to the prepaid balance")),
    (State.REFUNDED.value, _("Refunded")),
    (State.WITHDRAWN.value, _("Withdrawn")),
]
ACT_LABELS = [
    (Act.FILE.value, _("Filed")),
    (Act.EVALUATE.value, _("Evaluated by the portal")),
    (Act.APPROVE.value, _("Approved")),
    (Act.ADJUST.value, _("Approved with another figure")),
    (Act.REJECT.value, _("Rejected")),
    (Act.ISSUE.value, _("Credit note issued")),
    (Act.APPLY.value, _("Applied to the next invoice")),
    (Act.CREDIT_BALANCE.value, _("Credited to the prepaid balance")),
    (Act.REFUND.value, _("Refunded")),
    (Act.REVERSE.value, _("Credit note reversed")),
    (Act.WITHDRAW.value, _("Withdrawn")),
    ("offer", _("Found by the portal")),
    ("join", _("Claimed again; joined to this claim")),
    ("remind", _("Reminder sent")),
]
MONEY = {"max_digits": 20, "decimal_places": 4}


class Claim(models.Model):
    """The claim of one cycle. `percent` and `amount` are the machine's, `decided_amount` the executive's.

    `amount` is empty while no amount can be told: the statement is not there yet, or the contract names no
    value. `granted_amount` is the most that was ever granted: later decisions do not go below it (AVL-6).
    """

    cycle = models.OneToOneField(
        BillingCycle, on_delete=models.PROTECT, related_name="claim", verbose_name=_("cycle")
    )
    state = models.CharField(_("state"), max_length=10, choices=STATE_LABELS, default=State.DRAFT.value)
    state_since = models.DateTimeField(_("since"))
    deadline_at = models.DateTimeField(_("late from"))
    last_day_on = models.DateField(_("last day to claim"))
    next_reminder_at = models.DateTimeField(_("next reminder"), null=True, blank=True)

    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("filed by"),
    )
    filed_at = models.DateTimeField(_("filed at"), null=True)
    is_late = models.BooleanField(_("late"), default=False)
    words = models.TextField(_("what the partner says"), blank=True)

    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("statement")
    )
    percent = models.PositiveSmallIntegerField(_("credit"), default=0)
    amount = models.DecimalField(_("amount"), null=True, **MONEY)
    currency = models.CharField(_("currency"), max_length=3)

    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_amount = models.DecimalField(_("amount granted"), null=True, **MONEY)
    decision_reason = models.TextField(_("reason"), blank=True)
    granted_amount = models.DecimalField(_("most that was granted"), default=Decimal(0), **MONEY)

    class Meta:
        verbose_name = _("credit claim")
        verbose_name_plural = _("credit claims")
        ordering = ["deadline_at", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["next_reminder_at", "id"],
                condition=Q(next_reminder_at__isnull=False),
                name="claim_reminder_due",
            ),
            models.Index(fields=["state", "state_since"], name="claim_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="claim_known_state"
            ),
            models.CheckConstraint(
                condition=Q(filed_at__isnull=True, filed_by__isnull=True)
                | Q(filed_at__isnull=False, filed_by__isnull=False),
                name="claim_filed_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT.value) | Q(filed_at__isnull=False), name="claim_is_filed"
            ),
            models.CheckConstraint(  # CRD-3: whoever filed a claim cannot decide it
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("filed_by")), name="claim_two_people"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="claim_decided_at_and_by",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(state.value for state in GRANTED))
                | Q(decided_amount__isnull=False, decided_at__isnull=False),
                name="claim_granted_has_amount",
            ),
            models.CheckConstraint(  # CRD-3: another figure, and a rejection, need a reason
                condition=~Q(state__in=[State.ADJUSTED.value, State.REJECTED.value]) | ~Q(decision_reason=""),
                name="claim_reason_is_given",
            ),
            models.CheckConstraint(
                condition=(Q(amount__isnull=True) | Q(amount__gte=0))
                & (Q(decided_amount__isnull=True) | Q(decided_amount__gte=0)),
                name="claim_amounts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle} · {self.get_state_display()}"

    @property
    def is_granted(self) -> bool:
        return State(self.state) in GRANTED


class ClaimEvent(AppendOnly):
    """One thing that happened to a claim; `by` is empty for what the portal did itself."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="events")
    act = models.CharField(_("what"), max_length=15, choices=ACT_LABELS)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("event of a claim")
        verbose_name_plural = _("events of claims")
        ordering = ["at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.claim_id} · {self.act}"
