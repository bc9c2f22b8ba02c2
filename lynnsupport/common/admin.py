"""The desk's admin pages: rights come from the roles, changes carry a reason, nothing is deleted."""

from collections.abc import Collection

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _


class RolePermissionsAdmin:
    """Mixin, named before ModelAdmin or an inline: asks for the permissions of the roles, not Django's own.

    `view_permission` and `change_permission` are names declared in `accounts.domain.roles`; who may change
    may add. Without `change_permission` a page is to be read only. Nobody deletes.
    """

    view_permission: str
    change_permission: str | None = None

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(self.view_permission) or self.has_change_permission(request, obj)

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.change_permission is not None and request.user.has_perm(self.change_permission)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_history_queryset(self, request, history_manager, pk_name, object_id):
        """As django-simple-history has it, which for a row without relations calls `select_related()` with no
        names: deprecated in Django 6.1."""
        related = [field.name for field in history_manager.model.tracked_fields if field.is_relation]
        entries = history_manager.filter(**{pk_name: object_id})
        return entries.select_related("history_user", *related)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """An old version is to be read. django-simple-history would store a posted one again, even for those
        who may only look, and whatever its setting about reverting says."""
        if request.method == "POST":
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)


class ReasonForm(forms.ModelForm):
    """A form that asks why. A change of one of `reasoned_fields` is refused without an answer."""

    reasoned_fields: Collection[str] = ()

    reason = forms.CharField(
        label=_("Reason for the change"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("Kept in the history, beside your name and the time."),
    )

    def clean(self):
        cleaned = super().clean()
        asked = set(self.reasoned_fields) & set(self.changed_data)
        if asked and self.instance.pk and not self.cleaned_data.get("reason"):
            labels = ", ".join(str(self.fields[name].label) for name in self.fields if name in asked)
            self.add_error("reason", _("Say why you change this: %(fields)s.") % {"fields": labels})
        return cleaned


class ReasonedAdmin:
    """Mixin, named before SimpleHistoryAdmin: hands the reason of a `ReasonForm` to the history.

    The question is not put where somebody only reads, nor about a new row.
    """

    form = ReasonForm

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        if obj is not None and self.has_change_permission(request, obj):
            return [*(name for name in fields if name != "reason"), "reason"]
        return [name for name in fields if name != "reason"]

    def save_model(self, request, obj, form, change):
        obj._change_reason = form.cleaned_data.get("reason", "")
        super().save_model(request, obj, form, change)
