"""Incidents at the desk: the list, opening one, the page made for work, and its acts.

Only these addresses exist; each act is a POST of its own that calls one operation.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from lynnsupport.common import clock
from lynnsupport.common.admin import RolePermissionsAdmin
from lynnsupport.common.refusal import Refused
from tickets.incidents import operations
from tickets.incidents.forms import OpenForm
from tickets.incidents.models import Incident

from . import analysis
from .acts import ACTS
from .page import Attempt, incident_page

SHOWN = 100


@admin.register(Incident)
class IncidentAdmin(RolePermissionsAdmin, admin.ModelAdmin):
    view_permission = "incidents.view_incident"
    change_permission = "incidents.change_incident"

    def get_urls(self):
        def at(route, view, name):
            return path(route, self.admin_site.admin_view(view), name=f"incidents_incident_{name}")

        return [
            at("", self.changelist_view, "changelist"),
            at("add/", self.add_view, "add"),
            at("<int:object_id>/change/", self.change_view, "change"),
            at("<int:object_id>/rca/", self.rca_view, "rca"),
            at("<int:object_id>/rca/<slug:step>/", self.rca_step_view, "rca_step"),
            at("actions/<int:action_id>/done/", self.action_done_view, "action_done"),
            at("<int:object_id>/<slug:slug>/", self.act_view, "act"),
        ]

    def changelist_view(self, request, extra_context=None):
        self.require_view(request)
        incidents = list(Incident.objects.order_by("-started_at", "-id")[: SHOWN + 1])
        context = {
            "title": _("Platform incidents"),
            "incidents": incidents[:SHOWN],
            "has_more": len(incidents) > SHOWN,
            "actions": analysis.open_actions(),
            "today": clock.now().date(),
            "may_open": self.has_change_permission(request),
        }
        return self.page(request, "admin/incidents/list.html", context)

    def add_view(self, request, form_url="", extra_context=None):
        self.require_change(request)
        now = clock.now()
        form = OpenForm(request.POST or None)
        refusal = None
        if request.method == "POST" and form.is_valid():
            said = dict(form.cleaned_data)
            said["started_at"] = said["started_at"] or said["detected_at"] or now
            try:
                incident = operations.open_incident(by=request.user, now=now, **said)
            except Refused as refused:
                refusal = refused
            else:
                messages.success(request, _("The incident is open."))
                return HttpResponseRedirect(page_url(incident))
        context = {"title": _("Open a platform incident"), "form": form, "refusal": refusal}
        status = 200 if request.method == "GET" else 409 if refusal else 422
        return self.page(request, "admin/incidents/open.html", context, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page only shows; what is done goes to the address of its act."""
        self.require_view(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        incident = self.incident_or_404(object_id)
        return self.page(request, "admin/incidents/page.html", incident_page(request, incident, clock.now()))

    def act_view(self, request, object_id, slug):
        self.require_view(request)
        incident = self.incident_or_404(object_id)
        act = next((each for each in ACTS if each.slug == slug), None)
        if act is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseRedirect(page_url(incident))
        now = clock.now()
        refusal = (
            act.why_closed(incident, request.user) if not request.user.has_perm(act.permission) else None
        )
        form = act.form(request.POST, incident=incident, now=now)
        if refusal is None and not form.is_valid():
            return self._again(request, incident, now, Attempt(act, form, None), status=422)
        try:
            if refusal:
                raise refusal
            said = act.run(incident, form.cleaned_data, request.user, now)
        except Refused as refused:
            return self._again(request, incident, now, Attempt(act, form, refused), status=409)
        for place, sentence in enumerate(said):
            messages.add_message(request, messages.WARNING if place else messages.SUCCESS, sentence)
        return HttpResponseRedirect(page_url(incident))

    # ---------- the root cause analysis: in a module of its own ----------

    def rca_view(self, request, object_id):
        self.require_view(request)
        return analysis.edit(self, request, self.incident_or_404(object_id))

    def rca_step_view(self, request, object_id, step):
        self.require_view(request)
        return analysis.take_step(self, request, self.incident_or_404(object_id), step)

    def action_done_view(self, request, action_id):
        self.require_view(request)
        return analysis.action_done(self, request, action_id)

    # ---------- what the modules beside this one call ----------

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, context, status=status)

    def incident_or_404(self, object_id: int) -> Incident:
        found = Incident.objects.select_related("opened_by").filter(pk=object_id).first()
        if found is None:
            raise Http404(_("There is no such incident."))
        return found

    def require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def require_change(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied

    def _again(self, request, incident, now, attempt: Attempt, *, status: int) -> HttpResponse:
        fresh = self.incident_or_404(incident.pk)
        context = incident_page(request, fresh, now, attempt=attempt)
        return self.page(request, "admin/incidents/page.html", context, status=status)


def page_url(incident: Incident) -> str:
    return reverse("admin:incidents_incident_change", args=[incident.pk])
