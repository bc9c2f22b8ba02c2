"""One cycle: the figures, day by day, each outage with what counted and why not, the claim."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from credits.domain.claims import Act, State, acts_in
from credits.domain.cycles import ONE_DAY, claim_deadline
from credits.domain.days import Explained, days_of, explained
from credits.domain.statement import Data, period_from, tiers_from, windows_from
from credits.forms import ClaimForm
from credits.models import READING_LABELS, Claim
from credits.operations import catch_up, file_claim
from credits.pictures import bar_of_day, row_of_days, spans_in_words
from credits.reading import Shown
from credits.sources import unknown_by_tenant
from credits.words import CAUSES, IMPACTS, SCOPES, WHY_NOT, day_name
from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from tickets.incidents.queries import visible_to as incidents_visible_to

from .reach import cycle_or_404, may_file


@dataclass(frozen=True)
class TierLine:
    """One tier as a cycle stands: what it allows, what is left of it, whether it is lost already."""

    under: str
    credit: int
    allowed: int
    left: int

    @property
    def is_lost(self) -> bool:
        return self.left < 0


@dataclass(frozen=True)
class OutageLine:
    incident: str
    start: datetime
    end: datetime
    is_open: bool
    kind: str
    counted: str
    counted_seconds: int
    left_out: list[tuple[str, str, str]]
    left_out_seconds: int
    decided_by: str
    decided_at: datetime
    reason: str


@require_safe
@login_required
def cycle(request: HttpRequest, code: str, month: str) -> HttpResponse:
    now = clock.now()
    return show(request, cycle_or_404(request, code, month, now), now)


@login_required
@require_POST
def file(request: HttpRequest, code: str, month: str) -> HttpResponse:
    """The claim of a cycle, filed when the server received it (CRD-2)."""
    now = clock.now()
    shown = cycle_or_404(request, code, month, now)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return show(request, shown, now, form=form)
    if shown.row is None:  # the sweep has not opened it yet
        catch_up(shown.contract, now=now)
        shown = cycle_or_404(request, code, month, now)
    try:
        if shown.row is None:
            raise Refused(_("This cycle is not measured by the portal."), rule="CRD-2")
        claim = file_claim(shown.row, by=request.user, words=form.cleaned_data["words"], now=now)
    except Refused as refusal:
        form.add_error("words", str(refusal))
        return show(request, shown, now, form=form)
    if claim.filed_by_id != request.user.pk or claim.filed_at != now:
        messages.info(request, _("This cycle was claimed already; what you wrote was added to that claim."))
    elif claim.is_late:
        messages.warning(
            request, _("The claim is with the commercial executive, recorded as late: they decide on it.")
        )
    else:
        messages.success(request, _("The claim is with the commercial executive."))
    return redirect("credits:claim", claim.pk)


def show(request: HttpRequest, shown: Shown, now: datetime, *, form: ClaimForm | None = None) -> HttpResponse:
    data, result, zone = shown.data, shown.result, shown.zone
    period = period_from(data)
    whole = period.interval(zone)
    unknown = unknown_by_tenant([shown.tenant], whole, now=now)[shown.tenant.pk]
    days = days_of(data, unknown)
    claim = Claim.objects.filter(cycle=shown.row).first() if shown.row else None
    versions = list(shown.row.statements.defer("data")) if shown.row else []
    deadline = claim_deadline(period.day_after, zone, data["policy"]["claim_days"])
    context = {
        "shown": shown,
        "result": result,
        "zone": zone,
        "zone_name": str(zone),
        "first_day": day_name(period.first_day),
        "last_day": day_name(period.day_after - ONE_DAY),
        "tiers": _tiers(shown),
        "readings": [
            (label, result["percentage"][name], result["credit_percent"][name], name == shown.reading)
            for name, label in READING_LABELS
        ],
        "row_bar": row_of_days(days),
        "bars": [bar_of_day(day) for day in days if day.counted or day.left_out],
        "days": [
            {
                "name": day_name(day.day),
                "look": day.look,
                "counted": spans_in_words(day.counted, zone),
                "counted_seconds": day.counted_seconds,
                "left_out": spans_in_words(day.left_out, zone),
                "left_out_seconds": day.left_out_seconds,
            }
            for day in days
            if day.counted or day.left_out
        ],
        "outages": [_outage(each, zone) for each in explained(data)],
        "readable": _readable(request, data),
        "maintenance": data["maintenance"],
        "announcements": [_announcement(each, shown) for each in data["announcements"]],
        "versions": versions,
        "others": _other_contracts(shown),
        "claim": claim,
        "deadline": deadline,
        "last_day_to_claim": result["last_day_to_claim"],
        "is_past": now >= deadline,
        "may_file": may_file(request) and (claim is None or Act.FILE in acts_in(State(claim.state))),
        "form": form or ClaimForm(),
        "files": _files(request, shown),
    }
    return render(request, "credits/cycle.html", context)


def _tiers(shown: Shown) -> list[TierLine]:
    lost = shown.result["counted_seconds"]
    return [
        TierLine(str(tier.under), tier.credit, allowed, allowed - lost)
        for tier, allowed in zip(tiers_from(shown.data), shown.result["allowed_seconds"], strict=True)
    ]


def _readable(request: HttpRequest, data: Data) -> set[str]:
    """The incidents it names that the reader may open: not one that touches no tenant of theirs any more."""
    named = {each["incident"] for each in data["outages"]}
    return set(incidents_visible_to(request.user).filter(number__in=named).values_list("number", flat=True))


def _outage(each: Explained, zone: ZoneInfo) -> OutageLine:
    facts = each.facts
    return OutageLine(
        incident=facts["incident"],
        start=each.whole.start,
        end=each.whole.end,
        is_open=facts["end"] is None,
        kind=f"{IMPACTS[facts['impact']]} · {SCOPES[facts['scope']]} · {CAUSES[facts['cause']]}",
        counted=spans_in_words(each.counted, zone),
        counted_seconds=each.counted_seconds,
        left_out=[
            (spans_in_words([part.interval], zone), str(WHY_NOT[part.because]), part.proof)
            for part in each.left_out
        ],
        left_out_seconds=each.left_out_seconds,
        decided_by=facts["decided_by"],
        decided_at=datetime.fromisoformat(facts["decided_at"]),
        reason=facts["reason"],
    )


def _announcement(each: dict, shown: Shown) -> dict:
    """What was announced, and how much of it excludes anything (AVL-4)."""
    parts = [window.interval for window in windows_from(shown.data) if window.proof == each["proof"]]
    return {
        "start": datetime.fromisoformat(each["start"]),
        "end": datetime.fromisoformat(each["end"]),
        "announced_at": datetime.fromisoformat(each["announced_at"]),
        "proof": each["proof"],
        "excluded": spans_in_words(parts, shown.zone),
    }


def _other_contracts(shown: Shown) -> list[str]:
    """Other contracts of the tenant with a cycle of that month."""
    rows = shown.tenant.contracts.filter(billing_cycles__month=shown.month).exclude(pk=shown.contract.pk)
    return list(rows.values_list("number", flat=True))


def _files(request: HttpRequest, shown: Shown) -> dict[str, str]:
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    address = [shown.tenant.code, shown.month]
    return {
        "json": reverse("credits:cycle_json", args=address) + query,
        "csv": reverse("credits:cycle_csv", args=address) + query,
    }
