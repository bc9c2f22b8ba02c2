"""Which ticket goes on in which other: split, merged as a duplicate, followed by a new one."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .record import AppendOnly
from .ticket import Ticket


class TicketLink(AppendOnly):
    """`source` came first and goes on in `target`; both show the other (INT-6, CRP-3).

    A ticket may be split many times, but it is the duplicate of one ticket and followed by one: whoever
    writes on it is led there.
    """

    class Kind(models.TextChoices):
        SPLIT = "split", _("A part of it went on in another ticket")
        DUPLICATE = "duplicate", _("Duplicate of another ticket")
        FOLLOWS = "follows", _("Followed by a new ticket")

    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    source = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="leads_to", verbose_name=_("earlier ticket")
    )
    target = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="comes_from", verbose_name=_("goes on in")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("link between tickets")
        verbose_name_plural = _("links between tickets")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "source", "target"], name="ticket_link_once"),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(kind__in=["duplicate", "follows"]),
                name="ticket_goes_on_in_one",
            ),
            models.CheckConstraint(condition=~Q(source=F("target")), name="ticket_link_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id} · {self.get_kind_display()}"
