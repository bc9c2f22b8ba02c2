"""The receipt of a deadline as JSON (docs/receipts.md): enough to count it again without the product."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from lynnsupport.common.intervals import Interval
from sla.domain.readings import Promise
from sla.domain.targets import Target

from .domain.receipt import PAUSE_RULES
from .domain.receipt_changes import Change
from .domain.receipt_days import total
from .models.decisions import RULES
from .receipts import Slip

ONE_SECOND = timedelta(seconds=1)


def as_data(slip: Slip) -> dict[str, Any]:
    """Instants in UTC, lengths in whole seconds; what is shorter than a second is cut."""
    shown, receipt = slip.shown, slip.receipt
    policy, calendar = slip.clock.policy_version, slip.calendar_version
    promised, consumed = _seconds(receipt.promised), _seconds(shown.consumed)
    return {
        "ticket": slip.ticket.number,
        "clock": slip.clock.kind,
        "rule": receipt.target.rule,
        "state": shown.state,
        "outcome": receipt.outcome,
        "target": _promise(shown.deciding),
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
        "consumed_seconds": consumed,
        "remaining_seconds": promised - consumed,
        "counted": list(_running_total(receipt.counted)),
        "pauses": [
            {
                "start": _iso(pause.start),
                "end": _iso(pause.end),
                "reason": pause.reason,
                "rule": PAUSE_RULES[pause.reason],
            }
            for pause in shown.pauses
        ],
        "exclusions": [
            {
                "start": _iso(each.start),
                "reverted_at": _iso(each.end),
                "ground": each.ground,
                "rule": RULES[each.ground],
            }
            for each in shown.exclusions
        ],
        **_days(slip),
        "promises": [
            {**_promise(promise), "counts_from": _iso(promise.counts_from), "made_at": _iso(promise.made_at)}
            for promise in shown.promises
        ],
        "changes": [_change(slip, change) for change in slip.changes],
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


def _running_total(counted: Iterable[Interval]) -> Iterator[dict[str, Any]]:
    so_far = timedelta()
    for part in counted:
        length = total([part])
        so_far += length
        yield {
            "start": _iso(part.start),
            "end": _iso(part.end),
            "seconds": _seconds(length),
            "total_seconds": _seconds(so_far),
        }


def _days(slip: Slip) -> dict[str, Any]:
    """The days on the way that were not like others."""
    receipt = slip.receipt
    special = slip.calendar_version.definition["special"]
    return {
        "holidays": [{"date": day.isoformat(), "name": name} for day, name in receipt.holidays],
        "special_days": [
            {
                "date": day.first.isoformat(),
                "name": day.special,
                "hours": special[day.first.isoformat()]["hours"],
            }
            for day in receipt.special_days
        ],
        "clock_changes": [
            {
                "date": day.first.isoformat(),
                "day_seconds": _seconds(total([day.whole])),
                "counted_seconds": _seconds(day.length),
            }
            for day in receipt.clock_changes
        ],
    }


def _promise(promise: Promise) -> dict[str, Any]:
    return {**_target(promise.target), "seconds": _seconds(promise.duration)}


def _target(target: Target) -> dict[str, Any]:
    return {"severity": target.severity, "amount": target.amount, "unit": target.unit}


def _change(slip: Slip, change: Change) -> dict[str, Any]:
    return {
        "at": _iso(change.at),
        "cause": slip.events[change.place].cause.kind,
        "before": _target(change.before) if change.before else None,
        "after": _target(change.after) if change.after else None,
        "due_before": _iso(change.due_before),
        "due_after": _iso(change.due_after),
        "is_kept": change.is_kept,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _seconds(length: timedelta) -> int:
    return length // ONE_SECOND
