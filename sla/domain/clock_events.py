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
    CLOSED = "closed"  # CRP-3: between a stop and the reopening; only `Reopened` makes it


class EventKind(StrEnum):
    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    RETARGETED = "retargeted"
    STOPPED = "stopped"
    REOPENED = "reopened"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Started:
    """The clock counts from `at`.

    `applies_from`: where the clock came to apply only later, through a change of severity at that
    instant (SEV-5: it counts from the ticket's original start, as if it had been retargeted then).
    """

    at: datetime
    target: Target
    applies_from: datetime | None = None


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
    """SEV-5: another target from here on, counted from the original start. Brings back a cancelled clock."""

    at: datetime
    target: Target


@dataclass(frozen=True, slots=True)
class Stopped:
    """What was promised was done."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Reopened:
    """What was done did not hold: the clock goes on, without the time since its stop (CRP-3)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A change of severity made this clock not apply. It may come back by `Retargeted`."""

    at: datetime


type ClockEvent = Started | Paused | Resumed | Retargeted | Stopped | Reopened | Cancelled


def to_record(event: ClockEvent) -> tuple[EventKind, datetime, dict[str, object]]:
    """The event as a row: kind, instant, and the rest as JSON. `from_record` reads it back."""
    match event:
        case Started(at, target, applies_from):
            data: dict[str, object] = {"target": target.to_data()}
            if applies_from is not None:
                data["applies_from"] = applies_from.isoformat()
            return EventKind.STARTED, at, data
        case Paused(at, reason):
            return EventKind.PAUSED, at, {"reason": reason.value}
        case Resumed(at, reason):
            return EventKind.RESUMED, at, {"reason": reason.value} if reason else {}
        case Retargeted(at, target):
            return EventKind.RETARGETED, at, {"target": target.to_data()}
        case Stopped(at):
            return EventKind.STOPPED, at, {}
        case Reopened(at):
            return EventKind.REOPENED, at, {}
        case Cancelled(at):
            return EventKind.CANCELLED, at, {}


def from_record(kind: str, at: datetime, data: Mapping) -> ClockEvent:
    match EventKind(kind):
        case EventKind.STARTED:
            later = data.get("applies_from")
            return Started(at, Target.from_data(data["target"]), later and datetime.fromisoformat(later))
        case EventKind.PAUSED:
            return Paused(at, PauseReason(data["reason"]))
        case EventKind.RESUMED:
            reason = data.get("reason")
            return Resumed(at, reason and PauseReason(reason))
        case EventKind.RETARGETED:
            return Retargeted(at, Target.from_data(data["target"]))
        case EventKind.STOPPED:
            return Stopped(at)
        case EventKind.REOPENED:
            return Reopened(at)
        case EventKind.CANCELLED:
            return Cancelled(at)
