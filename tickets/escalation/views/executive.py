"""The executive's own pages: what was escalated to them, one case on one page, who stands in (ESC-8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lynnsupport.accounts.access import stood_in_for
from lynnsupport.accounts.models import Deputy
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import explanations
from tickets.clock_faces import faces_of
from tickets.escalation import operations
from tickets.escalation.domain.course import Stage, Step, steps_at
from tickets.escalation.domain.eligibility import Level
from tickets.escalation.forms import CommentForm, DeputyForm, StepForm
from tickets.escalation.models import Escalation
from tickets.escalation.queries import ROW_RELATIONS, of_ticket, queue_of, settled_of, visible_to
from tickets.escalation.rows import rows_of
from tickets.escalation.timeline import timeline_of
from tickets.forms import refuse
from tickets.views.detail import conversation_of
from tickets.views.kept import KEPT_FORMS, kept_without_session, take_kept, typed_by

KEPT_FORMS["escalation:act"] = StepForm


@dataclass(frozen=True)
class Act:
    """An act of the case's page: its step, words and operation."""

    slug: str
    step: Step
    label: Any
    button: Any
    icon: str
    words: Any
    done: Any
    run: Callable[..., object]
    form: type[StepForm] = StepForm
    needs_words: bool = True


ACTS: Mapping[str, Act] = {
    act.slug: act
    for act in (
        Act(
            "acusar-recibo",
            Step.ACKNOWLEDGE,
            gettext_lazy("Acknowledge"),
            gettext_lazy("Acknowledge the escalation"),
            "check-lg",
            gettext_lazy("A word to the partner, if you like"),
            gettext_lazy("Acknowledged, and the partner is told."),
            operations.acknowledge,
            needs_words=False,
        ),
        Act(
            "comentar",
            Step.COMMENT,
            gettext_lazy("Comment"),
            gettext_lazy("Add the comment"),
            "chat-left-text",
            gettext_lazy("Comment"),
            gettext_lazy("Your comment is on record."),
            operations.comment,
            form=CommentForm,
        ),
        Act(
            "preguntar",
            Step.ASK_DESK,
            gettext_lazy("Ask the desk"),
            gettext_lazy("Ask the desk"),
            "people",
            gettext_lazy("What the desk should answer; the partner does not read it"),
            gettext_lazy("The desk has your question."),
            operations.ask_desk,
        ),
        Act(
            "resolver",
            Step.RESOLVE,
            gettext_lazy("Resolve"),
            gettext_lazy("Resolve the escalation"),
            "check2-circle",
            gettext_lazy("What was done; the partner reads it"),
            gettext_lazy("Resolved, and the partner is told."),
            operations.resolve,
        ),
        Act(
            "devolver",
            Step.RETURN,
            gettext_lazy("Return"),
            gettext_lazy("Return the escalation"),
            "arrow-counterclockwise",
            gettext_lazy("Why you return it; the partner reads it"),
            gettext_lazy("Returned, and the partner is told."),
            operations.return_escalation,
        ),
    )
}


@dataclass(frozen=True)
class Panel:
    act: Act
    form: StepForm
    is_unfolded: bool


def for_executives(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """To anybody else these pages are as absent as any other."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("escalation.handle"):
            raise Http404(_("There is no such page."))
        return view(request, **kwargs)

    return guarded


@require_safe
@for_executives
def queue(request: HttpRequest) -> HttpResponse:
    """What waits to be acknowledged, by its due time; then what is being attended; what was settled last."""
    now = clock.now()
    rows = rows_of(queue_of(request.user), now)
    context = {
        "waiting": [row for row in rows if row.escalation.stage == Stage.WAITING],
        "attended": [row for row in rows if row.escalation.stage != Stage.WAITING],
        "settled": settled_of(request.user),
        "standing_in": stood_in_for(request.user).select_related("executive"),
    }
    return render(request, "escalation/queue.html", context)


@require_safe
@for_executives
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case on one page; what was typed when a session ended comes back as a comment to look over."""
    escalation = _escalation_or_404(request, pk)
    kept = take_kept(request, _case_of(pk))
    if kept is None:
        return _show(request, escalation, clock.now())
    comment = ACTS["comentar"]
    tried = {comment.slug: _form(comment, initial={"words": kept["words"]})}
    return _show(request, escalation, clock.now(), tried=tried)


def _case_of(pk: int, slug: str = "") -> str:
    return reverse("escalation:case", args=[pk])


@require_POST
@kept_without_session("escalation:act", back_to=_case_of)
@for_executives
def act(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """One act on it; refused, the page comes back with the text."""
    escalation = _escalation_or_404(request, pk)
    wanted, now = ACTS.get(slug), clock.now()
    if wanted is None:
        raise Http404(_("There is no such page."))
    form = _form(wanted, request.POST)
    if not form.is_valid():
        return _show(request, escalation, now, tried={slug: form})
    said = dict(form.cleaned_data)
    if wanted.step is Step.COMMENT:
        said.pop("seen")
    try:
        wanted.run(escalation, by=request.user, now=now, **said)
    except Refused as refusal:
        refuse(form, str(refusal), field="words")
        return _show(request, _escalation_or_404(request, pk), now, tried={slug: form})
    messages.success(request, wanted.done)
    return redirect("escalation:case", pk)


@for_executives
@require_http_methods(["GET", "POST"])
def deputies(request: HttpRequest) -> HttpResponse:
    """Who stands in for the reader, and when."""
    now = clock.now()
    form = DeputyForm(request.POST or None, executive=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            operations.name_deputy(executive=request.user, by=request.user, now=now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("starts_on", str(refusal))
        else:
            messages.success(request, _("Your deputy sees your queue on those days."))
            return redirect("escalation:deputies")
    # One called off before its first day ends on that day: it is over already.
    agreed = Deputy.objects.filter(ended_at__isnull=True, ends_at__gt=now).order_by("starts_at")
    context = {
        "form": form,
        "named": agreed.filter(executive=request.user).select_related("deputy"),
        "standing_in": agreed.filter(deputy=request.user).select_related("executive"),
    }
    return render(request, "escalation/deputies.html", context)


@require_POST
@for_executives
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader is back."""
    found = Deputy.objects.filter(executive=request.user, pk=pk).first()
    if found is None:
        raise Http404(_("There is no such page."))
    operations.end_deputy(found, by=request.user, now=clock.now())
    messages.success(request, _("You attend your escalations yourself again."))
    return redirect("escalation:deputies")


def _escalation_or_404(request: HttpRequest, pk: int) -> Escalation:
    executives = visible_to(request.user).filter(level=Level.EXECUTIVE)
    found = executives.select_related(*ROW_RELATIONS).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such escalation."))
    return found


def _form(act: Act, data: Any = None, **options: Any) -> StepForm:
    return act.form(data, act=act.slug, label=act.words, needs_words=act.needs_words, **options)


def _show(
    request: HttpRequest,
    escalation: Escalation,
    now: datetime,
    *,
    tried: Mapping[str, StepForm] | None = None,
) -> HttpResponse:
    tried = tried or {}
    ticket = escalation.ticket
    course = of_ticket(ticket, with_internal=True)
    seen = max((step.pk for each in course if each.pk == escalation.pk for step in each.course), default=0)
    clocks = faces_of(ticket, now)
    possible = steps_at(Stage(escalation.stage))
    panels = [
        Panel(act, tried.get(slug) or _form(act, initial={"seen": seen}), slug in tried)
        for slug, act in ACTS.items()
        if act.step in possible or slug in tried
    ]
    failed: forms.Form | None = next(iter(tried.values()), None)
    (row,) = rows_of([escalation], now)
    context = {
        "row": row,
        "escalation": escalation,
        "ticket": ticket,
        "panels": panels,
        "form": failed,
        "course": course,
        "clocks": clocks,
        "timeline": timeline_of(ticket, clocks),
        "entries": conversation_of(ticket, None),
        "impact": explanations.impact(ticket),
        "typed_by": typed_by(request),
        "now": now,
    }
    return render(request, "escalation/case.html", context)
