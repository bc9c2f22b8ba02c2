"""COP-2: a named contact decides about a remote access; anybody of the customer's side can revoke it."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.cooperation.domain.remote_access import State
from tickets.cooperation.forms import DecisionForm
from tickets.cooperation.models import RemoteAccess
from tickets.cooperation.operations import decide_access, revoke_access
from tickets.forms import refuse
from tickets.models import Ticket, TicketEvent
from tickets.story import tell
from tickets.views.reach import NOT_ON_CUSTOMERS_SIDE, ticket_or_404, writer_of


@require_safe
@login_required
def access_page(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """What is asked for, until when, who decides, and all that happened to it."""
    ticket = ticket_or_404(request, number)
    return _show(request, ticket, _access_or_404(ticket, pk), DecisionForm(), clock.now())


@require_POST
@login_required
def decide(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """`decision` is `approve` or `refuse`."""
    approves = {"approve": True, "refuse": False}.get(request.POST.get("decision", ""))

    def act(access: RemoteAccess, words: str, now: datetime) -> str:
        if approves is None:
            raise Refused(_("Choose whether you approve it."), rule="COP-2")
        decide_access(access, by=request.user, approves=approves, words=words, now=now)
        if approves:
            return _("The access is approved for its period. You can revoke it here at any moment.")
        return _("The access is refused, and support knows why.")

    return _act(request, number, pk, act)


@require_POST
@login_required
def revoke(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    def act(access: RemoteAccess, words: str, now: datetime) -> str:
        revoke_access(access, by=request.user, reason=words, now=now)
        return _("The access is revoked: from now on nothing is allowed.")

    return _act(request, number, pk, act)


def _act(request: HttpRequest, number: str, pk: int, act) -> HttpResponse:
    ticket, now = ticket_or_404(request, number), clock.now()
    access = _access_or_404(ticket, pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            if writer_of(request) is None:
                raise Refused(NOT_ON_CUSTOMERS_SIDE, rule="COP-2")
            done = act(access, form.cleaned_data["words"], now)
        except Refused as refusal:
            refuse(form, str(refusal), field="words")
        else:
            messages.success(request, done)
            return redirect("cooperation:access", number, pk)
    return _show(request, ticket, _access_or_404(ticket, pk), form, now)


def _access_or_404(ticket: Ticket, pk: int) -> RemoteAccess:
    related = ("contact", "request", "decided_by", "ended_by", "ticket")
    found = ticket.remote_accesses.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such access."))
    return found


def _show(
    request: HttpRequest, ticket: Ticket, access: RemoteAccess, form: DecisionForm, now: datetime
) -> HttpResponse:
    state, writer = access.state_at(now), writer_of(request)
    events = ticket.events.filter(kind=TicketEvent.Kind.REMOTE_ACCESS, data__access=access.pk)
    context = {
        "ticket": ticket,
        "access": access,
        "state": state,
        "form": form,
        "story": tell(events),
        "can_decide": state is State.ASKED and writer == access.contact,
        "can_revoke": state in (State.UPCOMING, State.ALLOWED) and writer is not None,
    }
    return render(request, "cooperation/access.html", context)
