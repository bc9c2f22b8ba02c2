"""One claim on one page: figures, both readings, history, and what its reader may do with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credits.domain.claims import SETTLEMENTS, Act, State, acts_in
from credits.forms import DecisionForm, ReasonForm
from credits.models import Claim
from credits.operations import (
    adjust_claim,
    approve_claim,
    issue_note,
    measure_again,
    reject_claim,
    reverse_note,
    settle_claim,
    withdraw_claim,
)
from credits.operations.deciding import require_decider
from credits.words import ACTS
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused

from .reach import claim_or_404, may_claim, may_file


@require_safe
@login_required
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, claim_or_404(request, pk))


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """CRD-3: one decision, however often the button is pressed."""
    found, now = claim_or_404(request, pk), clock.now()
    form = DecisionForm(request.POST, claim=found)
    if not form.is_valid():
        return show(request, found, decision=form)
    data = form.cleaned_data
    try:
        if data["decision"] == DecisionForm.APPROVE:
            decided = approve_claim(found, by=request.user, reason=data["reason"], now=now)
        elif data["decision"] == DecisionForm.ADJUST:
            decided = adjust_claim(
                found, by=request.user, amount=data["amount"], reason=data["reason"], now=now
            )
        else:
            decided = reject_claim(found, by=request.user, reason=data["reason"], now=now)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return show(request, claim_or_404(request, pk), decision=form)
    if decided.decided_by_id == request.user.pk:
        messages.success(request, _("The decision is on record, and the partner is told."))
    else:
        messages.info(request, _("%(who)s decided the same before you.") % {"who": decided.decided_by.name})
    return redirect("credits:claim", pk)


@login_required
@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    return _act(request, pk, issue_note, _("The credit note is issued, and the partner is told."))


@login_required
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    try:
        act = Act(request.POST.get("act", ""))
    except ValueError:
        act = Act.FILE  # none of those that settle: refused below, with the reason
    return _act(request, pk, settle_claim, _("It is on record where the credit went."), act=act)


@login_required
@require_POST
def reverse(request: HttpRequest, pk: int) -> HttpResponse:
    found = claim_or_404(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show(request, found, reversal=form)
    try:
        reverse_note(found, by=request.user, reason=form.cleaned_data["reason"], now=clock.now())
    except Refused as refusal:
        form.add_error("reason", str(refusal))
        return show(request, claim_or_404(request, pk), reversal=form)
    messages.success(request, _("A counter-entry takes the note back; the claim is to be decided again."))
    return redirect("credits:claim", pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    return _act(request, pk, withdraw_claim, _("The claim is withdrawn. It can be filed again."))


@login_required
@require_POST
def measure(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Takes in at once what was recorded since the statement was frozen, instead of with the daily look."""

    def run(found: Claim, *, by: Any, now: Any) -> None:
        require_decider(found, by)
        measure_again(found.cycle, now=now)

    return _act(request, pk, run, _("The cycle was measured again with what is on record now."))


def _act(
    request: HttpRequest, pk: int, operation: Callable[..., object], done: str, **more: object
) -> HttpResponseRedirect:
    found = claim_or_404(request, pk)
    try:
        operation(found, by=request.user, now=clock.now(), **more)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("credits:claim", pk)


def show(
    request: HttpRequest,
    found: Claim,
    *,
    decision: DecisionForm | None = None,
    reversal: ReasonForm | None = None,
) -> HttpResponse:
    acts = acts_in(State(found.state))
    closed = _closed(found, request)
    result = found.statement.data["result"] if found.statement else None
    latest = found.cycle.statements.order_by("-version").first()
    form = decision or reversal
    context = {
        "claim": found,
        "cycle": found.cycle,
        "tenant": found.cycle.contract.tenant,
        "result": result,
        "statement": found.statement,
        "latest": latest if latest and found.statement and latest.pk != found.statement.pk else None,
        "events": [
            (str(ACTS[event.act]), event, event.by.name if event.by else _("The portal"))
            for event in found.events.select_related("by")
        ],
        "entries": found.ledger_entries.order_by("at", "pk").select_related("reversed_by"),
        "closed": closed,
        "decides": request.user.has_perm("credits.decide_claim"),
        "may_decide": closed is None and Act.APPROVE in acts,
        "may_issue": closed is None and Act.ISSUE in acts,
        "settlements": _settlements(found) if closed is None and found.state == State.ISSUED else [],
        "may_reverse": closed is None and Act.REVERSE in acts,
        "may_withdraw": Act.WITHDRAW in acts
        and (may_claim(request) or (may_file(request) and found.filed_by_id == request.user.pk)),
        "may_file": Act.FILE in acts and may_file(request),
        "decision": decision or DecisionForm(claim=found),
        "reversal": reversal or ReasonForm(auto_id="reversal_%s"),
        "form": form,
    }
    return render(request, "credits/claim.html", context)


def _settlements(found: Claim) -> list[tuple[str, str]]:
    labels = {
        Act.APPLY: _("Apply to the next invoice"),
        Act.CREDIT_BALANCE: _("Credit to the prepaid balance"),
        Act.REFUND: _("Record the refund"),
    }
    return [(act.value, labels[act]) for act in SETTLEMENTS[found.cycle.contract.billing]]


def _closed(found: Claim, request: HttpRequest) -> Refused | None:
    """Why the reader cannot decide, if so."""
    try:
        require_decider(found, request.user)
    except Refused as refusal:
        return refusal
    return None
