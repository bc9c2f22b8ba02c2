"""Business time beside two published engines, in one run, on the same questions.

    uv run --group bench python -m tests.load.bench_business_time

Prints a table in Markdown. The calendar is one that all three can state: Chile, Monday to Friday
09:00 to 18:00 without a pause, ten years of holidays. Start and end are aware datetimes of
America/Santiago; each engine gets them in the form it takes, made beforehand. Rates are per second
of processor time on one core.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta
import pytz
from business_duration import businessDuration

from sla.domain.business_time import BusinessCalendar

CHILE = ZoneInfo("America/Santiago")
OPENS, CLOSES, ALMOST_MIDNIGHT = time(9), time(18), time(23, 59, 59, 999999)
HOLIDAYS = [
    date(year, month, day) for year in range(2022, 2032) for month, day in [(1, 1), (5, 1), (9, 18), (12, 25)]
]
QUESTIONS = 20_000
ROUNDS = 5
SECONDS_PER_ENGINE = 2.0
TOLERANCE = timedelta(seconds=2)  # an engine that cannot say "until midnight" loses the last of a day

# (open day and night?, start, end, open time between them), over both changes of Chile's clocks in
# 2026: back an hour as 5 April begins, forward an hour as 6 September begins.
DST_SAMPLE = [
    (True, "2026-04-04T12:00-03:00", "2026-04-05T12:00-04:00", timedelta(hours=25)),
    (True, "2026-04-04T23:30-03:00", "2026-04-04T23:30-04:00", timedelta(hours=1)),
    (True, "2026-09-05T12:00-04:00", "2026-09-06T12:00-03:00", timedelta(hours=23)),
    (True, "2026-09-01T00:00-04:00", "2026-10-01T00:00-03:00", timedelta(hours=719)),
    (False, "2026-04-03T17:30-03:00", "2026-04-06T09:30-04:00", timedelta(hours=1)),
    (False, "2026-09-04T17:30-04:00", "2026-09-07T09:30-03:00", timedelta(hours=1)),
]


@dataclass(frozen=True)
class Engine:
    """How to ask one engine: `adapt` turns an aware datetime into what it takes."""

    name: str
    adapt: Callable[[datetime], Any]
    add: Callable[[Any, timedelta], Any] | None
    between: Callable[[Any, Any], timedelta]


def ours(day_and_night: bool) -> Engine:
    if day_and_night:
        calendar = BusinessCalendar(CHILE, {day: [(time(0), time(0))] for day in range(7)})
    else:
        calendar = BusinessCalendar(CHILE, {day: [(OPENS, CLOSES)] for day in range(5)}, HOLIDAYS)
    return Engine("sla.domain.business_time", lambda at: at, calendar.add, calendar.between)


def ours_in_utc(day_and_night: bool) -> Engine:
    """As the product asks: what comes from the database is in UTC."""
    return replace(ours(day_and_night), name="the same, given UTC", adapt=lambda at: at.astimezone(UTC))


def theirs_by_rules(day_and_night: bool) -> Engine:
    zone = pytz.timezone(CHILE.key)
    if day_and_night:
        rules = businesstimedelta.WorkDayRule(
            start_time=time(0), end_time=ALMOST_MIDNIGHT, working_days=list(range(7)), tz=zone
        )
    else:
        workday = businesstimedelta.WorkDayRule(
            start_time=OPENS, end_time=CLOSES, working_days=list(range(5)), tz=zone
        )
        rules = businesstimedelta.Rules([workday, businesstimedelta.HolidayRule(HOLIDAYS, tz=zone)])

    def between(start: datetime, end: datetime) -> timedelta:
        return rules.difference(start, end).timedelta

    def add(start: datetime, duration: timedelta) -> datetime:
        return start + businesstimedelta.BusinessTimeDelta(rules, timedelta=duration)

    return Engine("businesstimedelta", lambda at: at.astimezone(zone), add, between)


def theirs_by_duration(day_and_night: bool) -> Engine:
    """It takes local times without a zone, and cannot add."""
    opens, closes = (time(0), time(23, 59, 59)) if day_and_night else (OPENS, CLOSES)
    closed_weekdays, holidays = ([], None) if day_and_night else ([5, 6], HOLIDAYS)

    def between(start: datetime, end: datetime) -> timedelta:
        seconds = businessDuration(start, end, opens, closes, closed_weekdays, holidays, "sec")
        return timedelta(seconds=float(seconds))

    return Engine("business-duration", lambda at: at.replace(tzinfo=None), None, between)


def main() -> None:
    random = Random(2026)
    first = datetime(2025, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(seconds=random.randrange(2 * 365 * 86_400)) for _ in range(QUESTIONS)]
    durations = [timedelta(seconds=random.randrange(1, 40 * 3_600)) for _ in starts]
    ends = [start + timedelta(seconds=random.randrange(10 * 86_400)) for start in starts]

    print("| engine | additions/s | times slower | differences/s | times slower | right over DST |")
    print("|---|---:|---:|---:|---:|---|")
    best: tuple[float, float] | None = None
    for build in (ours, ours_in_utc, theirs_by_rules, theirs_by_duration):
        engine = build(day_and_night=False)
        adapted_starts, adapted_ends = (
            [engine.adapt(at.astimezone(CHILE)) for at in ats] for ats in (starts, ends)
        )
        adds = engine.add and rate(engine.add, adapted_starts, durations)
        differences = rate(engine.between, adapted_starts, adapted_ends)
        best = best or (adds, differences)
        right = right_over_dst(build)
        cells = [
            engine.name,
            f"{adds:,.0f}" if adds else "cannot",
            f"{best[0] / adds:,.1f}" if adds else "",
            f"{differences:,.0f}",
            f"{best[1] / differences:,.1f}",
            f"{'yes' if right == len(DST_SAMPLE) else 'no'} ({right} of {len(DST_SAMPLE)})",
        ]
        print(f"| {' | '.join(cells)} |")


def rate(ask: Callable[[Any, Any], Any], lefts: Sequence[Any], rights: Sequence[Any]) -> float:
    """Calls in a second of one core: the best of a few rounds, each of as many calls as the time allows."""
    began = process_time()
    count = 0
    while count < len(lefts) and process_time() - began < SECONDS_PER_ENGINE / ROUNDS:
        ask(lefts[count], rights[count])
        count += 1
    best = 0.0
    for _ in range(ROUNDS):
        began = process_time()
        for left, right in zip(lefts[:count], rights[:count], strict=True):
            ask(left, right)
        best = max(best, count / (process_time() - began))
    return best


def right_over_dst(build: Callable[[bool], Engine]) -> int:
    right = 0
    for day_and_night, start, end, expected in DST_SAMPLE:
        engine = build(day_and_night)
        moments = [engine.adapt(datetime.fromisoformat(at).astimezone(CHILE)) for at in (start, end)]
        right += abs(engine.between(*moments) - expected) <= TOLERANCE and (
            engine.add is None or abs(engine.add(moments[0], expected) - moments[1]) <= TOLERANCE
        )
    return right


if __name__ == "__main__":
    main()
