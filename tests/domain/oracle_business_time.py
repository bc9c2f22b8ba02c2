"""Business time the slow way, to compare the fast way with.

Nothing here is shared with `sla.domain`, nor does anything rely on how Python reads a local time:
time is cut into ticks, each tick is asked what the wall clock shows, and ticks are counted.
Every opening and closing must fall on a tick; the instants asked about need not.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)


class OutOfSightError(Exception):
    """The answer lies past the last tick that this oracle looks at."""


class WallClock:
    """What the clocks of a zone show, tick by tick, from `start` (UTC) on."""

    def __init__(self, zone: ZoneInfo, start: datetime, ticks: int, tick: timedelta) -> None:
        self.start, self.ticks, self.tick = start.astimezone(UTC), ticks, tick
        self.shown = [
            (self.start + number * tick).astimezone(zone).replace(tzinfo=None, fold=0)
            for number in range(ticks)
        ]
        self.first_shown: dict[datetime, int] = {}
        self.last_shown: dict[datetime, int] = {}
        for number, shown in enumerate(self.shown):
            self.first_shown.setdefault(shown, number)
            self.last_shown[shown] = number
        self.dates = sorted({shown.date() for shown in self.first_shown})[1:-1]  # the whole ones

    def tick_of(self, local: datetime) -> int:
        """The first tick that shows `local`; if it is skipped, as if the clocks had not been changed."""
        if local in self.first_shown:
            return self.first_shown[local]
        steps = 0
        while local not in self.last_shown:
            local -= self.tick
            steps += 1
        return self.last_shown[local] + steps


wall_clock = lru_cache(maxsize=4)(WallClock)


class Oracle:
    """Answers what `BusinessCalendar` answers, within the whole local dates of a wall clock."""

    def __init__(self, clock: WallClock, weekly, closed=(), special=None) -> None:
        self.clock = clock
        self.tick = clock.tick // MICROSECOND
        self.open = bytearray(clock.ticks)
        self.closings: dict[date, int] = {}
        for day in clock.dates:
            hours = weekly.get(day.weekday(), ())
            if day in closed:
                hours = ()
            if special and day in special:
                hours = special[day]
            for start, end in hours:
                self._open(day, start, end)

    def _open(self, day: date, start: time, end: time) -> None:
        ends_on = day + timedelta(days=1) if end == time(0) else day
        first = self.clock.tick_of(datetime.combine(day, start.replace(fold=0)))
        last = self.clock.tick_of(datetime.combine(ends_on, end.replace(fold=0)))
        for number in range(first, last):
            self.open[number] = 1
            self.closings[day] = max(last, self.closings.get(day, last))

    def _micros(self, moment: datetime) -> int:
        return (moment.astimezone(UTC) - self.clock.start) // MICROSECOND

    def _moment(self, micros: int) -> datetime:
        return self.clock.start + micros * MICROSECOND

    def is_open(self, at: datetime) -> bool:
        return bool(self.open[self._micros(at) // self.tick])

    def add(self, start: datetime, duration: timedelta) -> datetime:
        now, left = self._micros(start), duration // MICROSECOND
        for number in range(now // self.tick, self.clock.ticks):
            ends = (number + 1) * self.tick
            if self.open[number]:
                if left == 0 or now + left <= ends:
                    return self._moment(now + left)
                left -= ends - now
            now = ends
        raise OutOfSightError

    def between(self, start: datetime, end: datetime) -> timedelta:
        return sum((until - since for since, until in self.open_intervals(start, end)), timedelta(0))

    def open_intervals(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        first, last = self._micros(start), self._micros(end)
        found: list[list[int]] = []
        for number in range(first // self.tick, -(-last // self.tick)):
            if self.open[number]:
                since, until = max(number * self.tick, first), min((number + 1) * self.tick, last)
                if found and found[-1][1] == since:
                    found[-1][1] = until
                elif since < until:
                    found.append([since, until])
        return [(self._moment(since), self._moment(until)) for since, until in found]

    def end_of_business_day(self, start: datetime, nth: int) -> datetime:
        today = self.clock.shown[self._micros(start) // self.tick].date()
        later = [day for day in sorted(self.closings) if day > today]
        if len(later) < nth:
            raise OutOfSightError
        return self._moment(self.closings[later[nth - 1]] * self.tick)
