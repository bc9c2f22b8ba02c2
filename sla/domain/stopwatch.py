"""A clock, read from its events: what it has counted, when it falls due, what became of it.

The whole of a clock is a function of its events, its calendar and `now`; nothing is kept between two
readings. The conventions:

- Events are given in the order in which they were recorded and take effect in the order of their
  instants; those of one instant in the order given. So a call entered afterwards counts from when it
  was made: the earliest stop wins, and a pause recorded late is seen by every later retarget.
- Every event given has happened: where `now` lies before the last of them (a server whose clock is
  behind), the clock is read at that last event.
- Several reasons to pause may hold at once; the clock runs when none does.
- After a stop, and after the ticket was closed, nothing has effect but a reopening; both end every pause. The
  time in between does not count (CRP-3). What was still to be done when a ticket was closed does not apply
  until it is reopened. After a breach or a stop, a change of severity has no effect (SEV-5: it stays
  so). A breached clock goes on counting, with its pauses.
- While an exclusion holds, the clock is excused from that instant: no deadline, no warning, no breach comes
  after it; what was met before stays met, and a breach from before it stays on record (EXC-1, RST-7).
  Reverted, it never was: all that happened meanwhile counts as it would have (EXC-3).
- A new version applied on purpose is a change of target like one of severity, perhaps in another calendar.
- A deadline that is reached is not moved by a pause that begins at that instant or later.
- Results are in UTC. `IllegalClock` is raised for a story that cannot have happened.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from lynnsupport.common.intervals import Interval, subtract, union

from .clock_events import (
    Cancelled,
    ClockEvent,
    Excluded,
    Ground,
    Paused,
    PauseReason,
    Readmitted,
    Reopened,
    Resumed,
    Retargeted,
    Started,
    Stopped,
)
from .readings import ClockState, Exclusion, Pause, Promise, Reading, Threshold
from .targets import Target, WorkingCalendar

__all__ = [
    "Cancelled",
    "ClockEvent",
    "ClockState",
    "Excluded",
    "Exclusion",
    "Ground",
    "IllegalClock",
    "Pause",
    "PauseReason",
    "Paused",
    "Promise",
    "Reading",
    "Readmitted",
    "Reopened",
    "Resumed",
    "Retargeted",
    "Started",
    "Stopped",
    "Threshold",
    "read",
]

NO_TIME = timedelta()
NEVER = datetime.max.replace(tzinfo=UTC)


class IllegalClock(ValueError):
    """The events tell a story that cannot have happened."""


def read(
    events: Iterable[ClockEvent],
    calendar: WorkingCalendar,
    now: datetime,
    *,
    calendar_of: Callable[[str], WorkingCalendar] | None = None,
) -> Reading:
    """The clock that these events make, at `now` (aware; ValueError otherwise).

    `calendar_of` finds the calendars that events name by digest; `calendar` counts where none is named.
    """
    told = _in_order(events)
    if not told:
        raise IllegalClock("the clock never started")
    (at, started), *rest = told
    if not isinstance(started, Started):
        raise IllegalClock(f"{type(started).__name__} at {at}, before the clock started")
    story = _Story(calendar, at, started, calendar_of or _unknown_calendar)
    for at, event in rest:
        story.tell(at, event)
    return story.reading(_utc(now))


def _unknown_calendar(digest: str) -> WorkingCalendar:
    raise IllegalClock(f"no way to find the calendar {digest}")


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def _in_order(events: Iterable[ClockEvent]) -> list[tuple[datetime, ClockEvent]]:
    """Events by instant (in UTC, where comparing is exact); a late start is a start and a retarget."""
    told: list[tuple[datetime, ClockEvent]] = []
    for event in events:
        told.append((_utc(event.at), event))
        if isinstance(event, Started) and event.applies_from is not None:
            if event.applies_from < event.at:
                raise IllegalClock(f"the clock applies from {event.applies_from}, before it counts")
            came = Retargeted(event.applies_from, event.target, event.calendar)
            told.append((_utc(event.applies_from), came))
    return sorted(told, key=lambda pair: pair[0])


class _Story:
    """The events so far."""

    def __init__(
        self,
        calendar: WorkingCalendar,
        at: datetime,
        started: Started,
        calendar_of: Callable[[str], WorkingCalendar],
    ) -> None:
        self.calendar_of = calendar_of
        self.calendar_name = started.calendar
        self.calendar = calendar_of(started.calendar) if started.calendar else calendar
        self.started_at = self.last = at
        self.target = started.target
        self.promises = [Promise(at, started.target, at, self.calendar)]
        # A clock that is to apply only later does not apply until then.
        self.lacks_target_since = None if started.applies_from is None else at
        self.stopped_at: datetime | None = None
        self.closed_at: datetime | None = None  # with the ticket
        self.is_cut_short = False  # by that closing, which came before the deadline
        self.held: dict[PauseReason, datetime] = {}
        self.pauses: list[Pause] = []
        self.excluded: dict[Ground, datetime] = {}
        self.reverted: list[Exclusion] = []

    def tell(self, at: datetime, event: ClockEvent) -> None:
        self.last = at
        match event:
            case Started():
                raise IllegalClock(f"the clock started twice: at {self.started_at} and at {at}")
            case Reopened():
                self._reopen(at)
            case Excluded(_, ground):
                self._exclude(at, ground)
            case Readmitted(_, ground):
                self._readmit(at, ground)
            case Cancelled(_, True):
                self._close(at)
            case _ if self.stopped_at is not None:
                return
            case Paused() | Resumed() if self.closed_at is not None:
                return
            case Paused(_, reason):
                self._pause(at, reason)
            case Resumed(_, reason):
                self._resume(at, reason)
            case Retargeted(_, target, calendar):
                self._retarget(at, target, calendar or self.calendar_name)
            case Cancelled():
                self._cancel(at)
            case Stopped():
                self._stop(at)

    @property
    def cancelled_at(self) -> datetime | None:
        """Since when nothing is owed: for lack of a target, or as the ticket is closed (CRP-3)."""
        closed_at = self.closed_at if self.is_cut_short else None
        return min((since for since in (self.lacks_target_since, closed_at) if since), default=None)

    def _reopen(self, at: datetime) -> None:
        """The closed case goes on, or what was done did not hold; the time since then does not count."""
        if self.closed_at is not None:
            since, until = self.closed_at, self.stopped_at or at  # a stop ends every pause, this one too
            self.closed_at, self.is_cut_short = None, False
        elif self.stopped_at is not None and self.target.may_pause:
            since, until = self.stopped_at, at
            self.stopped_at = None
        else:
            why = "it did not stop" if self.stopped_at is None else "it was answered"
            raise IllegalClock(f"a {self.target.kind} clock cannot be reopened at {at}: {why}")
        if until > since:
            self.pauses.append(Pause(since, until, PauseReason.CLOSED))

    def _pause(self, at: datetime, reason: PauseReason) -> None:
        if not self.target.may_pause:
            raise IllegalClock(f"a {self.target.kind} clock never pauses (RST-6)")
        if reason in self.held:
            raise IllegalClock(f"paused for {reason} at {at}, but so it is since {self.held[reason]}")
        # One that ended at this very instant goes on.
        ended = next((each for each in self.pauses if (each.reason, each.end) == (reason, at)), None)
        if ended is not None:
            self.pauses.remove(ended)
        self.held[reason] = ended.start if ended else at

    def _resume(self, at: datetime, reason: PauseReason | None) -> None:
        ended = list(self.held) if reason is None else [reason]
        if not ended or not self.held.keys() >= set(ended):
            raise IllegalClock(f"resumed at {at}, but not paused" + (f" for {reason}" if reason else ""))
        for each in ended:
            self._end_pause(each, at)

    def _end_pause(self, reason: PauseReason, at: datetime) -> None:
        start = self.held.pop(reason)
        if start < at:
            self.pauses.append(Pause(start, at, reason))

    def _stop(self, at: datetime) -> None:
        self._end_pauses(at)
        self.stopped_at = at

    def _end_pauses(self, at: datetime) -> None:
        for reason in list(self.held):
            self._end_pause(reason, at)

    def _exclude(self, at: datetime, ground: Ground) -> None:
        if ground in self.excluded:
            raise IllegalClock(f"excluded for {ground} at {at}, but so it is since {self.excluded[ground]}")
        self.excluded[ground] = at

    def _readmit(self, at: datetime, ground: Ground) -> None:
        if ground not in self.excluded:
            raise IllegalClock(f"readmitted at {at}, but not excluded for {ground}")
        self.reverted.append(Exclusion(ground, self.excluded.pop(ground), at))

    def _retarget(self, at: datetime, target: Target, calendar_name: str) -> None:
        """SEV-5: from the original start; where that is over already, from now, within the old deadline."""
        if target.kind is not self.target.kind:
            raise IllegalClock(f"a {self.target.kind} clock cannot become a {target.kind} clock")
        applied = [] if self.lacks_target_since else self.promises
        is_the_same = (target, calendar_name) == (self.target, self.calendar_name)
        if self._is_over_before(at, applied) or (applied and is_the_same):
            return
        calendar = self.calendar if calendar_name == self.calendar_name else self.calendar_of(calendar_name)
        anew = Promise(self.started_at, target, at, calendar)
        would_be_over = self._is_over_before(at, [anew])
        self.promises = [*applied, Promise(at, target, at, calendar)] if would_be_over else [anew]
        self.target, self.lacks_target_since = target, None
        self.calendar, self.calendar_name = calendar, calendar_name

    def _cancel(self, at: datetime) -> None:
        if self.lacks_target_since is not None and self.closed_at is None:
            since = self.lacks_target_since
            raise IllegalClock(f"cancelled at {at}, but the clock does not apply since {since}")
        counted_until = self.closed_at or at
        if self.lacks_target_since is None and not self._is_over_before(counted_until, self.promises):
            self.lacks_target_since = at

    def _close(self, at: datetime) -> None:
        if self.closed_at is not None:
            return
        self._end_pauses(at)
        is_open = self.stopped_at is None
        applied = [] if self.lacks_target_since else self.promises
        self.is_cut_short = is_open and not self._is_over_before(at, applied)
        self.closed_at = at

    def _is_over_before(self, at: datetime, promises: list[Promise]) -> bool:
        """Whether the deadline of any of the promises had passed by then (RST-7)."""
        pauses = self._pauses()
        dues = (self._runs_out_at(each, each.duration, pauses) for each in promises)
        return any(due is not None and due < at for due in dues)

    def _pauses(self, held_until: datetime | None = None) -> list[Interval]:
        ended = (Interval(pause.start, pause.end) for pause in self.pauses)
        return union([*ended, *(Interval(pause.start, held_until) for pause in self._holding())])

    def _holding(self) -> list[Pause]:
        held = [Pause(start, None, reason) for reason, start in self.held.items()]
        if self.closed_at is None or (self.stopped_at is not None and self.stopped_at < self.closed_at):
            return held
        return [*held, Pause(self.closed_at, None, PauseReason.CLOSED)]

    def _runs_out_at(self, promise: Promise, duration: timedelta, pauses: list[Interval]) -> datetime | None:
        """When the promise has counted `duration` (positive); None where an open pause comes first."""
        measure = promise.measure
        position, left = promise.counts_from, duration
        for pause in pauses:
            if pause.start > position:
                ran = measure.between(position, pause.start)
                if ran >= left:
                    break
                left -= ran
            if pause.end is None:
                return None
            position = max(position, pause.end)
        return measure.add(position, left)

    def _consumed(self, promise: Promise, until: datetime) -> timedelta:
        if until <= promise.counts_from:
            return NO_TIME
        measure = promise.measure
        runs = subtract([Interval(promise.counts_from, until)], self._pauses())
        return sum((measure.between(run.start, run.end or until) for run in runs), NO_TIME)

    def _deciding(self, end: datetime) -> Promise:
        """The promise that falls due first; what is paused is let run on from `end`, to be comparable."""
        if len(self.promises) == 1:
            return self.promises[0]
        pauses = self._pauses(held_until=max(end, self.last))

        def due_at(promise: Promise) -> datetime:
            return self._runs_out_at(promise, promise.duration, pauses) or NEVER

        return min(self.promises, key=due_at)

    def _warnings(self, promise: Promise, end: datetime | None) -> tuple[Threshold, ...]:
        """Instants of the thresholds; those after `end`, where the clock has ended, will never be."""
        duration, pauses = promise.duration, self._pauses()
        percents = promise.target.warning_percents
        ats = [self._runs_out_at(promise, duration * percent // 100, pauses) for percent in percents]
        if end is not None:
            ats = [None if at is None or at > end else at for at in ats]
        return tuple(map(Threshold, percents, ats))

    def _pauses_told(self) -> tuple[Pause, ...]:
        return tuple(sorted([*self.pauses, *self._holding()], key=lambda pause: pause.start))

    def _exclusions(self) -> tuple[Exclusion, ...]:
        hold = (Exclusion(ground, start, None) for ground, start in self.excluded.items())
        return tuple(sorted([*self.reverted, *hold], key=lambda exclusion: exclusion.start))

    def _state(self, breached_at: datetime | None, is_excused: bool) -> ClockState:
        if self.cancelled_at is not None:
            return ClockState.CANCELLED
        if is_excused:
            return ClockState.EXCUSED
        if breached_at is not None:
            return ClockState.BREACHED
        if self.stopped_at is not None:
            return ClockState.MET
        return ClockState.PAUSED if self.held else ClockState.RUNNING

    def reading(self, now: datetime) -> Reading:
        ended_at = self.cancelled_at or self.stopped_at
        excused_since = min(self.excluded.values(), default=None)
        holds = excused_since is not None and (ended_at is None or excused_since < ended_at)
        if holds:
            ended_at = excused_since
        read_at = ended_at or max(now, self.last)
        deciding = self._deciding(read_at)
        duration, consumed = deciding.duration, self._consumed(deciding, read_at)
        due_at = None if self.cancelled_at else self._runs_out_at(deciding, duration, self._pauses())
        breached_at = due_at if due_at is not None and due_at < read_at else None  # RST-7
        is_excused = holds or (excused_since is not None and breached_at is not None)
        warnings = self._warnings(deciding, ended_at)
        return Reading(
            state=self._state(breached_at, is_excused),
            target=self.target,
            promises=tuple(self.promises),
            deciding=deciding,
            started_at=self.started_at,
            due_at=breached_at if is_excused else due_at,
            stopped_at=self.stopped_at,
            cancelled_at=self.cancelled_at,
            excused_since=excused_since if is_excused else None,
            exclusions=self._exclusions(),
            breached_at=breached_at,
            paused_since=self._pauses()[-1].start if self._holding() and not ended_at else None,
            pauses=self._pauses_told(),
            consumed=consumed,
            remaining=duration - consumed,
            warnings=warnings,
            next_check_at=None if ended_at else _next_check(warnings, due_at, read_at),
            read_at=read_at,
        )


def _next_check(warnings: tuple[Threshold, ...], due_at: datetime | None, now: datetime) -> datetime | None:
    news = [warning.at for warning in warnings if warning.at is not None]
    if due_at is not None:
        news.append(due_at + timedelta.resolution)
    return min((at for at in news if at > now), default=None)
