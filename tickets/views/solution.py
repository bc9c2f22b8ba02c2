"""A proposed solution on a page of its own, to which its mail leads: accept it, or say what still fails."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.domain.lifecycle import IllegalTransition, State
from tickets.forms import RejectForm, refuse
from tickets.models import Message, Ticket, TicketEvent
from tickets.operations import reject_solution
from tickets.page_parts import PORTAL, parts_of

from .kept import kept_without_session, take_kept, typed_by
from .reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of


def _page_of(number: str) -> str:
    return reverse("tickets:solution", args=[number])


@kept_without_session("tickets:solution", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def solution(request: HttpRequest, number: str) -> HttpResponse:
    """Opening it decides nothing: accepting is a POST of its own, rejecting one with a reason (CRP-2)."""
    ticket = ticket_or_404(request, number)
    if request.method == "GET":
        kept = take_kept(request, _page_of(number))
        return _show(request, ticket, RejectForm(initial=kept or {}), came_back=kept is not None)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _show(request, ticket, form)
    try:
        if writer_of(request) is None:
            raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="CRP-2")
        message = reject_solution(ticket, by=request.user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        refuse(form, str(refusal), field="reason")
    except IllegalTransition:
        refuse(form, _("The ticket has moved on meanwhile. Write it in a reply instead."), field="reason")
    else:
        messages.success(request, _("The case goes on; support reads what still fails."))
        return redirect(reverse("tickets:detail", args=[number]) + f"#m{message.pk}")
    return _show(request, ticket_or_404(request, number), form)


def _show(request: HttpRequest, ticket: Ticket, form: RejectForm, *, came_back: bool = False) -> HttpResponse:
    moves = ticket.events.filter(
        kind=TicketEvent.Kind.STATE_CHANGED, data__after=State.SOLUTION_PROPOSED, message__isnull=False
    )
    last = moves.select_related("message__author").order_by("at", "id").last()
    proposal: Message | None = last.message if last else None
    is_proposed = ticket.state == State.SOLUTION_PROPOSED
    context = {
        "ticket": ticket,
        "proposal": proposal,
        "form": form,
        "came_back": came_back,
        "is_proposed": is_proposed,
        "can_judge": is_proposed and writer_of(request) is not None,
        "typed_by": typed_by(request),
        "parts": parts_of(PORTAL, ticket, request.user, clock.now()),
    }
    return render(request, "tickets/solution.html", context)
