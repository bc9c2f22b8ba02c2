"""Monitors at the desk: what they propose and what a person makes of it, their tokens, health addresses."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.accounts.models import User
from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from tickets.incidents.models import HealthAddress, Incident, MonitorSource, Proposal
from tickets.incidents.monitor_forms import (
    DismissForm,
    HealthAddressForm,
    JoinForm,
    MonitorForm,
    NewForm,
)
from tickets.incidents.operations.confirming import confirm, confirm_as_new
from tickets.incidents.operations.monitors import (
    dismiss,
    register_monitor,
    renew_token,
    set_health_address,
)

type Decide = Callable[[Proposal, User, dict[str, Any], datetime], Incident | None]


def _join(proposal: Proposal, by: User, data: dict[str, Any], now: datetime) -> Incident:
    confirm(proposal, by=by, now=now, **data)
    return data["incident"]


def _new(proposal: Proposal, by: User, data: dict[str, Any], now: datetime) -> Incident:
    return confirm_as_new(proposal, by=by, now=now, **data)


def _dismiss(proposal: Proposal, by: User, data: dict[str, Any], now: datetime) -> None:
    dismiss(proposal, by=by, now=now, **data)


# In the order in which the page offers them: form, its heading, its button, what it does.
WAYS: tuple[tuple[type[forms.Form], Any, Any, Decide], ...] = (
    (JoinForm, gettext_lazy("It belongs to a known incident"), gettext_lazy("Add it to the incident"), _join),
    (NewForm, gettext_lazy("It is a new incident"), gettext_lazy("Open the incident"), _new),
    (DismissForm, gettext_lazy("It is no outage"), gettext_lazy("Dismiss the proposal"), _dismiss),
)


class _Pages:
    """What the three admins below share."""

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context, status=status)


@admin.register(Proposal)
class ProposalAdmin(RolePermissionsAdmin, _Pages, admin.ModelAdmin):
    view_permission = "incidents.view_incident"
    list_display = ("words", "source", "tenant", "start", "end", "told_times", "state", "incident")
    list_filter = ("state", ("source", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("source", "tenant", "incident")
    list_per_page = 50
    search_fields = ("words", "tenant__code", "tenant__name")
    show_full_result_count = False

    def get_urls(self):
        decide = self.admin_site.admin_view(self.decide_view)
        return [
            path("<int:object_id>/<slug:slug>/decide/", decide, name="incidents_proposal_decide"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page only shows; what is decided goes to an address of its own."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return self._show(request, self._found(request, object_id))

    def decide_view(self, request, object_id, slug):
        proposal = self._found(request, object_id)
        way = next((each for each in WAYS if each[0].slug == slug), None)
        if way is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseRedirect(_address(proposal))
        kind, _heading, _button, decide = way
        form = kind(request.POST, proposal=proposal)
        if not form.is_valid():
            return self._show(request, proposal, form, status=422)
        try:
            incident = decide(proposal, request.user, form.cleaned_data, clock.now())
        except Refused as refused:
            return self._show(request, proposal, form, refused, status=409)
        if incident is None:
            messages.success(request, _("The proposal is dismissed."))
            return HttpResponseRedirect(reverse("admin:incidents_proposal_changelist"))
        messages.success(request, _("The proposal is confirmed; decide on the incident what it is."))
        return HttpResponseRedirect(reverse("admin:incidents_incident_change", args=[incident.pk]))

    def _found(self, request: HttpRequest, object_id: str | int) -> Proposal:
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = str(object_id)
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            raise Http404
        proposals = Proposal.objects.select_related("source", "tenant__customer", "incident", "decided_by")
        found = proposals.filter(pk=int(key)).first()
        if found is None:
            raise Http404
        return found

    def _show(
        self,
        request: HttpRequest,
        proposal: Proposal,
        attempt: forms.Form | None = None,
        refusal: Refused | None = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        may_decide = request.user.has_perm("incidents.decide_incident")
        is_open = proposal.state == Proposal.State.PENDING and may_decide
        ways = [
            {
                "form": attempt if isinstance(attempt, kind) else kind(proposal=proposal),
                "heading": heading,
                "button": button,
                "url": reverse("admin:incidents_proposal_decide", args=[proposal.pk, kind.slug]),
                "is_unfolded": isinstance(attempt, kind),
            }
            for kind, heading, button, _decide in WAYS
        ]
        context = {
            "title": _("A monitor proposes an outage"),
            "proposal": proposal,
            "ways": ways if is_open else [],
            "may_decide": may_decide,
            "attempt": attempt,
            "refusal": refusal,
        }
        return self.page(request, "admin/incidents/proposal.html", context, status=status)


@admin.register(MonitorSource)
class MonitorSourceAdmin(RolePermissionsAdmin, _Pages, admin.ModelAdmin):
    view_permission = change_permission = "incidents.manage_monitors"
    list_display = ("name", "kind", "tenant", "is_active", "last_heard_at")
    list_select_related = ("tenant",)
    list_filter = ("kind", "is_active")
    autocomplete_fields = ("tenant",)
    search_fields = ("name",)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["name", "kind", "tenant", "silent_after"]
        return ["name", "kind", "tenant", "silent_after", "is_active", "watched_since", "last_heard_at"]

    def get_readonly_fields(self, request, obj=None):
        return ["kind", "tenant", "watched_since", "last_heard_at"] if obj else []

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **({} if obj else {"form": MonitorForm}), **kwargs)

    def get_urls(self):
        renew = self.admin_site.admin_view(self.renew_view)
        return [
            path("<int:object_id>/token/", renew, name="incidents_monitorsource_token"),
            *super().get_urls(),
        ]

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            return
        source, obj.shown_token = register_monitor(by=request.user, now=clock.now(), **form.cleaned_data)
        obj.pk = source.pk

    def response_add(self, request, obj, post_url_continue=None):
        return self._show_token(request, obj, obj.shown_token)

    def renew_view(self, request, object_id):
        if not self.has_change_permission(request):
            raise PermissionDenied
        source = MonitorSource.objects.filter(pk=object_id).first()
        if source is None:
            raise Http404
        refusal, token = None, ""
        if request.method == "POST":
            try:
                token = renew_token(source, by=request.user, now=clock.now())
            except Refused as refused:
                refusal = refused
        return self._show_token(request, source, token, refusal)

    def _show_token(
        self, request: HttpRequest, source: MonitorSource, token: str, refusal: Refused | None = None
    ) -> HttpResponse:
        """The token stands on this page once, and on none that a browser keeps."""
        context = {
            "title": _("Token of %(monitor)s") % {"monitor": source.name},
            "source": source,
            "token": token,
            "refusal": refusal,
            "webhook": _webhook(request, source),
        }
        # The desk's pages are not stored by browsers anyway.
        return self.page(request, "admin/incidents/token.html", context, status=409 if refusal else 200)


@admin.register(HealthAddress)
class HealthAddressAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = change_permission = "incidents.manage_monitors"
    form = HealthAddressForm
    list_display = ("tenant", "url", "is_active")
    list_select_related = ("tenant",)
    search_fields = ("tenant__code", "tenant__name", "url")
    autocomplete_fields = ("tenant",)

    def get_readonly_fields(self, request, obj=None):
        return ["tenant"] if obj else []

    def save_model(self, request, obj, form, change):
        saved = set_health_address(
            obj.tenant, by=request.user, url=obj.url, is_active=obj.is_active, now=clock.now()
        )
        obj.pk = saved.pk


def _address(proposal: Proposal) -> str:
    return reverse("admin:incidents_proposal_change", args=[proposal.pk])


def _webhook(request: HttpRequest, source: MonitorSource) -> str:
    if source.kind == MonitorSource.Kind.PROBE:
        return ""
    return request.build_absolute_uri(reverse(f"webhooks:{source.kind}"))
