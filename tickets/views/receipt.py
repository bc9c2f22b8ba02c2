"""The receipt of a deadline: what was promised, what was counted, and why it falls when it does."""

from dataclasses import dataclass
from datetime import timedelta
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
from tickets import explanations, receipt_words
from tickets.clock_faces import face_of
from tickets.domain.receipt_changes import Change
from tickets.domain.receipt_days import Day, Nothing
from tickets.models import StoredClockEvent
from tickets.receipt_data import as_data
from tickets.receipt_picture import picture_of
from tickets.receipts import Slip, find_clock, slip_of
from tickets.story import told

from .reach import ticket_or_404


@require_safe
@login_required
def receipt(request: HttpRequest, number: str, kind: str, clock_id: int | None = None) -> HttpResponse:
    now = clock.now()
    slip = _slip(request, number, kind, clock_id)
    shown, zone = slip.shown, slip.receipt.zone
    name = str(explanations.CLOCK_NAMES[kind])
    context = {
        "ticket": slip.ticket,
        "clock": face_of(slip.clock, now),
        "reading": shown,
        "receipt": slip.receipt,
        "zone_name": zone_name(zone),
        "days": [_row(day, zone) for day in slip.receipt.days],
        "bars": picture_of(slip.receipt, now=shown.read_at, done_at=shown.stopped_at),
        "sentences": receipt_words.sentences(
            name,
            slip.receipt,
            shown,
            changes=slip.changes,
            ended_by=_ended_by(slip),
            disproved_at=slip.disproved_at,
        ),
        "follows_version": any(
            _is_version(each) and each.at == shown.deciding.made_at for each in slip.changes
        ),
        "changes": [_turn(slip, change) for change in slip.changes],
        "events": [_happening(event) for event in slip.events],
        "recorded": slip.milestones,
        "target": explanations.target_in_words(slip.receipt.target),
        "policy_version": slip.clock.policy_version,
        "calendar_version": slip.calendar_version,
    }
    return render(request, "tickets/receipt.html", context)


@require_safe
@login_required
def receipt_json(request: HttpRequest, number: str, kind: str, clock_id: int | None = None) -> JsonResponse:
    """The same as data: instants in UTC, lengths in seconds, so that anyone can count again."""
    slip = _slip(request, number, kind, clock_id)
    return JsonResponse(as_data(slip), json_dumps_params={"indent": 2, "ensure_ascii": False})


def _slip(request: HttpRequest, number: str, kind: str, clock_id: int | None) -> Slip:
    ticket = ticket_or_404(request, number)
    found = find_clock(ticket, kind, clock_id)
    if found is None:
        raise Http404(_("There is no such deadline."))
    zone = ZoneInfo(str(timezone.get_current_timezone()))
    return slip_of(ticket, found, clock.now(), reader_zone=zone)


@dataclass(frozen=True)
class Happening:
    """Something that happened to the clock, and what on the ticket caused it."""

    title: str
    cause: str
    event: StoredClockEvent
    is_late: bool  # recorded afterwards, such as a call


def _happening(event: StoredClockEvent) -> Happening:
    late = event.recorded_at - event.at >= timedelta(minutes=1)
    return Happening(str(event.get_kind_display()), told(event.cause).title, event, late)


@dataclass(frozen=True)
class Turn:
    """A change of the target: what it was and is, and what on the ticket caused it."""

    change: Change
    cause: str
    before: str
    after: str


def _is_version(change: Change) -> bool:
    """Else it is a change of severity."""
    severities = {target.severity for target in (change.before, change.after) if target}
    return change.before is not None and len(severities) == 1


def _turn(slip: Slip, change: Change) -> Turn:
    before, after = (
        explanations.target_in_words(target) if target else "" for target in (change.before, change.after)
    )
    return Turn(change, told(slip.events[change.place].cause).title, before, after)


def _ended_by(slip: Slip) -> str:
    ends = [event for event in slip.events if event.kind == "cancelled"]
    return told(ends[-1].cause).title if ends else ""


@dataclass(frozen=True)
class Row:
    """One day of the receipt in words, with its lengths of time."""

    label: str
    counted: list[str]
    pauses: list[str]
    notes: list[str]
    length: timedelta
    used: timedelta
    left: timedelta


_NOTHING = {
    Nothing.CLOSED: gettext_lazy("closed"),
    Nothing.OUTSIDE: gettext_lazy("outside business hours"),
}


def _row(day: Day, zone: ZoneInfo) -> Row:
    label = explanations.date_in_words(day.first)
    if day.last != day.first:
        label = f"{label} – {explanations.date_in_words(day.last)}"
    return Row(
        label=label,
        counted=[explanations.span_in_words(part.start, part.end, zone) for part in day.counted],
        pauses=[receipt_words.pause_in_words(pause, zone) for pause in day.pauses],
        notes=[note for note in _notes(day) if note],
        length=day.length,
        used=day.used,
        left=day.left,
    )


def _notes(day: Day) -> list[str]:
    nothing = str(_NOTHING.get(day.nothing, ""))
    if day.nothing is Nothing.HOLIDAY:
        nothing = _("holiday: %(name)s") % {"name": day.holiday}
    special = _("hours of its own: %(name)s") % {"name": day.special} if day.special else ""
    return [nothing, special, receipt_words.shift_in_words(day)]
