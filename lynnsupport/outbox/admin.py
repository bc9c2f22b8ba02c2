"""The desk's view of outgoing mail: what went to whom, how it fared, and sending again what was given up."""

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.clock import now

from .bounces import lift_suspension
from .models import OutboxMessage, Replay, Suspension
from .operations import NotGivenUp, replay


class ReplayInline(RolePermissionsAdmin, admin.TabularInline):
    model = Replay
    view_permission = "outbox.view_message"
    fields = readonly_fields = ["by", "at", "failure", "last_error"]
    verbose_name_plural = _("sent again")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by", "message")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "outbox.view_message"
    actions = ["send_again"]
    inlines = [ReplayInline]
    list_display = [
        *(
            "created_at",
            "kind",
            "about",
            "to_address",
            "state",
            "failure",
            "attempts",
            "sent_at",
            "bounced_at",
        )
    ]
    list_display_links = ["created_at", "kind"]
    list_filter = ["state", "kind"]
    list_per_page = 50
    search_fields = ["about", "to_address"]
    search_help_text = _("Ticket number or address, or a part of either.")
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["kind", "about", "to_name", "to_address", "language", "time_zone"]}),
        (
            _("How it fared"),
            {
                "fields": [
                    "state",
                    "created_at",
                    "sent_at",
                    "attempts",
                    "next_attempt_at",
                    "failure",
                    "last_error",
                    "bounced_at",
                    "bounce",
                    "interruptions",
                    "lease_until",
                ]
            },
        ),
        (_("As it was written"), {"fields": ["subject", "body_text", "message_id", "key"]}),
    ]

    def has_replay_permission(self, request):
        return request.user.has_perm("outbox.replay_message")

    @admin.action(
        description=_("Send again"),
        permissions=["replay"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def send_again(self, request, queryset):
        again, others, at = 0, 0, now()
        for message in queryset:
            try:
                replay(message, by=request.user, now=at)
                again += 1
            except NotGivenUp:
                others += 1
        if again:
            text = ngettext("%(n)d message will be sent again.", "%(n)d messages will be sent again.", again)
            self.message_user(request, text % {"n": again}, messages.SUCCESS)
        if others:
            text = ngettext(
                "%(n)d message was not given up, so it stays as it is.",
                "%(n)d messages were not given up, so they stay as they are.",
                others,
            )
            self.message_user(request, text % {"n": others}, messages.WARNING)


@admin.register(Suspension)
class SuspensionAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "outbox.view_message"
    actions = ["lift"]
    list_display = ["address", "since", "words", "lifted_at", "lifted_by"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["lifted_by"]
    search_fields = ["address"]
    fields = ["address", "since", "words", "message", "lifted_at", "lifted_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("message", "lifted_by")

    def has_replay_permission(self, request):
        return request.user.has_perm("outbox.replay_message")

    @admin.action(
        description=_("Send mails there again"),
        permissions=["replay"],
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def lift(self, request, queryset):
        at = now()
        lifted = [lift_suspension(each, by=request.user, now=at) for each in queryset]
        text = ngettext(
            "%(n)d address receives mails again.", "%(n)d addresses receive mails again.", len(lifted)
        )
        self.message_user(request, text % {"n": len(lifted)}, messages.SUCCESS)
