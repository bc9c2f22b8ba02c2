"""What the customer's side does on a ticket: write, escalate, judge a solution."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.domain.lifecycle import IllegalTransition
from tickets.evidence import stored_bytes
from tickets.forms import ReplyForm, refuse, typed_answers
from tickets.models import Message, Ticket
from tickets.operations import accept_solution, escalate, reject_solution, reply_as_customer

from .detail import show
from .kept import kept_without_session
from .reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of

OVERTAKEN = gettext_lazy(
    "The ticket has moved on meanwhile, so this is no longer possible. This is how it stands now."
)


def _page_of(number: str) -> str:
    return reverse("tickets:detail", args=[number])


def _conversation_of(number: str) -> str:
    return _page_of(number) + "#responder"


@kept_without_session("tickets:reply", back_to=_page_of)
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """A message; with `act=reject` it says what a proposed solution leaves unsolved (CRP-2)."""
    ticket = ticket_or_404(request, number)
    if request.method == "GET":
        return redirect(_conversation_of(number))
    act, now = request.POST.get("act", "send"), clock.now()
    if act == "restore":
        form = ReplyForm(initial=typed_answers(ReplyForm, request.POST))
        return show(request, ticket, now, form=form, came_back=True)
    form = ReplyForm(request.POST, request.FILES, already_stored=stored_bytes(ticket.pk))
    if not form.is_valid():
        return show(request, ticket, now, form=form)
    try:
        message = _write(request, ticket, form, now, rejects=act == "reject")
    except Refused as refusal:
        refuse(form, str(refusal), field="body")
        return show(request, ticket_or_404(request, number), now, form=form)
    except IllegalTransition:
        refuse(form, OVERTAKEN, field="body")
        return show(request, ticket_or_404(request, number), now, form=form)
    landed = message.ticket
    if landed.number == number and message.body != form.cleaned_data["body"].strip():
        messages.warning(
            request,
            _("This form had been sent before, with another text. Press the button to send this one too."),
        )
        form = ReplyForm(initial=typed_answers(ReplyForm, request.POST))
        return show(request, ticket_or_404(request, number), now, form=form)
    if landed.number == number:
        messages.success(
            request,
            _("Your message is on the ticket, which is open again.")
            if ticket.is_closed and not landed.is_closed
            else _("Your message is on the ticket."),
        )
    else:
        told = _("Your message is on %(number)s, where the case goes on.")
        messages.success(request, told % {"number": landed.number})
    return redirect(_page_of(landed.number) + f"#m{message.pk}")


def _write(request: HttpRequest, ticket: Ticket, form: ReplyForm, now, *, rejects: bool) -> Message:
    if writer_of(request) is None:
        raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="INT-5")
    common = {
        "by": request.user,
        "now": now,
        "evidence": form.cleaned_data["files"],
        "submission_key": form.cleaned_data["submission_key"],
    }
    if rejects:
        return reject_solution(ticket, reason=form.cleaned_data["body"], **common)
    return reply_as_customer(ticket, body=form.cleaned_data["body"], **common)


@login_required
@require_POST
def escalate_ticket(request: HttpRequest, number: str) -> HttpResponse:
    """CON-2: a designated contact sets the clocks of a registered ticket running."""
    ticket = ticket_or_404(request, number)
    return _do(request, ticket, escalate, _("The ticket is with support, and its clocks run."))


@login_required
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """The proposed solution is accepted, and the ticket closed."""
    ticket = ticket_or_404(request, number)
    return _do(request, ticket, accept_solution, _("Thank you. The ticket is closed."))


def _do(request: HttpRequest, ticket: Ticket, operation, done: str) -> HttpResponseRedirect:
    try:
        if writer_of(request) is None:
            raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="INT-5")
        operation(ticket, by=request.user, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    except IllegalTransition:
        messages.warning(request, OVERTAKEN)
    else:
        messages.success(request, done)
    return redirect(_page_of(ticket.number))
