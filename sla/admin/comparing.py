"""Two published versions side by side: what they say differently."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from sla.changes import Change


class ComparingAdmin:
    """Mixin, named before ModelAdmin: adds `<id>/compare/`, of any two versions of a calendar or policy."""

    def difference(self, before: Any, after: Any) -> Sequence[Change]:
        """What `after` says otherwise than `before`."""
        raise NotImplementedError

    def get_urls(self):
        opts = self.model._meta
        view = self.admin_site.admin_view(self.compare_view)
        name = f"{opts.app_label}_{opts.model_name}_compare"
        return [path("<path:object_id>/compare/", view, name=name), *super().get_urls()]

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        versions = {str(each.number): each for each in found.versions.order_by("number")}
        numbers = list(versions)
        before = _chosen(request.GET.get("a"), versions, numbers[-2:][:1])
        after = _chosen(request.GET.get("b"), versions, numbers[-1:])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Versions of %(name)s") % {"name": found},
            "thing": found,
            "versions": versions.values(),
            "before": before,
            "after": after,
            "changes": self.difference(before, after) if before and after else [],
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/sla/compare.html", context)


def _chosen(asked: str | None, versions: dict[str, Any], otherwise: list[str]) -> Any:
    return versions.get(asked or "") or next((versions[number] for number in otherwise), None)
