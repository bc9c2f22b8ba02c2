"""COP-2: what a remote access is at a moment, from what has been decided about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    ASKED = "asked"  # nobody has decided yet
    LAPSED = "lapsed"  # its period ended before anybody decided
    REFUSED = "refused"
    UPCOMING = "upcoming"  # approved, its period has not begun
    ALLOWED = "allowed"  # approved, and now
    EXPIRED = "expired"  # approved, its period is over
    ENDED = "ended"  # revoked, withdrawn, or ended with the ticket


@dataclass(frozen=True, slots=True)
class Facts:
    """The period is half-open (ValueError if empty); `is_approved` is None until somebody decides."""

    starts_at: datetime
    ends_at: datetime
    is_approved: bool | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError(f"an access from {self.starts_at} until {self.ends_at} is never open")


def state_of(facts: Facts, now: datetime) -> State:
    """What the access is at `now`. Nothing is open that was not approved, nor outside of its period."""
    if facts.is_approved is False:
        return State.REFUSED
    if facts.ended_at is not None and facts.ended_at <= now:
        return State.ENDED
    if facts.is_approved is None:
        return State.LAPSED if now >= facts.ends_at else State.ASKED
    if now >= facts.ends_at:
        return State.EXPIRED
    return State.ALLOWED if now >= facts.starts_at else State.UPCOMING


# What can still become or be an open access.
LIVE = frozenset({State.ASKED, State.UPCOMING, State.ALLOWED})
