"""Asking for a change of priority: what a changed urgency or impact is turned into (ESC-5, ESC-6)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.escalation.forms import PriorityForm
from tickets.escalation.models import PriorityRequest
from tickets.escalation.operations import ask_priority
from tickets.forms import refuse
from tickets.models import Ticket
from tickets.views.kept import KEPT_FORMS, kept_without_session, take_kept, typed_by
from tickets.views.reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of

KEPT_FORMS["escalation:priority"] = PriorityForm


def _page_of(number: str) -> str:
    return reverse("escalation:priority", args=[number])


@kept_without_session("escalation:priority", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def priority(request: HttpRequest, number: str) -> HttpResponse:
    """The form; once sent, the ticket's page."""
    ticket = ticket_or_404(request, number)
    if request.method == "GET":
        kept = take_kept(request, _page_of(number))
        form = PriorityForm(initial=kept or {}, ticket=ticket)
        return _show(request, ticket, form, came_back=kept is not None)
    form = PriorityForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return _show(request, ticket, form)
    try:
        if writer_of(request) is None:
            raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="ESC-5")
        ask_priority(ticket, by=request.user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        refuse(form, str(refusal), field="reason")
        return _show(request, ticket_or_404(request, number), form)
    messages.success(request, _("The case owner has your request, decides and tells you why."))
    return redirect(reverse("tickets:detail", args=[number]) + "#escalamiento")


def turned_into_request(request: HttpRequest, ticket: Ticket, said: Mapping[str, Any]) -> HttpResponse:
    """What was typed as an escalation, in the form of a request (ESC-5); nothing is sent yet."""
    reason = "\n\n".join(text for text in (said["description"], said["impact"]) if text)
    form = PriorityForm(initial={"ground": said["ground"], "reason": reason}, ticket=ticket)
    return _show(request, ticket, form, is_turned=True)


def _show(
    request: HttpRequest,
    ticket: Ticket,
    form: PriorityForm,
    *,
    came_back: bool = False,
    is_turned: bool = False,
) -> HttpResponse:
    open_request = PriorityRequest.objects.filter(ticket=ticket, decided_at__isnull=True)
    context = {
        "ticket": ticket,
        "form": form,
        "came_back": came_back,
        "is_turned": is_turned,
        "open_request": open_request.select_related("contact").first(),
        "is_customer_side": writer_of(request) is not None,
        "typed_by": typed_by(request),
    }
    return render(request, "escalation/priority.html", context)
