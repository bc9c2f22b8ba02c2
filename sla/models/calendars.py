"""Business calendars (SUP-1): edited as they are known, binding only in published versions."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lynnsupport.accounts.models import Country
from lynnsupport.accounts.models.fields import validate_time_zone
from lynnsupport.common.refusal import Refused
from sla.domain.calendar_definition import (
    BadHours,
    BadHoursReason,
    CalendarDefinition,
    Special,
    format_hours,
    parse_hours,
)

HOURS_HELP = _("Such as 09:00-13:00 14:00-18:00. Empty is closed; 24:00 is midnight at the day's end.")
BAD_HOURS = {
    BadHoursReason.NOT_UNDERSTOOD: _("«%(part)s» is not understood; write hours such as 09:00-13:00."),
    BadHoursReason.NO_SUCH_TIME: _("«%(part)s» holds a time that no clock shows."),
    BadHoursReason.ENDS_BEFORE_START: _(
        "«%(part)s» ends before it starts; write hours over midnight as two days, up to 24:00 and from 00:00."
    ),
    BadHoursReason.OVERLAP: _("«%(part)s» overlaps the interval before it."),
}


def validate_hours(text: str) -> None:
    try:
        parse_hours(text)
    except BadHours as error:
        raise ValidationError(BAD_HOURS[error.reason], params={"part": error.part}) from error


class HoursField(models.CharField):
    """Opening hours of a day as text, kept in the one form that `format_hours` writes."""

    default_validators = [validate_hours]

    def __init__(self, verbose_name=None, **options) -> None:
        super().__init__(verbose_name, **{"max_length": 100, "blank": True, **options})

    def clean(self, value, model_instance):
        return format_hours(parse_hours(super().clean(value, model_instance)))


class BusinessCalendar(models.Model):
    """A place's business hours as an administrator edits them. Targets count in its published versions."""

    WEEKDAY_FIELDS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    country = models.CharField(
        _("country"),
        max_length=2,
        choices=Country.choices,
        help_text=_("Whose public holidays are imported."),
    )
    time_zone = models.CharField(_("time zone"), max_length=50, validators=[validate_time_zone])
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Applies to tenants that name no calendar (SUP-1).")
    )
    monday = HoursField(_("Monday"), help_text=HOURS_HELP)
    tuesday = HoursField(_("Tuesday"))
    wednesday = HoursField(_("Wednesday"))
    thursday = HoursField(_("Thursday"))
    friday = HoursField(_("Friday"))
    saturday = HoursField(_("Saturday"))
    sunday = HoursField(_("Sunday"))
    notes = models.TextField(_("notes"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="calendar_one_default",
                violation_error_message=_("Another calendar is the default."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def definition(self) -> CalendarDefinition:
        """What the next version would say: this calendar's hours and days as they stand."""
        days = list(self.days.all())
        return CalendarDefinition(
            time_zone=self.time_zone,
            weekly_hours={
                number: parse_hours(getattr(self, name)) for number, name in enumerate(self.WEEKDAY_FIELDS)
            },
            closed={day.date: day.name for day in days if day.kind == CalendarDay.Kind.CLOSED},
            special={
                day.date: Special(day.name, parse_hours(day.hours))
                for day in days
                if day.kind == CalendarDay.Kind.SPECIAL
            },
        )


class CalendarDay(models.Model):
    """A date that differs from the usual week. What a person wrote wins over every import."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("Closed")
        SPECIAL = "special", _("Other hours")
        USUAL = "usual", _("An ordinary day after all")

    class Origin(models.TextChoices):
        IMPORTED = "imported", _("Imported")
        MANUAL = "manual", _("By hand")

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="days", verbose_name=_("calendar")
    )
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices, default=Kind.CLOSED)
    hours = HoursField(_("hours"), help_text=HOURS_HELP)
    origin = models.CharField(
        _("origin"), max_length=8, choices=Origin.choices, default=Origin.MANUAL, editable=False
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("day of a calendar")
        verbose_name_plural = _("days of a calendar")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "date"],
                name="calendar_day_once",
                violation_error_message=_("This date is already in the calendar."),
            ),
            models.CheckConstraint(
                condition=Q(kind="special") & ~Q(hours="") | ~Q(kind="special") & Q(hours=""),
                name="calendar_day_hours_fit_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} · {self.name}"

    def clean(self) -> None:
        if (self.kind == self.Kind.SPECIAL) != bool(self.hours):
            raise ValidationError({"hours": _("Write hours exactly where the day has other hours.")})


class CalendarVersion(models.Model):
    """A calendar as it was published: a snapshot that never changes and that clocks are pinned to.

    `definition` is `CalendarDefinition.to_data()`, `digest` the SHA-256 of it; `published_by` is empty for
    what came with the product.
    """

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="versions", verbose_name=_("calendar")
    )
    number = models.PositiveIntegerField(_("version"))
    effective_at = models.DateTimeField(_("in force from"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    definition = models.JSONField(_("definition"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        ordering = ["calendar", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_number_once")
        ]
        indexes = [models.Index(fields=["calendar", "-effective_at", "-number"], name="calendar_in_force")]

    def __str__(self) -> str:
        return gettext("%(calendar)s, version %(number)s") % {
            "calendar": self.calendar.name,
            "number": self.number,
        }

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise self._immutable()
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise self._immutable()

    def _immutable(self) -> Refused:
        return Refused(
            _("A published version of a calendar cannot be changed."),
            instead=_("Correct the calendar and publish a new version."),
        )
