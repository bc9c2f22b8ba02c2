"""COP-1: the customer's side answers one request of support."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.cooperation.forms import AnswerForm
from tickets.cooperation.models import CustomerRequest
from tickets.cooperation.operations import answer
from tickets.evidence import stored_bytes
from tickets.forms import refuse
from tickets.models import Ticket
from tickets.views.kept import KEPT_FORMS, kept_without_session, take_kept, typed_by
from tickets.views.reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of

KEPT_FORMS["cooperation:answer"] = AnswerForm


def _page_of(number: str, pk: int) -> str:
    return reverse("cooperation:answer", args=[number, pk])


@kept_without_session("cooperation:answer", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def answer_request(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The request with a box of its own; once sent, the ticket's page at the new message."""
    ticket = ticket_or_404(request, number)
    asked = _request_or_404(ticket, pk)
    if request.method == "GET":
        kept = take_kept(request, _page_of(number, pk))
        return _show(request, ticket, asked, AnswerForm(initial=kept or {}), came_back=kept is not None)
    form = AnswerForm(request.POST, request.FILES, already_stored=stored_bytes(ticket.pk))
    if not form.is_valid():
        return _show(request, ticket, asked, form)
    try:
        if writer_of(request) is None:
            raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="COP-1")
        message = answer(
            asked,
            by=request.user,
            body=form.cleaned_data["body"],
            evidence=form.cleaned_data["files"],
            submission_key=form.cleaned_data["submission_key"],
            now=clock.now(),
        )
    except Refused as refusal:
        refuse(form, str(refusal), field="body")
        return _show(request, ticket, _request_or_404(ticket, pk), form)
    messages.success(request, _("Your answer is with support, which goes on with the case."))
    return redirect(reverse("tickets:detail", args=[message.ticket.number]) + f"#m{message.pk}")


def _request_or_404(ticket: Ticket, pk: int) -> CustomerRequest:
    related = ("message", "asked_by", "answer", "ticket")
    found = ticket.customer_requests.select_related(*related).filter(pk=pk).first()
    if found is None or found.kind == CustomerRequest.Kind.ACCESS:
        raise Http404(_("There is no such request."))
    return found


def _show(
    request: HttpRequest,
    ticket: Ticket,
    asked: CustomerRequest,
    form: AnswerForm,
    *,
    came_back: bool = False,
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "asked": asked,
        "form": form,
        "came_back": came_back,
        "can_answer": writer_of(request) is not None and asked.is_open,
        "typed_by": typed_by(request),
    }
    return render(request, "cooperation/answer.html", context)
