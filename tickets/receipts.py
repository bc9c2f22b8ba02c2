"""The receipt of a stored clock: its reading, what it rests on, what happened to it and by what cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sla.domain.calendar_definition import CalendarDefinition
from sla.domain.clock_events import Retargeted, Started
from sla.domain.readings import ClockState, Promise, Reading
from sla.models import CalendarVersion

from .domain.receipt import Receipt, receipt_of
from .models import ClockMilestone, SlaClock, StoredClockEvent, Ticket
from .operations import reading

ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Slip:
    """A clock of a ticket as its receipt tells it.

    `calendar_version` is the one that the deciding promise counts in, which may be older than the ticket's
    own; `disproved_at` the instant of a breach on record that is none any more.
    """

    ticket: Ticket
    clock: SlaClock
    shown: Reading
    receipt: Receipt
    calendar_version: CalendarVersion
    events: Sequence[StoredClockEvent]
    milestones: Sequence[ClockMilestone]
    disproved_at: datetime | None


def find_clock(ticket: Ticket, kind: str, clock_id: int | None = None) -> SlaClock | None:
    """That clock of the ticket, else its latest of that kind: next responses may be several (RSP-4)."""
    clocks = SlaClock.objects.filter(ticket=ticket, kind=kind)
    if clock_id is not None:
        clocks = clocks.filter(pk=clock_id)
    clocks = clocks.select_related("policy_version__policy", "calendar_version__calendar")
    return clocks.prefetch_related("milestones").order_by("-started_at", "-id").first()


def slip_of(ticket: Ticket, clock: SlaClock, now: datetime, *, reader_zone: ZoneInfo) -> Slip:
    """The receipt of `clock` at `now`. Business time is told on the calendar's days, elapsed time on the
    reader's."""
    events = list(clock.events.select_related("cause__by", "cause__contact").order_by("sequence"))
    clock._prefetched_objects_cache["events"] = events  # what the reading goes through as well
    shown = reading(clock, now)
    version = _calendar_version(clock, shown.deciding)
    definition = CalendarDefinition.from_data(version.definition)
    if shown.deciding.target.is_elapsed:
        receipt = receipt_of(shown, zone=reader_zone, holidays={}, specials={})
    else:
        receipt = receipt_of(
            shown,
            zone=ZoneInfo(definition.time_zone),
            holidays=definition.closed,
            specials={day: special.name for day, special in definition.special.items()},
        )
    milestones = sorted(clock.milestones.all(), key=lambda fact: (fact.at, fact.percent))
    return Slip(ticket, clock, shown, receipt, version, events, milestones, _disproved_at(shown, milestones))


def _calendar_version(clock: SlaClock, promise: Promise) -> CalendarVersion:
    """The version whose calendar was named last when the promise was made."""
    digest = clock.calendar_version.digest
    for event in clock.domain_events():
        if isinstance(event, Started | Retargeted) and event.at <= promise.made_at and event.calendar:
            digest = event.calendar
    if digest == clock.calendar_version.digest:
        return clock.calendar_version
    return CalendarVersion.objects.select_related("calendar").filter(digest=digest)[0]


def _disproved_at(shown: Reading, milestones: Sequence[ClockMilestone]) -> datetime | None:
    """RST-7 keeps what was recorded; something entered later may show that it was not so."""
    if shown.breached_at is not None or shown.state is ClockState.CANCELLED:
        return None
    return next((fact.at for fact in milestones if fact.percent == ClockMilestone.BREACH), None)


def as_data(slip: Slip) -> dict[str, Any]:
    """The receipt as JSON (docs/receipts.md): instants in UTC, lengths in seconds, so that anyone can count
    again."""
    clock, shown, receipt = slip.clock, slip.shown, slip.receipt
    policy, calendar = clock.policy_version, slip.calendar_version
    return {
        "ticket": slip.ticket.number,
        "clock": clock.kind,
        "rule": receipt.target.rule,
        "state": shown.state,
        "outcome": receipt.outcome,
        "target": _target(shown.deciding),
        "policy": {"code": policy.policy.code, "version": policy.number, "digest": policy.digest},
        "calendar": {
            "code": calendar.calendar.code,
            "version": calendar.number,
            "digest": calendar.digest,
            "definition": calendar.definition,
        },
        "zone": str(receipt.zone),
        "started_at": _iso(shown.started_at),
        "counts_from": _iso(receipt.counts_from),
        "due_at": _iso(receipt.due_at),
        "stopped_at": _iso(shown.stopped_at),
        "breached_at": _iso(shown.breached_at),
        "disproved_breach_at": _iso(slip.disproved_at),
        "excused_at": _iso(shown.excused_since),
        "cancelled_at": _iso(shown.cancelled_at),
        "read_at": _iso(shown.read_at),
        "consumed_seconds": _seconds(shown.consumed),
        "remaining_seconds": _seconds(shown.remaining),
        "counted": [{"start": _iso(part.start), "end": _iso(part.end)} for part in receipt.counted],
        "pauses": [
            {"start": _iso(pause.start), "end": _iso(pause.end), "reason": pause.reason}
            for pause in shown.pauses
        ],
        "exclusions": [
            {"start": _iso(each.start), "reverted_at": _iso(each.end), "ground": each.ground}
            for each in shown.exclusions
        ],
        "promises": [
            {**_target(promise), "counts_from": _iso(promise.counts_from), "made_at": _iso(promise.made_at)}
            for promise in shown.promises
        ],
        "warnings": [{"percent": warning.percent, "at": _iso(warning.at)} for warning in shown.warnings],
        "recorded": [
            {"percent": fact.percent, "at": _iso(fact.at), "recorded_at": _iso(fact.recorded_at)}
            for fact in slip.milestones
        ],
        "events": [
            {
                "kind": event.kind,
                "at": _iso(event.at),
                "recorded_at": _iso(event.recorded_at),
                "cause": event.cause.kind,
                **event.data,
            }
            for event in slip.events
        ],
    }


def _target(promise: Promise) -> dict[str, Any]:
    target = promise.target
    return {
        "severity": target.severity,
        "amount": target.amount,
        "unit": target.unit,
        "seconds": _seconds(promise.duration),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _seconds(length: timedelta) -> int | float:
    """Whole where it is whole; instants are kept to the microsecond."""
    whole, rest = divmod(length, ONE_SECOND)
    return length.total_seconds() if rest else whole
