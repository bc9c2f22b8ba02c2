"""Monitors and health addresses, in the directory of the desk."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from tickets.incidents.health_form import HealthAddressForm
from tickets.incidents.models import HealthAddress, MonitorSource
from tickets.incidents.monitors.operations import new_signing_key, new_token, switch_probe

KEY_ONCE = _("%(monitor)s signs as number %(number)s with this key, shown this once: %(key)s")
TOKEN_ONCE = _("Token of %(monitor)s, shown this once: %(token)s")


@admin.register(MonitorSource)
class MonitorSourceAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "incidents.view_incident"
    change_permission = "incidents.manage_monitors"
    list_display = ("name", "kind", "tenant", "is_active", "last_heard_at")
    list_select_related = ("tenant",)
    fields = ("name", "kind", "tenant", "is_active", "silent_after")
    actions = ("give_new_token", "give_signing_key")

    def save_model(self, request, obj, form, change):
        token = None
        if not change:
            obj.created_by = request.user
            token = new_token(obj, by=request.user)
        super().save_model(request, obj, form, change)
        if token:
            self._show(request, obj, token)

    @admin.action(description=_("Give a new token; the old one ends"), permissions=["change"])
    def give_new_token(self, request, queryset):
        for source in queryset:
            token = new_token(source, by=request.user)
            source.save(update_fields=["token_digest", "key_salt"])
            self._show(request, source, token)

    @admin.action(description=_("Give a key to sign with; the token ends"), permissions=["change"])
    def give_signing_key(self, request, queryset):
        for source in queryset:
            key = new_signing_key(source, by=request.user)
            source.save(update_fields=["token_digest", "key_salt"])
            said = KEY_ONCE % {"monitor": source.name, "number": source.pk, "key": key}
            self.message_user(request, said, messages.WARNING)

    def _show(self, request, source, token):
        said = TOKEN_ONCE % {"monitor": source.name, "token": token}
        self.message_user(request, said, messages.WARNING)


@admin.register(HealthAddress)
class HealthAddressAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    form = HealthAddressForm
    view_permission = "incidents.view_incident"
    change_permission = "incidents.manage_monitors"
    list_display = ("tenant", "url", "is_active")
    list_select_related = ("tenant",)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        switch_probe(obj, by=request.user, now=clock.now())
