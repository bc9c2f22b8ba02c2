"""How long a case waits for its customer, and how early people hear that something ends, in versions."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sla.domain.case_terms import parse_days


def validate_days(text: str) -> None:
    try:
        parse_days(text)
    except ValueError as error:
        raise ValidationError(_("Write whole days in descending order, such as 30 7.")) from error


class CaseTerms(models.Model):
    """One version: published as it is written, and never changed (the database refuses it too).

    `published_by` is empty for what came with the product.
    """

    number = models.PositiveIntegerField(_("version"), unique=True, editable=False)
    notice_days = models.PositiveSmallIntegerField(
        _("notice at the end of business day"),
        validators=[MinValueValidator(1)],
        help_text=_("The day on which the case began to wait is not counted (CRP-1)."),
    )
    closing_days = models.PositiveSmallIntegerField(
        _("closes at the end of business day"),
        validators=[MinValueValidator(2)],
        help_text=_("Later than the notice (CRP-1, CRP-2)."),
    )
    reopen_days = models.PositiveSmallIntegerField(
        _("an answer reopens it within business days"),
        validators=[MinValueValidator(1)],
        help_text=_("Later it opens a new ticket that is linked to it (CRP-3)."),
    )
    reminder_days = models.CharField(
        _("reminders before certifications and designations end (days)"),
        max_length=50,
        validators=[validate_days],
        help_text=_("In descending order, such as 30 7 (CON-3)."),
    )
    effective_at = models.DateTimeField(_("in force from"))
    published_at = models.DateTimeField(_("published at"), editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("terms of closing and reminding")
        verbose_name_plural = _("terms of closing and reminding")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(notice_days__gt=0, notice_days__lt=F("closing_days"), reopen_days__gt=0),
                name="case_terms_notice_before_closing",
                violation_error_message=_(
                    "The notice must come at least one business day before the closing."
                ),
            )
        ]
        indexes = [models.Index(fields=["-effective_at", "-number"], name="case_terms_in_force")]

    def __str__(self) -> str:
        return gettext("Closing and reminders, version %(number)s") % {"number": self.number}

    @property
    def reminders(self) -> tuple[int, ...]:
        """How many days before, the earliest reminder first."""
        return parse_days(self.reminder_days)
