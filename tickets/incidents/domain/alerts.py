"""What a monitor says, as values, and the spans of outage that many sayings make together (AVL-5).

A monitor repeats itself, is heard out of order, and may tell of an end before the beginning. So each saying
is kept as what it is, a turn for the worse or the better at an instant, and the spans are read from all of
them: in whatever order and however often they came, the same ones.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from lynnsupport.common.intervals import Interval

FINGERPRINT_LENGTH = 100
WORDS_LENGTH = 500
TENANT_LENGTH = 40
# A monitor's clock that tells of times outside these is wrong, and no database of ours is asked to hold them.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class NotUnderstood(ValueError):
    """This is no message of that monitor."""


@dataclass(frozen=True, slots=True)
class Turn:
    """From `at` on it was down, or up again. `alert` names what is watched; equal turns are the same one."""

    alert: str
    at: datetime
    is_down: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that a monitor says is down or up again. `tenant` is the ID that it names, or empty.

    `turns` has one of each kind at most: an alert that is over may tell of both at once.
    """

    fingerprint: str
    words: str
    turns: tuple[Turn, ...]
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a monitor: what it tells, and how many of its alerts could not be read.

    One without alerts is a test, a sign of life, or about something else than being up or down.
    """

    alerts: tuple[Alert, ...] = ()
    unread: int = 0


def spans_of(turns: Iterable[Turn]) -> list[Interval]:
    """When the thing watched was down: sorted, apart from one another, the last one perhaps still open.

    Turns are of one alert. Being told again that it is down, or up, changes nothing; what is told to be down
    and up at one instant was down for no time.
    """
    spans: list[Interval] = []
    down_since: datetime | None = None
    for turn in sorted(set(turns), key=lambda each: (each.at, not each.is_down)):
        if turn.is_down and down_since is None:
            down_since = turn.at
        elif not turn.is_down and down_since is not None:
            if turn.at > down_since:
                spans.append(Interval(down_since, turn.at))
            down_since = None
    if down_since is not None:
        spans.append(Interval(down_since, None))
    return spans


def fingerprint_of(name: str) -> str:
    """`name` as it is stored: one that is too long, or that no database holds, is replaced by its digest."""
    if 0 < len(name) <= FINGERPRINT_LENGTH and name.isprintable():
        return name
    return digest_of(name)


def digest_of(text: str) -> str:
    """64 characters that stand for `text`."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def words_of(*parts: object) -> str:
    """The first sayings that are texts, on one line, cut to what is stored."""
    said = " · ".join(part for part in parts if isinstance(part, str) and part.strip())
    shown = "".join(char if char.isprintable() else " " for char in said[: 4 * WORDS_LENGTH])
    line = " ".join(shown.split())
    return line if len(line) <= WORDS_LENGTH else f"{line[: WORDS_LENGTH - 1]}…"


def tenant_of(value: object) -> str:
    """The ID of a tenant as a monitor writes it, or nothing where it cannot be one."""
    code = value.strip() if isinstance(value, str) else ""
    return code if len(code) <= TENANT_LENGTH and code.isprintable() else ""


def instant(value: object, *, assumed: tzinfo | None = None) -> datetime:
    """An RFC 3339 time (nanoseconds are cut to microseconds) in UTC; `assumed`: the zone of one without.

    Raises NotUnderstood for anything else, and for one that no honest clock shows.
    """
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise NotUnderstood("no time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=assumed)
    if moment.tzinfo is None or not EARLIEST <= moment < LATEST:
        raise NotUnderstood("no time that an honest clock shows")
    return moment.astimezone(UTC)


def mapping(value: object) -> Mapping[str, Any]:
    """`value`, or NotUnderstood where it is no JSON object."""
    if not isinstance(value, Mapping):
        raise NotUnderstood("an object is missing")
    return value
