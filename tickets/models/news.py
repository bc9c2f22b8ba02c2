"""What is still to be told about clocks, to whom and from when: written with the fact, told by the sweep."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .clocks import ClockMilestone


class ClockNews(models.Model):
    """One warning or breach for one person (RST-8); told in one mail with what else is due to them then."""

    class Fate(models.TextChoices):
        PENDING = "pending", _("To be told")
        TOLD = "told", _("Told")
        OVERTAKEN = "overtaken", _("Overtaken before it was told")

    # Of what is told only what is pending is looked for, and the unique key finds a milestone's news.
    milestone = models.ForeignKey(
        ClockMilestone, on_delete=models.PROTECT, related_name="news", db_index=False
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    tell_at = models.DateTimeField(_("to be told from"))
    fate = models.CharField(_("fate"), max_length=10, choices=Fate.choices, default=Fate.PENDING)
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("news of a clock")
        verbose_name_plural = _("news of clocks")
        ordering = ["tell_at", "id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["milestone", "recipient"], name="clock_news_once"),
            models.CheckConstraint(
                condition=models.Q(fate="pending", settled_at__isnull=True)
                | ~models.Q(fate="pending") & models.Q(settled_at__isnull=False),
                name="clock_news_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tell_at", "recipient"], condition=models.Q(fate="pending"), name="clock_news_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.milestone} → {self.recipient}"
