"""Pages of a calendar beside its form: a month as it is open, and the import of a year's public holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from sla import operations
from sla.domain.calendar_definition import CalendarDefinition, format_hours
from sla.models import BusinessCalendar, CalendarDay

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayShown:
    """A date of the month: `kind` is `open`, `closed`, `holiday` or `special`; `length` its open time."""

    date: date
    is_in_month: bool
    kind: str
    hours: tuple[str, ...]
    length: timedelta
    name: str
    is_by_hand: bool
    hours_of_day: int  # 23 or 25 where the clocks are changed


def month_of(definition: CalendarDefinition, first: date, by_hand: set[date]) -> Iterator[list[DayShown]]:
    """The weeks of the month that begins on `first`, Monday to Sunday, with the days around it."""
    calendar = definition.calendar()
    zone = ZoneInfo(definition.time_zone)
    day = first - first.weekday() * ONE_DAY
    while day <= first or day.month == first.month:
        yield [_shown(definition, calendar, zone, day + n * ONE_DAY, first, by_hand) for n in range(7)]
        day += 7 * ONE_DAY


def _shown(definition, calendar, zone, day: date, first: date, by_hand: set[date]) -> DayShown:
    start, end = (datetime.combine(each, time(), zone) for each in (day, day + ONE_DAY))
    special = definition.special.get(day)
    hours = special.hours if special else definition.weekly_hours.get(day.weekday(), ())
    if special:
        kind, name = "special", special.name
    elif day in definition.closed:
        kind, name, hours = "holiday", definition.closed[day], ()
    else:
        kind, name = ("open" if hours else "closed"), ""
    length = end.astimezone(ZoneInfo("UTC")) - start.astimezone(ZoneInfo("UTC"))
    return DayShown(
        date=day,
        is_in_month=day.month == first.month,
        kind=kind,
        hours=tuple(format_hours([each]).replace("-", "–") for each in hours),
        length=calendar.between(start, end),
        name=name,
        is_by_hand=day in by_hand,
        hours_of_day=length // timedelta(hours=1),
    )


class CalendarPages:
    """Mixin, named before ModelAdmin: `<id>/month/` and `<id>/holidays/` of a business calendar."""

    def get_urls(self):
        def at(route: str, view, name: str):
            return path(route, self.admin_site.admin_view(view), name=f"sla_businesscalendar_{name}")

        return [
            at("<path:object_id>/month/", self.month_view, "month"),
            at("<path:object_id>/holidays/", self.holidays_view, "holidays"),
            *super().get_urls(),
        ]

    def month_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is open on each day as the calendar stands, and whether that is published."""
        calendar = self._found(request, object_id)
        first = _first_of(request.GET.get("mes", ""))
        by_hand = set(calendar.days.filter(origin=CalendarDay.Origin.MANUAL).values_list("date", flat=True))
        weeks = list(month_of(calendar.definition(), first, by_hand))
        days = [day for week in weeks for day in week if day.is_in_month]
        context = {
            "title": f"{calendar} · {date_format(first, 'YEAR_MONTH_FORMAT')}",
            "calendar": calendar,
            "first": first,
            "weeks": weeks,
            "weekdays": [date_format(day.date, "l") for day in weeks[0]],
            "before": f"{first - ONE_DAY:%Y-%m}",
            "after": f"{first + 31 * ONE_DAY:%Y-%m}",
            "open_days": sum(1 for day in days if day.length),
            "open_time": sum((day.length for day in days), timedelta()),
            "is_published": not self.changes(calendar),
        }
        return self._page(request, "admin/sla/month.html", context)

    def holidays_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """First what importing a year would do; confirmed, exactly that is done."""
        calendar = self._found(request, object_id)
        if not self.has_change_permission(request, calendar):
            raise PermissionDenied
        asked = request.POST.get("year") or request.GET.get("year") or str(clock.now().year + 1)
        refusal, plan, year = None, None, None
        if asked.isascii() and asked.isdigit() and len(asked) == 4:
            year = int(asked)
        try:
            if year is None:
                raise Refused(_("A year has four digits, such as %(year)s.") % {"year": clock.now().year})
            if request.method == "POST":
                plan = self._import(request, calendar, year)
                return HttpResponseRedirect(reverse("admin:sla_businesscalendar_change", args=[calendar.pk]))
        except Refused as refused:
            refusal = refused
        try:
            plan = operations.plan_holidays(calendar, years=[year]) if year is not None else None
        except Refused as refused:
            refusal = refused
        context = {
            "title": _("Public holidays of %(calendar)s") % {"calendar": calendar},
            "calendar": calendar,
            "asked": asked,
            "plan": plan,
            "refusal": refusal,
        }
        return self._page(request, "admin/sla/holidays.html", context, status=409 if refusal else 200)

    def _import(self, request: HttpRequest, calendar: BusinessCalendar, year: int):
        plan = operations.import_holidays(
            calendar, years=[year], by=request.user, now=clock.now(), as_shown=request.POST.get("plan", "")
        )
        count = len(plan.added) + len(plan.renamed) + len(plan.withdrawn)
        text = ngettext(
            "%(count)d day was changed. It binds once you publish the calendar.",
            "%(count)d days were changed. They bind once you publish the calendar.",
            count,
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return plan

    def _found(self, request: HttpRequest, object_id: str) -> Any:
        found = self.get_object(request, unquote(object_id))
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        return found

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context, status=status)


def _first_of(month: str) -> date:
    """`2026-09` as its first day; the running month for anything else."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return clock.now().date().replace(day=1)
