"""Business calendars: edited as they are known, published as versions."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from lynnsupport.common import clock
from lynnsupport.common.admin import ReasonedAdmin, RolePermissionsAdmin
from sla import operations
from sla.changes import calendar_changes
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion

from .calendar_pages import CalendarPages
from .comparing import ComparingAdmin
from .defaults import make_default
from .publishing import PublishingAdmin


class PolicyPermissions(RolePermissionsAdmin):
    view_permission = "sla.view_policy"
    change_permission = "sla.change_policy"


class ReadOnly(RolePermissionsAdmin):
    view_permission = "sla.view_policy"


class CalendarDayForm(forms.ModelForm):
    """Whatever a person writes about a day is theirs: no import touches it any more."""

    class Meta:
        model = CalendarDay
        fields = ("date", "name", "kind", "hours")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Another date is another day; an import would bring the old one back.
        self.fields["date"].disabled = self.instance.pk is not None

    def save(self, commit=True):
        self.instance.origin = CalendarDay.Origin.MANUAL
        return super().save(commit)


class CalendarDayInline(PolicyPermissions, admin.TabularInline):
    """This year's and the next year's days; the others are on the page of days."""

    model = CalendarDay
    form = CalendarDayForm
    fields = ("date", "name", "kind", "hours", "origin")
    readonly_fields = ("origin",)
    extra = 1
    verbose_name_plural = _("days of this year and the next that differ from the usual week")

    def get_queryset(self, request) -> QuerySet[CalendarDay]:
        year = clock.now().year
        return super().get_queryset(request).filter(date__year__in=(year, year + 1))


class CalendarVersionInline(ReadOnly, admin.TabularInline):
    model = CalendarVersion
    fields = ("number", "effective_at", "published_at", "published_by")
    show_change_link = True
    extra = 0

    def get_queryset(self, request) -> QuerySet[CalendarVersion]:
        return super().get_queryset(request).defer("definition").select_related("published_by", "calendar")


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(
    CalendarPages, ComparingAdmin, PublishingAdmin, PolicyPermissions, ReasonedAdmin, SimpleHistoryAdmin
):
    fields = (
        *("code", "name", "country", "time_zone", "is_default"),
        *BusinessCalendar.WEEKDAY_FIELDS,
        *("notes", "reason"),
    )
    readonly_fields = ("is_default",)
    inlines = (CalendarDayInline, CalendarVersionInline)
    list_display = ("name", "country", "time_zone", "is_default")
    search_fields = ("name", "code")
    actions = (make_default,)

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))

    def response_change(self, request, obj):
        if self.changes(obj):
            text = gettext("What differs from the published version binds only once you publish it.")
            self.message_user(request, text, messages.WARNING)
        return super().response_change(request, obj)

    def changes(self, calendar):
        last = calendar.versions.order_by("-number").first()
        return calendar_changes(last and last.definition, calendar.definition().to_data())

    def difference(self, before, after):
        return calendar_changes(before.definition, after.definition)

    def publish(self, calendar, *, by, effective_at, now):
        return operations.publish_calendar(calendar, by=by, effective_at=effective_at, now=now)


@admin.register(CalendarDay)
class CalendarDayAdmin(PolicyPermissions, ReasonedAdmin, SimpleHistoryAdmin):
    fields = ("calendar", "date", "name", "kind", "hours", "origin", "reason")
    readonly_fields = ("origin",)
    list_display = ("date", "name", "kind", "hours", "calendar", "origin")
    list_filter = (("calendar", admin.RelatedOnlyFieldListFilter), "kind", "origin")
    list_select_related = ("calendar",)
    search_fields = ("name",)
    date_hierarchy = "date"

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("calendar", "date") if obj else ()))

    def save_model(self, request, obj, form, change):
        obj.origin = CalendarDay.Origin.MANUAL
        super().save_model(request, obj, form, change)


@admin.register(CalendarVersion)
class CalendarVersionAdmin(ReadOnly, admin.ModelAdmin):
    fields = ("calendar", "number", "effective_at", "published_at", "published_by", "content", "digest")
    readonly_fields = ("content",)
    list_display = ("calendar", "number", "effective_at", "published_at", "published_by")
    list_filter = (("calendar", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("calendar", "published_by")

    def get_queryset(self, request) -> QuerySet[CalendarVersion]:
        return super().get_queryset(request).select_related("calendar", "published_by")

    @admin.display(description=_("what it says"))
    def content(self, version):
        rows = ((fact.label, fact.after) for fact in calendar_changes(None, version.definition))
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", rows))
