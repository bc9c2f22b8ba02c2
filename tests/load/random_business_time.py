"""Ask the business calendar and the oracle the same random questions, and count the differences.

    python -m tests.load.random_business_time --cases 100000 --seed 1

A case is one calendar, two instants and one duration; five questions are asked of each. Most
calendars are looked at around a change of the clocks. Prints how many were asked and how many
answers differ; exits with 1 if any does.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sla.domain.business_time import BusinessCalendar, NeverOpen
from tests.domain.oracle_business_time import Oracle, OutOfSightError, WallClock

MINUTE, SECOND, DAY = timedelta(minutes=1), timedelta(seconds=1), timedelta(days=1)
CASES_PER_CALENDAR = 50
CALENDARS_PER_CLOCK = 2
SHOWN_DIFFERENCES = 5

ZONES = [
    "America/Santiago",
    "America/Lima",
    "America/Guayaquil",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Asuncion",
    "America/Nuuk",
    "America/Caracas",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Easter",
    "UTC",
]
# Dates that their zones left out or lived through twice, and other large steps.
LEAPS = [
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Pacific/Kiritimati", date(1994, 12, 31)),
    ("Pacific/Kwajalein", date(1969, 9, 30)),
]


@dataclass(frozen=True)
class Rules:
    """What a calendar is made of, in the order of its arguments."""

    zone: ZoneInfo
    weekly: dict[int, list[tuple[time, time]]]
    closed: list[date]
    special: dict[date, list[tuple[time, time]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    asked = different = 0
    for case, answer, expected in questions(Random(options.seed), options.cases):
        asked += 1
        if answer != expected:
            different += 1
            if different <= SHOWN_DIFFERENCES:
                print(f"{case}\n  calendar {answer}\n  oracle   {expected}")
    print(f"cases {options.cases}, asked {asked}, different {different}")
    return 1 if different else 0


def questions(random: Random, cases: int) -> Iterator[tuple[str, Any, Any]]:
    """(the question in words, the calendar's answer, the oracle's) for so many cases."""
    while cases > 0:
        zone, clock = random_clock(random)
        for _ in range(CALENDARS_PER_CLOCK):
            rules = random_rules(random, zone, clock)
            oracle = Oracle(clock, rules.weekly, rules.closed, rules.special)
            calendar = BusinessCalendar(zone, rules.weekly, rules.closed, rules.special)
            for _ in range(min(cases, CASES_PER_CALENDAR)):
                cases -= 1
                yield from case(random, rules, calendar, oracle)


def case(
    random: Random, rules: Rules, calendar: BusinessCalendar, oracle: Oracle
) -> Iterator[tuple[str, Any, Any]]:
    first, last = sight(oracle.clock)
    start = random_instant(random, rules, first, first + (last - first) / 2)
    end = random_end(random, rules, start, first, last)
    duration = random_duration(random, start, oracle)
    asked: list[tuple[str, tuple[Any, ...]]] = [
        ("add", (start, duration)),
        ("between", (start, end)),
        ("is_open", (start,)),
        ("open_intervals", (start, end)),
        ("end_of_business_day", (start, random.randint(1, 5))),
    ]
    for name, arguments in asked:
        try:
            expected = getattr(oracle, name)(*arguments)
        except OutOfSightError:
            if any(rules.weekly.values()):
                continue  # the calendar may see further than the oracle
            expected = NeverOpen
        answer = answer_of(getattr(calendar, name), *arguments)
        yield f"{name}{arguments!r} of {rules}", answer, expected


def answer_of(ask: Callable[..., Any], *arguments: Any) -> Any:
    try:
        answer = ask(*arguments)
    except NeverOpen:
        return NeverOpen
    if isinstance(answer, list):
        return [(interval.start, interval.end) for interval in answer]
    return answer


def random_clock(random: Random) -> tuple[ZoneInfo, WallClock]:
    """Mostly five weeks in minutes; now and then five days in seconds, some when offsets had seconds."""
    if random.random() < 0.05:
        zone = ZoneInfo(random.choice(ZONES))
        centre = datetime(random.choice([1880, 1905, 2026]), 4, random.randint(3, 20), tzinfo=UTC)
        return zone, WallClock(zone, centre - 2 * DAY, 5 * 86_400, SECOND)
    if random.random() < 0.1:
        name, leap = random.choice(LEAPS)
        zone, centre = ZoneInfo(name), datetime.combine(leap, time(), UTC)
    else:
        zone = ZoneInfo(random.choice(ZONES))
        year = random.randint(1995, 2040)
        centre = datetime(year, 1, 1, tzinfo=UTC) + random.randrange(365) * DAY
        changes = changes_of_clocks(zone, year)
        if changes and random.random() < 0.8:
            centre = random.choice(changes)
    centre = centre.replace(hour=0, minute=0, second=0)
    return zone, WallClock(zone, centre - random.randint(3, 20) * DAY, 35 * 24 * 60, MINUTE)


@lru_cache
def changes_of_clocks(zone: ZoneInfo, year: int) -> list[datetime]:
    """The days of UTC in that year at whose ends the zone is not equally far from UTC."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + number * DAY for number in range(366)]
    return [
        day for day in days if day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset()
    ]


def random_rules(random: Random, zone: ZoneInfo, clock: WallClock) -> Rules:
    hours = hours_by_second if clock.tick == SECOND else hours_by_minute
    weekly = (
        {} if random.random() < 0.1 else {day: hours(random) for day in range(7) if random.random() < 0.8}
    )
    closed = [day for day in clock.dates if random.random() < 0.1]
    special = {day: hours(random) for day in clock.dates if random.random() < 0.15}
    return Rules(zone, weekly, closed, special)


def hours_by_minute(random: Random) -> list[tuple[time, time]]:
    """Up to four intervals, some touching, some up to midnight, many in the hours when clocks change."""
    grid = random.choice([1, 5, 15, 30, 60])
    until = random.choice([4 * 60, 24 * 60, 24 * 60])
    marks = [minute * 60 for minute in range(0, until + 1, grid)]
    return hours_from(random, marks)


def hours_by_second(random: Random) -> list[tuple[time, time]]:
    return hours_from(random, random.sample(range(86_401), 20))


def hours_from(random: Random, marks: list[int]) -> list[tuple[time, time]]:
    count = min(random.choice([0, 1, 1, 2, 2, 3, 4]), len(marks) // 2)
    chosen = sorted(random.sample(marks, 2 * count))
    if count > 1 and random.random() < 0.2:
        chosen[2] = chosen[1]
    if count and random.random() < 0.15:
        chosen[-1] = 86_400
    if count and random.random() < 0.15:
        chosen[0] = 0
    clocks = [(datetime.min + timedelta(seconds=mark % 86_400)).time() for mark in chosen]
    hours = list(zip(clocks[::2], clocks[1::2], strict=True))
    random.shuffle(hours)
    return hours


def sight(clock: WallClock) -> tuple[datetime, datetime]:
    """The instants that certainly lie in the dates of which the oracle knows the hours."""
    return clock.start + DAY + timedelta(hours=1), clock.start + clock.ticks * clock.tick - 2 * DAY


def random_instant(random: Random, rules: Rules, first: datetime, last: datetime) -> datetime:
    """On a minute, on a second or between two; in UTC, in the calendar's zone or in another."""
    grain = random.choice([MINUTE, SECOND, timedelta(microseconds=1)])
    instant = first + random.randrange((last - first) // grain) * grain
    return instant.astimezone(random.choice([UTC, rules.zone, ZoneInfo("Asia/Kolkata")]))


def random_end(random: Random, rules: Rules, start: datetime, first: datetime, last: datetime) -> datetime:
    """Mostly within days of the start, sometimes before it."""
    if random.random() < 0.8:
        start = start.astimezone(UTC)
        first, last = max(first, start - DAY), min(last, start + 6 * DAY)
    return random_instant(random, rules, first, last)


def random_duration(random: Random, start: datetime, oracle: Oracle) -> timedelta:
    kind = random.random()
    if kind < 0.1:
        return timedelta(0)
    if kind < 0.3:  # used up exactly at a closing
        closings = [until for _, until in oracle.open_intervals(start, start.astimezone(UTC) + DAY)]
        if closings:
            return oracle.between(start, random.choice(closings))
    if kind < 0.65:
        return random.randint(1, 3000) * MINUTE
    return timedelta(microseconds=random.randrange(60 * 3_600 * 10**6))


if __name__ == "__main__":
    sys.exit(main())
