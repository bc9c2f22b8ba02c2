"""Public holidays brought into a calendar: first shown as a plan, then done as it was shown (SUP-1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from sla.domain.calendar_definition import digest
from sla.models import BusinessCalendar, CalendarDay

from .rights import require

# The tables of public holidays become guesses further off.
FIRST_YEAR, LAST_YEAR = 2000, 2050


@dataclass(frozen=True)
class Announced:
    """A public holiday, and what the calendar says of its date until now (empty: nothing)."""

    date: date
    name: str
    until_now: str = ""


@dataclass(frozen=True)
class HolidayPlan:
    """What an import does. `kept` are days that a person wrote and that therefore stay.

    `withdrawn` are imported days that are announced no longer; their names are what the calendar says.
    """

    added: tuple[Announced, ...]
    renamed: tuple[Announced, ...]
    withdrawn: tuple[Announced, ...]
    kept: tuple[Announced, ...]

    @property
    def changes_anything(self) -> bool:
        return bool(self.added or self.renamed or self.withdrawn)

    @property
    def digest(self) -> str:
        """A mark of the plan, by which somebody who was shown it can ask for it and no other."""
        parts = {name: [str(each) for each in getattr(self, name)] for name in self.__dataclass_fields__}
        return digest(parts)


def plan_holidays(calendar: BusinessCalendar, *, years: Iterable[int]) -> HolidayPlan:
    """What importing the public holidays of the calendar's country for `years` would do. Writes nothing.

    Raises Refused for a year without reliable tables.
    """
    wanted = sorted(set(years))
    for year in wanted:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Refused(
                _("There are no reliable tables of public holidays for %(year)s.") % {"year": year},
                rule="SUP-1",
                instead=_("Choose a year from %(first)s to %(last)s.")
                % {"first": FIRST_YEAR, "last": LAST_YEAR},
            )
    known = {day.date: day for day in calendar.days.filter(date__year__in=wanted)}
    announced = _public_holidays(calendar.country, wanted)
    imported = {day: row for day, row in known.items() if row.origin == CalendarDay.Origin.IMPORTED}
    return HolidayPlan(
        added=tuple(Announced(day, name) for day, name in announced.items() if day not in known),
        renamed=tuple(
            Announced(day, announced[day], row.name)
            for day, row in sorted(imported.items())
            if announced.get(day, row.name) != row.name
        ),
        withdrawn=tuple(
            Announced(day, "", row.name) for day, row in sorted(imported.items()) if day not in announced
        ),
        kept=tuple(
            Announced(day, announced.get(day, ""), row.name)
            for day, row in sorted(known.items())
            if day not in imported
        ),
    )


@transaction.atomic
def import_holidays(
    calendar: BusinessCalendar,
    *,
    years: Iterable[int],
    by: User | None,
    now: datetime,
    as_shown: str | None = None,
) -> HolidayPlan:
    """Brings the public holidays of the calendar's country for `years` into its days, with Spanish names.

    Imported days follow the source (added, renamed, withdrawn); what a person wrote is never touched.
    `as_shown` is the digest of a plan that somebody was shown: where the calendar has changed since, nothing
    is done and Refused raised. Binding only once the calendar is published.
    """
    require(by, "sla.change_policy")
    calendar = BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
    plan = plan_holidays(calendar, years=years)
    if as_shown is not None and as_shown != plan.digest:
        raise Refused(
            _("The calendar has changed since this was shown."),
            instead=_("This is what the import would do now; look it over and confirm it again."),
        )
    trail = {"default_user": by, "default_date": now}
    origin = CalendarDay.Origin.IMPORTED
    rows = {day.date: day for day in calendar.days.filter(origin=origin)}
    for each in plan.renamed:
        rows[each.date].name = each.name
    new = [
        CalendarDay(calendar=calendar, date=each.date, name=each.name, origin=origin) for each in plan.added
    ]
    bulk_create_with_history(new, CalendarDay, **trail)
    bulk_update_with_history([rows[each.date] for each in plan.renamed], CalendarDay, ["name"], **trail)
    for each in plan.withdrawn:
        row = rows[each.date]
        row._history_user, row._history_date = by, now
        row.delete()
    return plan


def _public_holidays(country: str, years: Iterable[int]) -> dict[date, str]:
    import holidays  # here, because reading its tables takes a third of a second and only imports need it

    found = holidays.country_holidays(country, years=years, language="es")
    return {day: found[day] for day in sorted(found)}
