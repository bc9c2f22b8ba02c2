"""Policies: a draft is edited and published; what is published can only be read."""

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from lynnsupport.common.admin import ReasonedAdmin
from lynnsupport.common.refusal import Refused
from sla import operations
from sla.changes import policy_changes
from sla.models import PolicyTarget, PolicyVersion, SlaPolicy

from .calendars import PolicyPermissions, ReadOnly
from .comparing import ComparingAdmin
from .defaults import make_default
from .publishing import PublishingAdmin


class PolicyVersionInline(ReadOnly, admin.TabularInline):
    model = PolicyVersion
    fields = ("number", "effective_at", "published_at", "published_by")
    readonly_fields = fields
    show_change_link = True
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("published_by", "policy")


@admin.register(SlaPolicy)
class SlaPolicyAdmin(ComparingAdmin, PolicyPermissions, ReasonedAdmin, SimpleHistoryAdmin):
    fields = ("code", "name", "is_default", "notes", "reason")
    readonly_fields = ("is_default",)
    inlines = (PolicyVersionInline,)
    list_display = ("name", "code", "is_default")
    search_fields = ("name", "code")
    actions = ("new_version", make_default)

    change_form_template = "admin/sla/change_form.html"

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))

    def difference(self, before, after):
        return policy_changes(before.terms_data(), after.terms_data())

    @admin.action(
        permissions=["change"], description=_("Write a new version"), location=ActionLocation.CHANGE_FORM
    )
    def new_version(self, request, queryset):
        policy = queryset.get()
        published = PolicyVersion.objects.filter(published_at__isnull=False)
        last = published.filter(policy=policy).order_by("-number").first()
        based_on = last or published.filter(policy__is_default=True).order_by("-number").first()
        if based_on is None:
            text = gettext("There is no published policy to begin from; load the shipped one first.")
            return self.message_user(request, text, messages.ERROR)
        try:
            draft = operations.draft_policy(policy, based_on=based_on, by=request.user)
        except Refused as refused:
            return self.message_user(request, str(refused), messages.ERROR)
        text = gettext("This draft says what «%(version)s» says; change it, then publish it.")
        self.message_user(request, text % {"version": based_on}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:sla_policyversion_change", args=[draft.pk]))


class OnlyDrafts(PolicyPermissions):
    """Drafts are changed; what is published is read."""

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_published)


class PolicyTargetInline(OnlyDrafts, admin.TabularInline):
    model = PolicyTarget
    extra = 0

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(PublishingAdmin, OnlyDrafts, admin.ModelAdmin):
    fields = (
        *("policy", "number", "critical_over", "low_under"),
        *("weight_low", "weight_normal", "weight_high", "warning_percents"),
        *("effective_at", "published_at", "published_by", "digest"),
    )
    readonly_fields = ("policy", "number", "effective_at", "published_at", "published_by", "digest")
    inlines = (PolicyTargetInline,)
    list_display = ("policy", "number", "effective_at", "published_at", "published_by")
    list_filter = (("policy", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("policy", "published_by")

    def has_add_permission(self, request):
        return False  # a version begins as a copy of another, on the policy's page

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("policy", "published_by")

    def changes(self, version):
        published = version.policy.versions.filter(published_at__isnull=False)
        last = published.order_by("-number").first()
        return policy_changes(last and last.terms_data(), version.terms_data())

    def publish(self, version, *, by, effective_at, now):
        return operations.publish_policy(version, by=by, effective_at=effective_at, now=now)
