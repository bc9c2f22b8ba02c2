"""The desk's pages on credit: policy versions, downtimes announced by hand, what was frozen and issued."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from credits import operations
from credits.models import AnnouncedDowntime, CreditPolicyVersion, LedgerEntry, Statement
from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused


class OnlyAdded(RolePermissionsAdmin, admin.ModelAdmin):
    """What stands here is only read; a change is a new row."""

    def has_add_permission(self, request):
        return self.change_permission is not None and request.user.has_perm(self.change_permission)

    def has_change_permission(self, request, obj=None):
        return False


class CreditPolicyForm(forms.ModelForm):
    class Meta:
        model = CreditPolicyVersion
        fields = ("tiers", "binding_reading", "claim_days", "reminder_days", "effective_at")

    def clean_effective_at(self):
        at = self.cleaned_data["effective_at"]
        if at < clock.now():
            raise ValidationError(_("A new version cannot take effect in the past."))
        return at


@admin.register(CreditPolicyVersion)
class CreditPolicyAdmin(OnlyAdded):
    """Publishing a version is adding it; the ones before stay for the cycles that began under them."""

    view_permission = "sla.view_policy"
    change_permission = "sla.change_policy"
    form = CreditPolicyForm
    list_display = ("number", "tiers", "binding_reading", "claim_days", "reminder_days", "effective_at")

    def get_fields(self, request, obj=None):
        asked = CreditPolicyForm.Meta.fields
        return ("number", *asked, "published_at", "published_by") if obj else asked

    def save_model(self, request, obj, form, change):
        terms = {name: form.cleaned_data[name] for name in CreditPolicyForm.Meta.fields}
        made = operations.publish_credit_policy(by=request.user, now=clock.now(), **terms)
        obj.pk, obj.number = made.pk, made.number


class AnnouncedDowntimeForm(forms.ModelForm):
    """A new one says all; of one that is there only the reason to revert it can be written."""

    class Meta:
        model = AnnouncedDowntime
        fields = ("tenant", "starts_at", "ends_at", "announced_at", "proof", "revert_reason")

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk:
            if not cleaned.get("revert_reason", "").strip():
                self.add_error("revert_reason", _("Say why it is reverted."))
        elif not self.errors:
            try:
                operations.check_announcement(
                    starts_at=cleaned["starts_at"],
                    ends_at=cleaned["ends_at"],
                    announced_at=cleaned["announced_at"],
                    proof=cleaned["proof"],
                    now=clock.now(),
                )
            except Refused as refused:
                self.add_error(None, str(refused))
        return cleaned

    def _post_clean(self):
        """The row's own constraints are about what the operation writes, not about what is typed here."""
        if not self.instance.pk:
            super()._post_clean()


@admin.register(AnnouncedDowntime)
class AnnouncedDowntimeAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    """AVL-4, EXC-3: recorded with its proof; taken back with a reason, never deleted."""

    view_permission = "credits.record_evidence"
    change_permission = "credits.record_evidence"
    form = AnnouncedDowntimeForm
    list_display = ("tenant", "starts_at", "ends_at", "announced_at", "recorded_by", "reverted_at")
    list_select_related = ("tenant", "recorded_by")
    search_fields = ("tenant__code", "tenant__name", "proof")
    autocomplete_fields = ("tenant",)
    _asked = ("tenant", "starts_at", "ends_at", "announced_at", "proof")

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.reverted_at is None)

    def get_fields(self, request, obj=None):
        if obj is None:
            return self._asked
        decided = ("reverted_by", "reverted_at") if obj.reverted_at else ()
        return (*self._asked, "recorded_by", "recorded_at", "revert_reason", *decided)

    def get_readonly_fields(self, request, obj=None):
        return (*self._asked, "recorded_by", "recorded_at", "reverted_by", "reverted_at") if obj else ()

    def save_model(self, request, obj, form, change):
        now = clock.now()
        if change:
            reason = form.cleaned_data["revert_reason"]
            operations.revert_announced_downtime(obj, by=request.user, reason=reason, now=now)
            return
        said = {name: form.cleaned_data[name] for name in self._asked}
        obj.pk = operations.record_announced_downtime(by=request.user, now=now, **said).pk


@admin.register(Statement)
class StatementAdmin(OnlyAdded):
    view_permission = "credits.view_statements"
    list_display = ("cycle", "version", "percentage", "counted_seconds", "credit_percent", "tiers_differ")
    list_filter = ("tiers_differ", "credit_percent")
    list_select_related = ("cycle__contract",)
    search_fields = ("cycle__contract__number", "cycle__month", "cycle__contract__tenant__code")
    fields = ("cycle", "version", "policy_version", "frozen_at", "percentage", "counted_seconds", "digest")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("data", "difference")


@admin.register(LedgerEntry)
class LedgerAdmin(OnlyAdded):
    view_permission = "credits.view_statements"
    list_display = ("number", "kind", "tenant", "month", "amount", "currency", "at", "by")
    list_filter = ("kind", "currency")
    list_select_related = ("tenant", "by")
    search_fields = ("number", "tenant__code", "contract_number")
    fields = (
        "number",
        "kind",
        "reverses",
        "tenant",
        "contract_number",
        "month",
        "amount",
        "currency",
    )
