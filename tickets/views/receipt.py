"""The receipt of a deadline: what was promised, what was counted, and why it falls when it does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lynnsupport.common import clock
from lynnsupport.common.moments import zone_name
from sla.domain.calendar_definition import CalendarDefinition
from sla.domain.readings import Reading
from sla.queries import domain_calendar
from tickets import explanations
from tickets.clock_faces import face_of
from tickets.domain.receipt import Day, Nothing, Receipt, receipt_of
from tickets.models import SlaClock, Ticket
from tickets.operations import reading

from .reach import ticket_or_404

ONE_SECOND = timedelta(seconds=1)


@require_safe
@login_required
def receipt(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    ticket = ticket_or_404(request, number)
    now = clock.now()
    found = _clock_or_404(ticket, kind)
    shown = reading(found, now)
    slip = _slip(found, shown)
    context = {
        "ticket": ticket,
        "clock": face_of(found, now),
        "reading": shown,
        "receipt": slip,
        "zone_name": zone_name(slip.zone),
        "days": [_row(day, slip.zone) for day in slip.days],
        "sentence": explanations.why_due(str(explanations.CLOCK_NAMES[found.kind]), slip),
        "target": explanations.target_in_words(slip.target),
        "policy_version": found.policy_version,
        "calendar_version": found.calendar_version,
    }
    return render(request, "tickets/receipt.html", context)


@require_safe
@login_required
def receipt_json(request: HttpRequest, number: str, kind: str) -> JsonResponse:
    """The same as data: instants in UTC, lengths in seconds, so that anyone can count again."""
    ticket = ticket_or_404(request, number)
    found = _clock_or_404(ticket, kind)
    shown = reading(found, clock.now())
    return JsonResponse(_as_data(ticket, found, shown), json_dumps_params={"indent": 2})


def _clock_or_404(ticket: Ticket, kind: str) -> SlaClock:
    """The latest clock of that kind: of next responses (RSP-4) a ticket may have had several."""
    clocks = (
        SlaClock.objects.filter(ticket=ticket, kind=kind)
        .select_related("policy_version__policy", "calendar_version__calendar")
        .prefetch_related("events", "milestones")
    )
    found = clocks.order_by("-started_at", "-id").first()
    if found is None:
        raise Http404(_("There is no such deadline."))
    return found


def _slip(found: SlaClock, shown: Reading) -> Receipt:
    """Business time is counted on the calendar's days, elapsed time is told on the reader's."""
    definition = CalendarDefinition.from_data(found.calendar_version.definition)
    if shown.deciding.target.is_elapsed:
        zone, holidays = ZoneInfo(str(timezone.get_current_timezone())), {}
    else:
        zone, holidays = ZoneInfo(definition.time_zone), definition.closed
    return receipt_of(shown, domain_calendar(found.calendar_version), zone=zone, holidays=holidays)


@dataclass(frozen=True)
class Row:
    """One day of the receipt in words, with its lengths of time."""

    label: str
    counted: list[str]
    pauses: list[str]
    nothing: str
    length: timedelta
    used: timedelta
    left: timedelta


_NOTHING = {
    Nothing.CLOSED: gettext_lazy("closed"),
    Nothing.OUTSIDE: gettext_lazy("outside business hours"),
    Nothing.PAUSED: "",  # the pause says it
}


def _row(day: Day, zone: ZoneInfo) -> Row:
    label = explanations.date_in_words(day.first)
    if day.last != day.first:
        label = f"{label} – {explanations.date_in_words(day.last)}"
    holiday = _("holiday: %(name)s") % {"name": day.holiday}
    return Row(
        label=label,
        counted=[explanations.span_in_words(part.start, part.end, zone) for part in day.counted],
        pauses=[explanations.pause_in_words(pause, zone) for pause in day.pauses],
        nothing=holiday if day.nothing is Nothing.HOLIDAY else str(_NOTHING.get(day.nothing, "")),
        length=day.length,
        used=day.used,
        left=day.left,
    )


def _as_data(ticket: Ticket, found: SlaClock, shown: Reading) -> dict[str, Any]:
    slip = _slip(found, shown)
    policy, calendar = found.policy_version, found.calendar_version
    return {
        "ticket": ticket.number,
        "clock": found.kind,
        "rule": slip.target.rule,
        "state": shown.state,
        "target": {
            "severity": slip.target.severity,
            "amount": slip.target.amount,
            "unit": slip.target.unit,
            "seconds": _seconds(slip.promised),
        },
        "policy": {"code": policy.policy.code, "version": policy.number, "digest": policy.digest},
        "calendar": {
            "code": calendar.calendar.code,
            "version": calendar.number,
            "digest": calendar.digest,
            "definition": calendar.definition,
        },
        "started_at": _iso(shown.started_at),
        "counts_from": _iso(slip.counts_from),
        "due_at": _iso(slip.due_at),
        "stopped_at": _iso(shown.stopped_at),
        "breached_at": _iso(shown.breached_at),
        "cancelled_at": _iso(shown.cancelled_at),
        "read_at": _iso(shown.read_at),
        "consumed_seconds": _seconds(shown.consumed),
        "remaining_seconds": _seconds(shown.remaining),
        "counted": [{"start": _iso(part.start), "end": _iso(part.end)} for part in slip.counted],
        "pauses": [
            {"start": _iso(pause.start), "end": _iso(pause.end), "reason": pause.reason}
            for pause in shown.pauses
        ],
        "warnings": [{"percent": warning.percent, "at": _iso(warning.at)} for warning in shown.warnings],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _seconds(length: timedelta) -> int | float:
    """Whole where it is whole; instants are kept to the microsecond."""
    whole, rest = divmod(length, ONE_SECOND)
    return length.total_seconds() if rest else whole
