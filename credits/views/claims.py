"""`/creditos/`: for partners what can be claimed and what was; for the executive what there is to decide."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from credits.domain.claims import State
from credits.models import Claim
from credits.queries import (
    claimable,
    claims_of,
    flagged_statements,
    ledger_of,
    shown_claims,
    waiting_for_executive,
)
from lynnsupport.common import clock

from .reach import may_view

CLAIMS = 25
FLAGGED = 20


@dataclass(frozen=True)
class Waiting:
    """A claim in the queue: with the machine's figures, both readings, and whether the reader may decide."""

    claim: Claim
    percentage: str
    other_percentage: str
    readings_differ: bool
    is_own_filing: bool


@require_safe
@login_required
def claims(request: HttpRequest) -> HttpResponse:
    may_view(request)
    now = clock.now()
    visible = shown_claims(claims_of(request.user))
    decides = request.user.has_perm("credits.decide_claim")
    queue = list(waiting_for_executive(visible)[:CLAIMS]) if decides else []
    queued = {claim.pk for claim in queue}
    rest = visible.exclude(state=State.DRAFT.value).exclude(pk__in=queued)
    context = {
        "decides": decides,
        "queue": [_waiting(claim, request) for claim in queue],
        "claimable": [_due(claim, now) for claim in claimable(visible, now)[:CLAIMS]],
        "lapsed": visible.filter(state=State.DRAFT.value, deadline_at__lte=now).order_by("-deadline_at")[:5],
        "page": Paginator(rest.order_by("-state_since", "-pk"), CLAIMS).get_page(request.GET.get("page")),
        "flagged": flagged_statements(request.user)[:FLAGGED] if decides else [],
        "ledger": ledger_of(request.user)[:CLAIMS],
    }
    return render(request, "credits/claims.html", context)


def _waiting(claim: Claim, request: HttpRequest) -> Waiting:
    result = claim.statement.data["result"] if claim.statement else None
    return Waiting(
        claim=claim,
        percentage=result["percentage"]["period"] if result else "",
        other_percentage=result["percentage"]["excluding"] if result else "",
        readings_differ=bool(result and result["tiers_differ"]),
        is_own_filing=claim.filed_by_id == request.user.pk,
    )


def _due(claim: Claim, now: datetime) -> tuple[Claim, int]:
    """With the days that are left to its last one, on the tenant's calendar."""
    today = now.astimezone(ZoneInfo(claim.cycle.contract.tenant.time_zone)).date()
    return claim, (claim.last_day_on - today).days
