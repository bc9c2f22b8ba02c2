"""What the clocks of a ticket should show, the slow way: minutes are counted one by one.

Told what people did, not what the product stored. Shares no code with `sla` or `tickets`: open hours,
targets and rules are written down here once more, as the agreement states them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CHILE = ZoneInfo("America/Santiago")
HOLIDAYS = {date(2026, 9, 18), date(2026, 9, 19), date(2026, 12, 8), date(2026, 12, 25)}
MINUTE = timedelta(minutes=1)
DAYS = 32  # as long as a story and its last deadline can take
HORIZON = DAYS * 24 * 60
FOREVER = HORIZON + 1

ELAPSED, BUSINESS = "elapsed", "business"
TARGETS = {  # minutes by kind and severity; a business day has 480 of them
    "first_response": {1: (15, ELAPSED), 2: (60, BUSINESS), 3: (120, BUSINESS)},
    "next_response": {1: (15, ELAPSED), 2: (60, BUSINESS), 3: (120, BUSINESS)},
    "restoration_goal": {1: (60, BUSINESS)},
    "restoration": {1: (240, BUSINESS), 2: (480, BUSINESS), 3: (960, BUSINESS)},
}
RESTORATION = ("restoration_goal", "restoration")


@lru_cache(maxsize=8)
def open_minutes(origin: datetime) -> list[bool]:
    """For each minute after `origin`, whether Chile's support is open in it."""
    opened = []
    for minute in range(HORIZON):
        local = (origin.astimezone(UTC) + minute * MINUTE).astimezone(CHILE)
        works = local.weekday() < 5 and local.date() not in HOLIDAYS
        opened.append(works and (9 <= local.hour < 13 or 14 <= local.hour < 18))
    return opened


def severity_of(impact: int) -> int:
    return 1 if impact > 80 else 2 if impact >= 10 else 3


@dataclass
class Log:
    """What was done, in minutes after `origin`, each list in the order of doing."""

    origin: datetime
    escalated: int | None = None
    severities: list[tuple[int, int]] = field(
        default_factory=list
    )  # (minute, severity); the first at opening
    goal_due: bool = False  # severity 1 was in force while restoration was owed
    answers: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    stops: list[tuple[int, str]] = field(default_factory=list)  # restored, or reopened
    pauses: list[list] = field(default_factory=list)  # [reason, from, to or None]
    exclusions: list[list] = field(default_factory=list)  # [ground, from, reverted or None]
    closed: int | None = None
    closings: list[list] = field(default_factory=list)  # ["closed", from, to]: closed and open again

    def severity_at(self, minute: int) -> int:
        return [severity for at, severity in self.severities if at <= minute][-1]

    def hold(self, reason: str, minute: int) -> None:
        if not any(pause[0] == reason and pause[2] is None for pause in self.pauses):
            self.pauses.append([reason, minute, None])

    def release(self, minute: int, *reasons: str) -> None:
        for pause in self.pauses:
            if pause[2] is None and (not reasons or pause[0] in reasons):
                pause[2] = minute

    def grounds(self, kind: str) -> list[int]:
        """Since when each exclusion in force lifts this kind of clock."""
        lifts = {"third_party": RESTORATION, "preview": tuple(TARGETS), "custom_development": tuple(TARGETS)}
        return [since for ground, since, end in self.exclusions if end is None and kind in lifts[ground]]


@dataclass(frozen=True)
class Shown:
    kind: str
    started: int
    state: str
    due: int | None
    breached: int | None
    stopped: int | None


def clocks(log: Log, end: int) -> Iterator[Shown]:
    """Every clock that the ticket should have at `end`."""
    if log.escalated is None:
        return
    yield _response(log, "first_response", log.escalated, end)
    for start in _next_responses(log):
        yield _response(log, "next_response", start, end)
    for kind in RESTORATION:
        if kind == "restoration" or log.goal_due:
            yield _restoration(log, kind, end)


def _next_responses(log: Log) -> Iterator[int]:
    """RSP-4: words of the customer while no answer is owed."""
    owed_since: int | None = log.escalated
    happened = [(at, "answer") for at in log.answers] + [(at, "word") for at in log.words]
    for at, what in sorted(happened):
        if at < log.escalated:
            continue
        if what == "answer":
            owed_since = None
        elif owed_since is None:
            owed_since = at
            yield at


def _response(log: Log, kind: str, start: int, end: int) -> Shown:
    stop = min((at for at in log.answers if at >= start), default=None)
    events = [(at, "retarget", TARGETS[kind].get(severity)) for at, severity in log.severities if at > start]
    events += [(stop, "stop", None)] if stop is not None else []
    events += [(log.closed, "cancel", None)] if log.closed is not None else []
    return _count(log, kind, start, events, log.closings, end)


def _restoration(log: Log, kind: str, end: int) -> Shown:
    start = log.escalated
    events = [(at, "retarget", TARGETS[kind].get(severity)) for at, severity in log.severities if at > start]
    events += [(at, what, None) for at, what in log.stops]
    events += [(log.closed, "cancel", None)] if log.closed is not None else []
    return _count(log, kind, start, events, [*log.pauses, *log.closings], end)


def _count(log: Log, kind: str, start: int, events: list, pauses: list, end: int) -> Shown:
    events = sorted(events, key=lambda event: event[0])
    still = _stands_still(events, pauses)
    opened = open_minutes(log.origin)

    def runs_out(promise: tuple) -> int | None:
        begun, (left, measure) = promise
        for minute in range(begun, HORIZON):
            if not still[minute] and (measure == ELAPSED or opened[minute]):
                left -= 1
                if left == 0:
                    return minute + 1
        return None

    def over(promises: list, at: int) -> bool:
        dues = [runs_out(promise) for promise in promises]
        return any(due is not None and due < at for due in dues)

    target = TARGETS[kind].get(log.severity_at(start))
    promises = [(start, target)] if target else []
    cancelled = None if target else start
    stopped = None
    is_closed = False
    for at, what, wanted in events:
        if what == "reopen":
            stopped = None
        elif stopped is not None:
            continue
        elif what == "stop":
            stopped = at
        elif what == "cancel" or wanted is None:
            is_closed = is_closed or what == "cancel"
            if cancelled is None and not over(promises, at):
                cancelled = at
        elif is_closed:
            continue  # until it is open again, and then there is no such closing
        elif cancelled is not None or not (over(promises, at) or wanted == target):
            kept = [] if cancelled is not None else promises
            anew = (start, wanted)
            promises = [*kept, (at, wanted)] if over([anew], at) else [anew]
            target, cancelled = wanted, None
    due = None
    if cancelled is None:
        due = min((d for d in map(runs_out, promises) if d is not None), default=None)
    return _judge(log, kind, start, due, stopped, cancelled, still, pauses, end)


def _judge(log, kind, start, due, stopped, cancelled, still, pauses, end) -> Shown:
    lifted = min((max(since, start) for since in log.grounds(kind)), default=None)
    ended = cancelled if cancelled is not None else stopped
    holds = lifted is not None and (ended is None or lifted < ended)
    if holds:
        ended = lifted
    read_at = end if ended is None else ended
    breached = due if due is not None and due < read_at else None
    excused = holds or (lifted is not None and breached is not None)
    if cancelled is not None:
        state = "cancelled"
    elif excused:
        state, due = "excused", breached
    elif breached is not None:
        state = "breached"
    elif stopped is not None:
        state = "met"
    else:
        state = "paused" if still[read_at] and any(pause[2] is None for pause in pauses) else "running"
    return Shown(kind, start, state, due, breached, stopped)


def _stands_still(events: list, pauses: list) -> list[bool]:
    """Minutes that do not count: paused for a reason, or between a stop and the reopening."""
    still = [False] * (HORIZON + 1)
    ends, stopped = [], None  # (stop, reopening)
    for at, what, _ in events:
        if what == "stop" and stopped is None:
            stopped = at
        elif what == "reopen" and stopped is not None:
            ends.append((stopped, at))
            stopped = None
    for begun, again in ends:
        still[begun:again] = [True] * (again - begun)
    if stopped is not None:
        ends.append((stopped, FOREVER))
    for _, begun, until in pauses:
        until = FOREVER if until is None else until
        if any(stop <= begun < again for stop, again in ends):
            continue
        until = min([until, *(stop for stop, _ in ends if stop > begun)])
        length = min(until, HORIZON + 1) - begun
        still[begun : begun + length] = [True] * length
    return still
