"""A customer's term on a case: its notice and its closing, each once."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sla.models import CaseTerms
from tickets.models import Ticket, TicketEvent
from tickets.models.record import AppendOnly


class ClosingTerm(AppendOnly):
    """CRP-1, CRP-2: one term, from the instant at which the case began to wait; see `domain.closing`.

    Kept from its notice on, for before that nothing has happened. `closes_at` is when the case closes,
    counted from that notice; `notice_at` when it was to go out.
    """

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="closing_terms", verbose_name=_("ticket")
    )
    began_at = models.DateTimeField(_("waits since"))
    terms = models.ForeignKey(CaseTerms, on_delete=models.PROTECT, related_name="+")
    notice_at = models.DateTimeField(_("notice due at"))
    announced_at = models.DateTimeField(_("notice sent at"))
    closes_at = models.DateTimeField(_("closes at"))
    event = models.OneToOneField(TicketEvent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("term of the customer")
        verbose_name_plural = _("terms of customers")
        ordering = ["ticket", "began_at"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["ticket", "began_at"], name="closing_term_once"),
            models.CheckConstraint(
                condition=Q(
                    began_at__lt=F("notice_at"),
                    notice_at__lte=F("announced_at"),
                    announced_at__lt=F("closes_at"),
                ),
                name="closing_term_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} · {self.began_at:%Y-%m-%d %H:%M}"
