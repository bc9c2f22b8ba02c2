"""The confirmation page before something becomes binding: what changes, from when, and no way back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from sla.changes import Change
from sla.models import CalendarVersion, PolicyVersion


class PublishForm(forms.Form):
    effective_at = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "any"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: at once."),
    )


class PublishingAdmin:
    """Mixin, named before ModelAdmin: adds `<id>/publish/`, where `changes` are shown and confirmed."""

    change_form_template = "admin/sla/change_form.html"

    def changes(self, obj: Any) -> Sequence[Change]:
        """What publishing now would change."""
        raise NotImplementedError

    def publish(
        self, obj: Any, *, by: Any, effective_at: datetime, now: datetime
    ) -> CalendarVersion | PolicyVersion:
        """The operation; raises Refused."""
        raise NotImplementedError

    def may_be_published(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj)

    def get_urls(self):
        opts = self.model._meta
        name = f"{opts.app_label}_{opts.model_name}_publish"
        view = self.admin_site.admin_view(self.publish_view)
        return [path("<path:object_id>/publish/", view, name=name), *super().get_urls()]

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        if not self.may_be_published(request, obj):
            raise PermissionDenied
        form = PublishForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            published = self._publish(request, obj, form)
            if published is not None:
                return self._published(request, obj, published)
        return self._confirmation(request, obj, form)

    def _publish(self, request, obj, form):
        now = clock.now()
        effective_at = form.cleaned_data["effective_at"] or now
        try:
            return self.publish(obj, by=request.user, effective_at=effective_at, now=now)
        except Refused as refused:
            form.add_error(None, str(refused))
            return None

    def _published(self, request, obj, published):
        text = gettext("Published: %(version)s") % {"version": published}
        self.log_change(request, obj, text)
        self.message_user(request, text, messages.SUCCESS)
        opts = self.model._meta
        url = reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_change", args=[obj.pk])
        return HttpResponseRedirect(url)

    def _confirmation(self, request, obj, form):
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Publish: %(name)s") % {"name": obj},
            "opts": self.model._meta,
            "original": obj,
            "form": form,
            "changes": self.changes(obj),
        }
        return TemplateResponse(request, "admin/sla/publish.html", context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["may_be_published"] = bool(obj) and self.may_be_published(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)
