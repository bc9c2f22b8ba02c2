"""What people of affected tenants read of an incident; to everybody else it does not exist."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lynnsupport.common import clock
from lynnsupport.common.pdf import NoPdf, pdf_of
from tickets.queries import visible_to as tickets_visible_to

from .domain.words import Scope
from .models import Incident, Rca
from .queries import affected_visible_to, decision_on, segments_in_force, visible_to
from .term_faces import term_face

SHOWN = 50


@require_safe
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The incidents that touch the reader's tenants, the latest first."""
    published = Rca.objects.filter(incident=OuterRef("pk"), stage=Rca.Stage.PUBLISHED)
    incidents = visible_to(request.user).annotate(has_analysis=Exists(published))
    return render(
        request, "incidents/list.html", {"incidents": incidents.order_by("-started_at", "-id")[:SHOWN]}
    )


@require_safe
@login_required
def detail(request: HttpRequest, number: str) -> HttpResponse:
    incident = _incident_or_404(request, number)
    decision = decision_on(incident)
    linked = tickets_visible_to(request.user).filter(incident_link__incident=incident)
    context = {
        "incident": incident,
        "decision": decision if decision and decision.scope != Scope.OPEN else None,
        "segments": segments_in_force(incident),
        "updates": incident.updates.order_by("-at", "-id"),
        "tenants": affected_visible_to(request.user, incident),
        "tickets": linked.order_by("number"),
        "rca": _published(incident),
        "term": term_face(incident, clock.now()),
    }
    return render(request, "incidents/detail.html", context)


@require_safe
@login_required
def rca(request: HttpRequest, number: str) -> HttpResponse:
    incident = _incident_or_404(request, number)
    return render(request, "incidents/rca.html", _analysis(request, incident))


@require_safe
@login_required
def rca_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """As PDF; where that cannot be made here, the same to be printed from the browser."""
    incident = _incident_or_404(request, number)
    context = _analysis(request, incident)
    html = render_to_string("incidents/rca_pdf.html", context, request=request)
    try:
        content = pdf_of(html)
    except NoPdf:
        return render(request, "incidents/rca_print.html", context)
    named = {"Content-Disposition": f'attachment; filename="{incident.number}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=named)


def _analysis(request: HttpRequest, incident: Incident) -> dict[str, Any]:
    published = _published(incident)
    if published is None:
        raise Http404(_("There is no such page."))
    own = affected_visible_to(request.user, incident).values("tenant")
    stated = published.downtimes.filter(tenant__in=own).select_related("tenant")
    return {
        "incident": incident,
        "rca": published,
        "timeline": published.timeline.all(),
        "actions": published.actions.all(),
        "authors": ", ".join(published.authors.order_by("name").values_list("name", flat=True)),
        "downtimes": [(row.tenant, timedelta(seconds=row.seconds), row.seconds) for row in stated],
        "today": clock.now().date(),
    }


def _published(incident: Incident) -> Rca | None:
    """The last version that the customers were given."""
    versions = incident.rcas.filter(stage=Rca.Stage.PUBLISHED).select_related("approved_by")
    return versions.order_by("number").last()


def _incident_or_404(request: HttpRequest, number: str) -> Incident:
    found = visible_to(request.user).filter(number=number.upper()).first()
    if found is None:
        raise Http404(_("There is no such incident."))
    return found
