"""The root cause analysis at the desk: written, handed in, approved, sent back, published (RCA-1)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.accounts.models import User
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.incidents import operations
from tickets.incidents.analysis import holes_of
from tickets.incidents.hole_words import in_words
from tickets.incidents.models import Incident, Rca, RcaAction
from tickets.incidents.rca_forms import RcaForms

if TYPE_CHECKING:
    from .incident import IncidentAdmin


def edit(desk: "IncidentAdmin", request: HttpRequest, incident: Incident) -> HttpResponse:
    """The version in the making, or the one last published. Posted, the draft says what was typed."""
    if not request.user.has_perm("incidents.write_rca"):
        raise PermissionDenied
    now = clock.now()
    rca = _in_the_making(incident) or incident.rcas.order_by("number").last()
    if request.method != "POST":
        return _show(desk, request, incident, rca, now, forms=RcaForms(rca) if rca else None)
    try:
        if rca is None or rca.is_published:
            operations.start_rca(incident, by=request.user, now=now)
            return HttpResponseRedirect(url_of(incident))
        forms = RcaForms(rca, request.POST)
        if not forms.is_valid():
            return _show(desk, request, incident, rca, now, forms=forms, status=422)
        operations.save_rca(rca, by=request.user, now=now, **forms.said())
    except Refused as refused:
        return _show(desk, request, incident, rca, now, forms=RcaForms(rca), refusal=refused, status=409)
    messages.success(request, _("The draft is kept."))
    return HttpResponseRedirect(url_of(incident))


def _submit(rca: Rca, by: User, now: datetime, reason: str) -> None:
    operations.submit_rca(rca, by=by, now=now)


def _approve(rca: Rca, by: User, now: datetime, reason: str) -> None:
    operations.approve_rca(rca, by=by, now=now)


def _publish(rca: Rca, by: User, now: datetime, reason: str) -> None:
    operations.publish_rca(rca, by=by, now=now)


def _send_back(rca: Rca, by: User, now: datetime, reason: str) -> None:
    operations.send_back_rca(rca, by=by, reason=reason, now=now)


STEPS: dict[str, tuple[Callable[[Rca, User, datetime, str], None], object]] = {
    "submit": (_submit, gettext_lazy("The analysis awaits the approval of another engineer.")),
    "approve": (_approve, gettext_lazy("The analysis is approved.")),
    "publish": (_publish, gettext_lazy("The analysis is published to every affected customer.")),
    "send-back": (_send_back, gettext_lazy("The analysis is a draft again.")),
}


def take_step(desk: "IncidentAdmin", request: HttpRequest, incident: Incident, step: str) -> HttpResponse:
    if step not in STEPS:
        raise Http404
    if not request.user.has_perm("incidents.write_rca"):
        raise PermissionDenied
    rca = incident.rcas.order_by("number").last()
    if request.method != "POST" or rca is None:
        return HttpResponseRedirect(url_of(incident))
    run, sentence = STEPS[step]
    now = clock.now()
    try:
        run(rca, request.user, now, request.POST.get("reason", ""))
    except Refused as refused:
        rca = Rca.objects.get(pk=rca.pk)
        return _show(desk, request, incident, rca, now, forms=RcaForms(rca), refusal=refused, status=409)
    messages.success(request, str(sentence))
    return HttpResponseRedirect(url_of(incident))


def action_done(desk: "IncidentAdmin", request: HttpRequest, action_id: int) -> HttpResponse:
    if not request.user.has_perm("incidents.write_rca"):
        raise PermissionDenied
    action = RcaAction.objects.select_related("rca__incident").filter(pk=action_id).first()
    if action is None:
        raise Http404
    if request.method == "POST":
        try:
            operations.complete_action(
                action, by=request.user, outcome=request.POST.get("outcome", ""), now=clock.now()
            )
            messages.success(request, _("The action is done, and the customers see it."))
        except Refused as refused:
            messages.error(request, str(refused))
    return HttpResponseRedirect(url_of(action.rca.incident))


def open_actions() -> QuerySet[RcaAction]:
    """What published analyses promised and nobody has done yet, the oldest date first."""
    newer = Rca.objects.filter(stage=Rca.Stage.PUBLISHED).order_by("incident", "-number")
    last = {}
    for rca in newer:
        last.setdefault(rca.incident_id, rca.pk)
    promised = RcaAction.objects.filter(rca__in=last.values(), done_at__isnull=True)
    return promised.select_related("rca__incident").order_by("due_on", "id")


def url_of(incident: Incident) -> str:
    return reverse("admin:incidents_incident_rca", args=[incident.pk])


def _in_the_making(incident: Incident) -> Rca | None:
    return incident.rcas.exclude(stage=Rca.Stage.PUBLISHED).first()


def _show(
    desk: "IncidentAdmin",
    request: HttpRequest,
    incident: Incident,
    rca: Rca | None,
    now: datetime,
    *,
    forms: RcaForms | None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "title": _("Root cause analysis"),
        "incident": incident,
        "rca": rca,
        "forms": forms,
        "refusal": refusal,
        "holes": [in_words(hole) for hole in holes_of(rca, now=now)] if rca and not rca.is_published else [],
        "is_author": bool(rca) and rca.authors.filter(pk=request.user.pk).exists(),
        "authors": ", ".join(rca.authors.order_by("name").values_list("name", flat=True)) if rca else "",
        "downtimes": [
            (row.tenant, timedelta(seconds=row.seconds), row.seconds)
            for row in (rca.downtimes.select_related("tenant__customer") if rca else ())
        ],
        "today": now.date(),
    }
    return desk.page(request, "admin/incidents/rca.html", context, status=status)
