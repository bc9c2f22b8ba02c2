"""The ledger of credits (CRD-5): what was granted under which number; nothing in it is ever changed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import Tenant
from tickets.models.record import AppendOnly

from .claims import MONEY, Claim


class NoteSequence(models.Model):
    """The last number given out in a year; its row is held while the next one is taken."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class LedgerEntry(AppendOnly):
    """A credit note, or the counter-entry that takes one back. `data` is all that the note says.

    One credit for each tenant and cycle; `round` counts up only where a counter-entry came between.
    """

    class Kind(models.TextChoices):
        CREDIT = "credit", _("Credit note")
        COUNTER = "counter", _("Counter-entry")

    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="ledger_entries", verbose_name=_("claim")
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", verbose_name=_("tenant"))
    contract_number = models.CharField(_("contract"), max_length=40)
    month = models.CharField(_("cycle"), max_length=7)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="reversed_by",
        verbose_name=_("takes back"),
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    amount = models.DecimalField(_("amount"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(_("data"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["-at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "contract_number", "month", "round"],
                condition=Q(kind="credit"),
                name="ledger_one_credit_per_cycle",
            ),
            models.CheckConstraint(
                condition=Q(kind="credit", reverses__isnull=True)
                | Q(kind="counter", reverses__isnull=False) & ~Q(reason=""),
                name="ledger_counter_entry_names_what_it_takes_back",
            ),
            models.CheckConstraint(
                condition=Q(kind="credit", amount__gte=0) | Q(kind="counter", amount__lte=0),
                name="ledger_sign_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.number
