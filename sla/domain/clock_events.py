"""What can happen to a clock. Events are the truth; everything else about a clock is read from them.

An event's `at` is the instant at which it happened, which may be long before it was recorded (a call
entered afterwards).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .targets import Target


class PauseReason(StrEnum):
    """RST-6: the recorded reasons for which a restoration clock stands still."""

    WAITING_CUSTOMER = "waiting_customer"
    CONTACT_UNREACHABLE = "contact_unreachable"  # CON-5
    THIRD_PARTY = "third_party"  # EXC-1
    CLOSED = "closed"  # CRP-3: from a stop, or the ticket's closing, to the reopening; never paused by hand


class Ground(StrEnum):
    """Why no target applies to a ticket, by a recorded decision that can be reverted (EXC-3)."""

    THIRD_PARTY = "third_party"  # EXC-1: restoration stops applying
    PREVIEW = "preview"  # EXC-2
    CUSTOM_DEVELOPMENT = "custom_development"  # SUP-3


class EventKind(StrEnum):
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    RETARGETED = "retargeted"
    STOPPED = "stopped"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    EXCLUDED = "excluded"
    READMITTED = "readmitted"


@dataclass(frozen=True, slots=True)
class Started:
    """The clock counts from `at`.

    `applies_from`: where the clock came to apply only later, through a change of severity at that
    instant (SEV-5: it counts from the ticket's original start, as if it had been retargeted then).
    `calendar` names the calendar version that counts, by its digest; empty: the one given to `read`.
    """

    at: datetime
    target: Target
    applies_from: datetime | None = None
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Paused:
    """One reason to stand still began to hold; others may hold at the same time."""

    at: datetime
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class Resumed:
    """That reason ended; without a reason: every one that held."""

    at: datetime
    reason: PauseReason | None = None


@dataclass(frozen=True, slots=True)
class Retargeted:
    """SEV-5: another target from here on, counted from the original start. Brings back a cancelled clock.

    `calendar`: a new version of what is promised, applied on purpose, counts in another calendar; empty:
    the calendar stays.
    """

    at: datetime
    target: Target
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was promised was done."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Reopened:
    """What was done did not hold, or the closed ticket goes on: without the time since then (CRP-3)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The clock does not apply any more: after a change of severity, which `Retargeted` may undo, or as the
    ticket is closed with the promise still open (`is_closing`), which only `Reopened` undoes (CRP-3)."""

    at: datetime
    is_closing: bool = False


@dataclass(frozen=True, slots=True)
class Excluded:
    """On this ground the target no longer applies, from `at` on (EXC-1, EXC-2, SUP-3)."""

    at: datetime
    ground: Ground


@dataclass(frozen=True, slots=True)
class Readmitted:
    """EXC-3: that exclusion is reverted; the clock is what it would have been without it."""

    at: datetime
    ground: Ground


type ClockEvent = (
    Started | Paused | Resumed | Retargeted | Stopped | Reopened | Cancelled | Excluded | Readmitted
)


def to_record(event: ClockEvent) -> tuple[EventKind, datetime, dict[str, object]]:
    """The event as a row: kind, instant, and the rest as JSON. `from_record` reads it back."""
    match event:
        case Started(at, target, applies_from, calendar):
            data = _promised(target, calendar)
            if applies_from is not None:
                data["applies_from"] = applies_from.isoformat()
            return EventKind.STARTED, at, data
        case Paused(at, reason):
            return EventKind.PAUSED, at, {"reason": reason.value}
        case Resumed(at, reason):
            return EventKind.RESUMED, at, {"reason": reason.value} if reason else {}
        case Retargeted(at, target, calendar):
            return EventKind.RETARGETED, at, _promised(target, calendar)
        case Stopped(at):
            return EventKind.STOPPED, at, {}
        case Reopened(at):
            return EventKind.REOPENED, at, {}
        case Cancelled(at, is_closing):
            return EventKind.CANCELLED, at, {"is_closing": True} if is_closing else {}
        case Excluded(at, ground):
            return EventKind.EXCLUDED, at, {"ground": ground.value}
        case Readmitted(at, ground):
            return EventKind.READMITTED, at, {"ground": ground.value}


def _promised(target: Target, calendar: str) -> dict[str, object]:
    data: dict[str, object] = {"target": target.to_data()}
    return data | {"calendar": calendar} if calendar else data


def from_record(kind: str, at: datetime, data: Mapping) -> ClockEvent:
    match EventKind(kind):
        case EventKind.STARTED:
            later = data.get("applies_from")
            return Started(
                at,
                Target.from_data(data["target"]),
                later and datetime.fromisoformat(later),
                data.get("calendar", ""),
            )
        case EventKind.PAUSED:
            return Paused(at, PauseReason(data["reason"]))
        case EventKind.RESUMED:
            reason = data.get("reason")
            return Resumed(at, reason and PauseReason(reason))
        case EventKind.RETARGETED:
            return Retargeted(at, Target.from_data(data["target"]), data.get("calendar", ""))
        case EventKind.STOPPED:
            return Stopped(at)
        case EventKind.REOPENED:
            return Reopened(at)
        case EventKind.CANCELLED:
            return Cancelled(at, is_closing=data.get("is_closing", False))
        case EventKind.EXCLUDED:
            return Excluded(at, Ground(data["ground"]))
        case EventKind.READMITTED:
            return Readmitted(at, Ground(data["ground"]))
