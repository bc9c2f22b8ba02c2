"""How long cases wait for their customers: versions are read, and a new one is published as it is written."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from sla import operations
from sla.models import CaseTerms

from .calendars import PolicyPermissions


class CaseTermsForm(forms.ModelForm):
    """A new version; it begins with the figures of the last one."""

    class Meta:
        model = CaseTerms
        fields = ("notice_days", "closing_days", "reopen_days", "reminder_days", "effective_at")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.now = clock.now()  # of the check and of the publishing alike
        self.fields["effective_at"].required = False
        self.fields["effective_at"].help_text = _("Empty: at once.")

    def clean(self):
        cleaned = super().clean()
        cleaned["effective_at"] = cleaned.get("effective_at") or self.now
        if not self.errors:
            figures = CaseTerms(**{name: cleaned[name] for name in operations.CASE_TERMS_FIGURES})
            try:
                operations.check_case_terms(figures, effective_at=cleaned["effective_at"], now=self.now)
            except Refused as refused:
                self.add_error(None, str(refused))
        return cleaned


@admin.register(CaseTerms)
class CaseTermsAdmin(PolicyPermissions, admin.ModelAdmin):
    form = CaseTermsForm
    list_display = (
        "number",
        "effective_at",
        "notice_days",
        "closing_days",
        "reopen_days",
        "reminder_days",
        "published_by",
    )
    list_select_related = ("published_by",)

    def has_add_permission(self, request):
        return request.user.has_perm(self.change_permission)

    def has_change_permission(self, request, obj=None):
        return False  # a change is a new version

    def get_fields(self, request, obj=None):
        read = ("number", "published_at", "published_by") if obj else ()
        return (*self.form.Meta.fields, *read)

    def get_changeform_initial_data(self, request):
        last = CaseTerms.objects.order_by("number").last()
        figures = {name: getattr(last, name) for name in operations.CASE_TERMS_FIGURES} if last else {}
        return {**figures, **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        operations.publish_case_terms(obj, by=request.user, effective_at=obj.effective_at, now=form.now)
