"""What must hold of business time for any calendar and any instants, and that the oracle counts the same."""

import time as process_time
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.business_time import BusinessCalendar
from tests.domain.oracle_business_time import Oracle, OutOfSightError, wall_clock

MICROSECOND, MINUTE, DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(days=1)

# Two weeks with a change of the clocks in their midst, or none (Lima, Guayaquil).
SCENES = {
    "America/Santiago": [date(2026, 4, 5), date(2026, 9, 6)],
    "America/Lima": [date(2026, 4, 5)],
    "America/Guayaquil": [date(2026, 12, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "America/St_Johns": [date(1988, 4, 3), date(2006, 10, 29)],
    "America/Nuuk": [date(2024, 3, 30), date(2024, 10, 26)],
    "Africa/Cairo": [date(2026, 4, 24), date(2026, 10, 30)],
    "Antarctica/Troll": [date(2026, 3, 29), date(2026, 10, 25)],
    "Asia/Tehran": [date(2022, 3, 22), date(2022, 9, 21)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "Pacific/Apia": [date(2011, 12, 30)],
    "Pacific/Kwajalein": [date(1993, 8, 21)],
}

scenes = st.sampled_from([(ZoneInfo(name), day) for name, days in SCENES.items() for day in days])


law = settings(deadline=None)  # how long a case takes says nothing about the law


def hours_between(marks: list[int]) -> list[tuple[time, time]]:
    """Minutes of the day, two by two, as hours; those without length are left out."""
    clocks = [(datetime.min + minute * MINUTE).time() for minute in sorted(marks)]
    return [(start, end) for start, end in zip(clocks[::2], clocks[1::2], strict=True) if start != end]


familiar_hours = st.sampled_from(
    [
        hours_between(marks)
        for marks in (
            [540, 780, 840, 1080],  # the office
            [540, 780, 780, 1080],  # the same without a pause
            [0, 360, 1320, 1440],  # a night shift
            [0, 60],  # what Chile's clocks skip in September
            [30, 45, 60, 150],
            [120, 180],  # what most others' skip
            [1380, 1440],
        )
    ]
    + [[(time(0), time(0))]]
)
odd_hours = st.lists(st.integers(0, 24 * 60), min_size=4, max_size=4).map(hours_between)
some_hours = familiar_hours | odd_hours
usual_weeks = st.lists(st.none() | some_hours, min_size=7, max_size=7).map(
    lambda days: {number: hours for number, hours in enumerate(days) if hours}
)


@st.composite
def rules(draw, scene) -> tuple:
    """The arguments of a calendar whose exceptions lie around the scene's change of the clocks."""
    zone, middle = scene
    exceptions = draw(st.lists(st.none() | st.just([]) | some_hours, min_size=9, max_size=9))
    days = [(middle + number * DAY, hours) for number, hours in enumerate(exceptions, -4)]
    return (
        zone,
        draw(usual_weeks),
        [day for day, hours in days if hours == []],
        {day: hours for day, hours in days if hours},
    )


@st.composite
def instants(draw, scene) -> datetime:
    """Within three days of the change, to the minute or to the microsecond, in one of three zones."""
    zone, middle = scene
    grain = draw(st.sampled_from([MINUTE, MICROSECOND]))
    offset = draw(st.integers(-3 * DAY // grain, 3 * DAY // grain)) * grain
    at = datetime.combine(middle, time(), UTC) + offset
    return at.astimezone(draw(st.sampled_from([UTC, zone, ZoneInfo("Asia/Kathmandu")])))


some_duration = st.one_of(
    st.integers(1, 600).map(lambda minutes: minutes * MINUTE),
    st.timedeltas(MICROSECOND, timedelta(hours=30)),
)
durations = st.just(timedelta(0)) | some_duration


def has_usual_week(arguments: tuple) -> bool:
    """With one, every sum exists."""
    return bool(arguments[1])


def calendar_and_instants(count: int):
    return scenes.flatmap(
        lambda scene: st.tuples(
            rules(scene).filter(has_usual_week).map(lambda arguments: BusinessCalendar(*arguments)),
            *(instants(scene) for _ in range(count)),
        )
    )


@law
@given(calendar_and_instants(1), durations)
def test_between_undoes_add(situation, duration):
    calendar, start = situation
    assert calendar.between(start, calendar.add(start, duration)) == duration


@law
@given(calendar_and_instants(2))
def test_add_of_what_lies_between_is_the_last_open_moment(situation):
    calendar, start, end = situation
    passed = calendar.between(start, end)
    if passed:
        again = calendar.add(start, passed)
        assert again <= end
        assert calendar.between(again, end) == timedelta(0)
        assert calendar.between(start, again - MICROSECOND) == passed - MICROSECOND


@law
@given(calendar_and_instants(1), durations, durations)
def test_add_is_monotone_in_the_duration(situation, one, other):
    calendar, start = situation
    less, more = sorted([one, other])
    assert calendar.add(start, less) <= calendar.add(start, more)


@law
@given(calendar_and_instants(2), durations)
def test_add_is_monotone_in_the_start(situation, duration):
    calendar, one, other = situation
    first, last = sorted([one, other], key=lambda at: at.astimezone(UTC))
    assert calendar.add(first, duration) <= calendar.add(last, duration)


@law
@given(calendar_and_instants(1), some_duration, some_duration)
def test_add_is_additive(situation, one, other):
    calendar, start = situation
    assert calendar.add(calendar.add(start, one), other) == calendar.add(start, one + other)


@law
@given(calendar_and_instants(3))
def test_between_is_additive(situation):
    calendar, *moments = situation
    first, middle, last = sorted(moments, key=lambda at: at.astimezone(UTC))
    parts = calendar.between(first, middle) + calendar.between(middle, last)
    assert parts == calendar.between(first, last)
    assert timedelta(0) <= parts <= last.astimezone(UTC) - first.astimezone(UTC)


@law
@given(calendar_and_instants(2))
def test_the_receipt_adds_up_and_is_open_and_apart(situation):
    calendar, start, end = situation
    intervals = calendar.open_intervals(start, end)
    assert sum((one.end - one.start for one in intervals), timedelta(0)) == calendar.between(start, end)
    for interval in intervals:
        assert calendar.is_open(interval.start)
        assert calendar.is_open(interval.end - MICROSECOND)
    bounds = [bound for interval in intervals for bound in (interval.start, interval.end)]
    assert bounds == sorted(set(bounds))


@law
@given(calendar_and_instants(1), st.integers(1, 6))
def test_business_days_come_one_after_the_other_each_at_a_closing(situation, nth):
    calendar, start = situation
    end = calendar.end_of_business_day(start, nth)
    assert calendar.is_open(end - MICROSECOND)
    assert end > start
    if nth > 1:
        assert calendar.end_of_business_day(start, nth - 1) < end


@law
@given(
    scenes.flatmap(lambda scene: st.tuples(st.just(scene), rules(scene), instants(scene), instants(scene))),
    durations,
    st.integers(1, 4),
)
def test_the_answers_are_those_of_counting_minutes(situation, duration, nth):
    (zone, middle), arguments, start, end = situation
    clock = wall_clock(zone, datetime.combine(middle - 6 * DAY, time(), UTC), 16 * 24 * 60, MINUTE)
    calendar, oracle = BusinessCalendar(*arguments), Oracle(clock, *arguments[1:])
    assert calendar.between(start, end) == oracle.between(start, end)
    assert calendar.is_open(start) == oracle.is_open(start)
    assert [(each.start, each.end) for each in calendar.open_intervals(start, end)] == oracle.open_intervals(
        start, end
    )
    try:
        expected = oracle.add(start, duration), oracle.end_of_business_day(start, nth)
    except OutOfSightError:
        return  # further away than the oracle looks; the random run has longer windows
    assert (calendar.add(start, duration), calendar.end_of_business_day(start, nth)) == expected


@pytest.mark.parametrize("zone_of_the_process", ["UTC", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia"])
def test_the_zone_of_the_process_changes_nothing(monkeypatch, zone_of_the_process):
    def answers() -> list:
        calendar = BusinessCalendar(
            ZoneInfo("America/Santiago"), {day: [(time(9), time(18))] for day in range(5)}
        )
        starts = [datetime(2026, 1, 1, tzinfo=UTC) + number * timedelta(hours=7) for number in range(1200)]
        return [
            (
                calendar.add(start, timedelta(hours=20)),
                calendar.between(start, start + 9 * DAY),
                calendar.is_open(start),
                calendar.end_of_business_day(start, 2),
            )
            for start in starts
        ]

    expected = answers()
    try:
        with monkeypatch.context() as process:
            process.setenv("TZ", zone_of_the_process)
            process_time.tzset()
            assert answers() == expected
    finally:
        process_time.tzset()
