"""Who is bound to what: calendars of tenants, policies of contracts, maintenance windows."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from lynnsupport.common import clock
from lynnsupport.common.admin import ReasonedAdmin, RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from sla import operations
from sla.models import ContractPolicy, MaintenanceAgreement, TenantCalendar

from .calendars import PolicyPermissions


class BoundAdmin(PolicyPermissions, ReasonedAdmin, SimpleHistoryAdmin):
    """`bound` names who is bound: chosen for a new row, it stays."""

    bound: str

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *((self.bound,) if obj else ()))


@admin.register(TenantCalendar)
class TenantCalendarAdmin(BoundAdmin):
    bound = "tenant"
    list_display = ("tenant", "calendar")
    list_filter = (("calendar", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("tenant", "calendar")
    search_fields = ("tenant__code", "tenant__name", "tenant__customer__name")
    autocomplete_fields = ("tenant", "calendar")


@admin.register(ContractPolicy)
class ContractPolicyAdmin(BoundAdmin):
    bound = "contract"
    list_display = ("contract", "policy")
    list_filter = (("policy", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("contract", "policy")
    search_fields = ("contract__number", "contract__tenant__code", "contract__tenant__name")
    autocomplete_fields = ("contract", "policy")


class MaintenanceAgreementForm(forms.ModelForm):
    """What the person says; whom it was agreed with follows from the tenant (SUP-5)."""

    class Meta:
        model = MaintenanceAgreement
        fields = ("tenant", "daily_start", "effective_on", "agreed_at")

    def clean(self):
        cleaned = super().clean()
        if not self.errors:
            tenant = cleaned["tenant"]
            try:
                operations.check_maintenance(
                    tenant=tenant,
                    agreed_with=tenant.product_administrator,
                    effective_on=cleaned["effective_on"],
                    agreed_at=cleaned["agreed_at"],
                    now=clock.now(),
                )
            except Refused as refused:
                self.add_error(None, str(refused))
        return cleaned


@admin.register(MaintenanceAgreement)
class MaintenanceAgreementAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    """A change is a new agreement: what stands here is only read."""

    view_permission = "accounts.view_directory"
    change_permission = "accounts.change_directory"
    form = MaintenanceAgreementForm
    list_display = ("tenant", "daily_start", "effective_on", "agreed_with", "agreed_at", "announce")
    list_select_related = ("tenant", "agreed_with", "recorded_by")
    search_fields = ("tenant__code", "tenant__name", "tenant__customer__name")
    autocomplete_fields = ("tenant",)

    @admin.display(description=_("Notice"))
    def announce(self, agreement: MaintenanceAgreement) -> str:
        """The form of a notice about tomorrow's window, filled in (NOT-1); its writer chooses another day."""
        zone = ZoneInfo(agreement.tenant.time_zone)
        day = clock.now().astimezone(zone).date() + timedelta(days=1)
        starts = datetime.combine(day, agreement.daily_start)
        said = {
            "plantilla": "mantenimiento",
            "time_zone": zone.key,
            "starts_at": f"{starts:%Y-%m-%dT%H:%M}",
            "ends_at": f"{starts + timedelta(hours=1):%Y-%m-%dT%H:%M}",
            "to_tenants": agreement.tenant.code,
        }
        url = f"{reverse('admin:notices_notice_add')}?{urlencode(said)}"
        return format_html('<a href="{}">{}</a>', url, _("Announce it"))

    def has_add_permission(self, request):
        return request.user.has_perm(self.change_permission)

    def has_change_permission(self, request, obj=None):
        return False

    def get_fields(self, request, obj=None):
        asked = ("tenant", "daily_start", "effective_on", "agreed_at")
        return (*asked, "agreed_with", "recorded_by", "recorded_at") if obj else asked

    def save_model(self, request, obj, form, change):
        made = operations.agree_maintenance(
            tenant=obj.tenant,
            agreed_with=obj.tenant.product_administrator,
            daily_start=obj.daily_start,
            effective_on=obj.effective_on,
            agreed_at=obj.agreed_at,
            by=request.user,
            now=clock.now(),
        )
        obj.pk = made.pk
