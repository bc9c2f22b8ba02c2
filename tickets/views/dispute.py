"""Objecting to a severity: the customer's side says why, an engineer decides (SEV-4)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets import explanations
from tickets.decisions import deciding_assessment, open_dispute
from tickets.forms import DisputeForm, refuse
from tickets.models import Ticket
from tickets.operations import dispute_severity

from .detail import acts_of
from .kept import kept_without_session, take_kept, typed_by
from .reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of


def _page_of(number: str) -> str:
    return reverse("tickets:dispute", args=[number])


@kept_without_session("tickets:dispute", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def dispute(request: HttpRequest, number: str) -> HttpResponse:
    """The form with the severity as it stands; once sent, the ticket's page. Twice is told apart from new."""
    ticket = ticket_or_404(request, number)
    if request.method == "GET":
        kept = take_kept(request, _page_of(number))
        form = DisputeForm(initial=kept or {}, ticket=ticket)
        return _show(request, ticket, form, came_back=kept is not None)
    form = DisputeForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return _show(request, ticket, form)
    try:
        if writer_of(request) is None:
            raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="SEV-4")
        dispute_severity(ticket, by=request.user, now=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        refuse(form, str(refusal), field="reason")
        return _show(request, ticket_or_404(request, number), form)
    messages.success(request, _("Your objection is with support: an engineer decides and tells you why."))
    return redirect("tickets:detail", number)


def _show(
    request: HttpRequest, ticket: Ticket, form: DisputeForm, *, came_back: bool = False
) -> HttpResponse:
    assessments = list(ticket.assessments.select_related("by", "contact"))
    deciding = deciding_assessment(assessments)
    context = {
        "ticket": ticket,
        "form": form,
        "came_back": came_back,
        "acts": acts_of(ticket, writer_of(request), []),
        "dispute": open_dispute(ticket, assessments),
        "why_severity": explanations.why_severity(deciding) if deciding else "",
        "typed_by": typed_by(request),
    }
    return render(request, "tickets/dispute.html", context)
