"""Who stands in for a commercial executive in their absence (ESC-8)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.domain.roles import Role

from .users import User

_EXECUTIVES = {"role": Role.EXECUTIVE.value}


class Deputy(models.Model):
    """`deputy` sees and does what `executive` may, from `starts_on` up to and including `last_day_on`.

    The days are the executive's own; `starts_at` and `ends_at` are the same as instants, half-open. Ended
    before its time it ends at that instant (`ended_at`).
    """

    executive = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="deputies", limit_choices_to=_EXECUTIVES,
        verbose_name=_("commercial executive"),
    )  # fmt: skip
    deputy = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="stands_in_for", limit_choices_to=_EXECUTIVES,
        verbose_name=_("deputy"),
    )  # fmt: skip
    starts_on = models.DateField(_("first day"))
    last_day_on = models.DateField(_("last day"))
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("named by"))
    named_at = models.DateTimeField(_("named at"))
    ended_at = models.DateTimeField(_("ended before its time"), null=True, blank=True)

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day_on__gte=F("starts_on")), name="deputy_ends_after_start",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="deputy_half_open"),
            models.CheckConstraint(
                condition=~Q(executive=F("deputy")), name="deputy_is_somebody_else",
                violation_error_message=_("Nobody stands in for themselves."),
            ),
            models.UniqueConstraint(
                fields=["executive", "deputy", "starts_on"],
                condition=Q(ended_at__isnull=True),
                name="deputy_once_per_start",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["deputy", "ends_at"], name="deputy_in_force")]

    def __str__(self) -> str:
        return f"{self.deputy} · {self.executive}"

    def clean(self) -> None:
        for name in ("executive", "deputy"):
            person = getattr(self, name, None)
            if person is not None and not person.is_executive:
                raise ValidationError({name: _("Only commercial executives stand in for one another.")})

    def set_period(self) -> None:
        """The instants of its days, on the executive's clock."""
        zone = ZoneInfo(self.executive.time_zone)
        self.starts_at = datetime.combine(self.starts_on, time.min, zone)
        self.ends_at = datetime.combine(self.last_day_on + timedelta(days=1), time.min, zone)
