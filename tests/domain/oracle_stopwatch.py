"""Clocks the slow way: time is cut into minutes, and each minute is counted or not.

Shares nothing with `sla.domain.stopwatch` but the events it is told, all of which must fall on whole
minutes after `ORIGIN`. Open time is a predicate on a minute; nothing is computed, only counted.
"""

from datetime import UTC, datetime, timedelta

from sla.domain import clock_events as events
from sla.domain.targets import Unit

ORIGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)  # a Friday morning before opening
HORIZON = 20 * 24 * 60
MINUTE = timedelta(minutes=1)
WEEKLY_HOURS = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))
CLOSED = datetime(2026, 11, 24, tzinfo=UTC).date()  # the Tuesday after
STANDARD_DAY = 480


def is_open(minute: int) -> bool:
    moment = ORIGIN + minute * MINUTE
    of_day = moment.hour * 60 + moment.minute
    return (
        moment.weekday() < 5
        and moment.date() != CLOSED
        and any(start <= of_day < end for start, end in WEEKLY_HOURS)
    )


OPEN = [is_open(minute) for minute in range(HORIZON)]


def minute_of(at: datetime) -> int:
    return (at - ORIGIN) // MINUTE


class Oracle:
    """What a story comes to; the attributes mirror `Reading`, in minutes since ORIGIN."""

    def __init__(self, told: list, now: datetime) -> None:
        told = sorted(told, key=lambda event: event.at)
        self.stopped = next((minute_of(e.at) for e in told if isinstance(e, events.Stopped)), None)
        self.paused = self._paused_minutes(told)
        self.cancelled = None
        self.breached = None
        self.start = minute_of(told[0].at)
        self.promises = []
        self._promise(told)
        self.read_at = self.cancelled if self.cancelled is not None else self.stopped
        if self.read_at is None:
            self.read_at = max(minute_of(now), *(minute_of(event.at) for event in told))
        due = self.due()
        if due is not None and due < self.read_at:
            self.breached = due

    def _paused_minutes(self, told: list) -> list[bool]:
        held: set = set()
        paused = [False] * HORIZON
        changes: dict[int, list] = {}
        for event in told:
            if isinstance(event, events.Paused | events.Resumed):
                changes.setdefault(minute_of(event.at), []).append(event)
        for minute in range(HORIZON if self.stopped is None else self.stopped):
            for event in changes.get(minute, ()):
                if isinstance(event, events.Paused):
                    held.add(event.reason)
                elif event.reason is None:
                    held.clear()
                else:
                    held.discard(event.reason)
            paused[minute] = bool(held)
        return paused

    def _promise(self, told: list) -> None:
        target = told[0].target
        self.promises = [(self.start, target)]
        for event in told[1:]:
            at = minute_of(event.at)
            if self.stopped is not None and (at > self.stopped or isinstance(event, events.Stopped)):
                return
            if self._any_passed(self.promises, at) and self.cancelled is None:
                continue
            if isinstance(event, events.Cancelled):
                self.cancelled = at
            elif isinstance(event, events.Retargeted):
                before = self.promises if self.cancelled is None else []
                if before and event.target == target:
                    continue
                target = event.target
                self.cancelled = None
                if self._any_passed([(self.start, target)], at):
                    self.promises = [*before, (at, target)]
                else:
                    self.promises = [(self.start, target)]

    def _any_passed(self, promises, at: int) -> bool:
        dues = [self.used_up(promise) for promise in promises]
        return any(due is not None and due < at for due in dues)

    def counts(self, minute: int, target) -> bool:
        return not self.paused[minute] and (target.unit is Unit.ELAPSED_MINUTES or OPEN[minute])

    def used_up(self, promise) -> int | None:
        start, target = promise
        left = target.amount * (STANDARD_DAY if target.unit is Unit.BUSINESS_DAYS else 1)
        for minute in range(start, HORIZON):
            left -= self.counts(minute, target)
            if left == 0:
                return minute + 1
        return None

    def consumed(self, promise) -> int:
        start, target = promise
        return sum(self.counts(minute, target) for minute in range(start, self.read_at))

    def due(self) -> int | None:
        if self.cancelled is not None:
            return None
        dues = [self.used_up(promise) for promise in self.promises]
        return min((due for due in dues if due is not None), default=None)

    def state(self) -> str:
        if self.cancelled is not None:
            return "cancelled"
        if self.breached is not None:
            return "breached"
        if self.stopped is not None:
            return "met"
        return "paused" if self.paused[min(self.read_at, HORIZON - 1)] else "running"
