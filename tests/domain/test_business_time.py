"""Business time: one table for each convention. Expected instants carry their offset, so that each
row can be checked by hand; `docs/business-time.md` says the conventions in words."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from lynnsupport.common.intervals import Interval
from sla.domain import business_time
from sla.domain.business_time import BusinessCalendar, NeverOpen

CHILE, PERU, ECUADOR = (ZoneInfo(f"America/{city}") for city in ("Santiago", "Lima", "Guayaquil"))


def hours(text: str) -> list[tuple[time, time]]:
    """ "09:00-13:00 14:00-18:00" as pairs of times."""
    return [tuple(time.fromisoformat(clock) for clock in part.split("-")) for part in text.split()]


def week(text: str, days=range(5)) -> dict[int, list[tuple[time, time]]]:
    return {day: hours(text) for day in days}


def duration(text: str) -> timedelta:
    """ "8:00", "0:30" or "0:00:00.5": hours, minutes and seconds."""
    units = [float(unit) for unit in text.split(":")]
    return sum((unit * size for unit, size in zip(units, [HOUR, MINUTE, SECOND], strict=False)), timedelta(0))


HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
at = datetime.fromisoformat

OFFICE = week("09:00-13:00 14:00-18:00")  # what the agreement calls 5x8
DAY_AND_NIGHT = week("00:00-00:00", range(7))
OFFICES = {zone.key: BusinessCalendar(zone, OFFICE) for zone in (CHILE, PERU, ECUADOR)}
OFFICE_IN_CHILE = OFFICES[CHILE.key]


# Several intervals a day, and nights and weekends between them. 2 March 2026 is a Monday.


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-03-02T09:30-03:00", "1:00", "2026-03-02T10:30-03:00"),
        ("2026-03-02T12:30-03:00", "1:00", "2026-03-02T14:30-03:00"),
        ("2026-03-02T13:20-03:00", "1:00", "2026-03-02T15:00-03:00"),
        ("2026-03-02T17:30-03:00", "1:00", "2026-03-03T09:30-03:00"),
        ("2026-03-02T23:00-03:00", "1:00", "2026-03-03T10:00-03:00"),
        ("2026-03-06T17:30-03:00", "1:00", "2026-03-09T09:30-03:00"),
        ("2026-03-07T10:00-03:00", "2:00", "2026-03-09T11:00-03:00"),
        ("2026-03-02T11:00-03:00", "8:00", "2026-03-03T11:00-03:00"),
        ("2026-03-02T11:00-03:00", "16:00", "2026-03-04T11:00-03:00"),
        ("2026-03-02T11:00-03:00", "400:00", "2026-05-11T11:00-04:00"),
        ("2026-03-02T12:30Z", "1:00", "2026-03-02T13:30Z"),
    ],
)
@pytest.mark.rule("SUP-1")
def test_SUP_1_add_counts_only_open_time(start, open_time, expected):
    assert OFFICE_IN_CHILE.add(at(start), duration(open_time)) == at(expected)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-02T09:30-03:00", "2026-03-02T10:30-03:00", "1:00"),
        ("2026-03-02T12:30-03:00", "2026-03-02T14:30-03:00", "1:00"),
        ("2026-03-02T13:00-03:00", "2026-03-02T14:00-03:00", "0:00"),
        ("2026-03-02T00:00-03:00", "2026-03-03T00:00-03:00", "8:00"),
        ("2026-03-06T17:30-03:00", "2026-03-09T09:30-03:00", "1:00"),
        ("2026-03-07T00:00-03:00", "2026-03-09T00:00-03:00", "0:00"),
        ("2026-03-02T00:00-03:00", "2026-05-11T00:00-04:00", "400:00"),
        ("2024-01-01T00:00-03:00", "2034-01-01T00:00-03:00", "20880:00"),  # 2,610 weekdays
    ],
)
@pytest.mark.rule("SUP-1")
def test_SUP_1_between_counts_only_open_time(start, end, expected):
    assert OFFICE_IN_CHILE.between(at(start), at(end)) == duration(expected)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Santiago", "2026-07-06T13:00Z"),
        ("America/Lima", "2026-07-06T14:00Z"),
        ("America/Guayaquil", "2026-07-06T14:00Z"),
    ],
)
def test_SUP_1_hours_are_meant_in_the_calendars_zone(zone, expected):
    assert OFFICES[zone].add(at("2026-07-03T23:00Z"), timedelta(0)) == at(expected)


@pytest.mark.parametrize("end", ["2026-03-02T10:00-03:00", "2026-03-02T13:00Z", "2026-02-27T10:00-03:00"])
def test_between_is_zero_where_the_end_is_not_after_the_start(end):
    assert OFFICE_IN_CHILE.between(at("2026-03-02T10:00-03:00"), at(end)) == timedelta(0)


# Closing, opening and no duration


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-03-02T09:00-03:00", "4:00", "2026-03-02T13:00-03:00"),
        ("2026-03-02T12:59:59.999999-03:00", "0:00:00.000001", "2026-03-02T13:00-03:00"),
        ("2026-03-02T08:00-03:00", "8:00", "2026-03-02T18:00-03:00"),
        ("2026-03-06T17:00-03:00", "1:00", "2026-03-06T18:00-03:00"),
        ("2026-03-06T18:00-03:00", "8:00", "2026-03-09T18:00-03:00"),
    ],
)
def test_a_duration_used_up_at_closing_gives_the_closing_instant(start, open_time, expected):
    assert OFFICE_IN_CHILE.add(at(start), duration(open_time)) == at(expected)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-03-02T10:00:00.5-03:00", "2026-03-02T10:00:00.5-03:00"),
        ("2026-03-02T09:00-03:00", "2026-03-02T09:00-03:00"),
        ("2026-03-02T08:00-03:00", "2026-03-02T09:00-03:00"),
        ("2026-03-02T13:00-03:00", "2026-03-02T14:00-03:00"),
        ("2026-03-06T18:00-03:00", "2026-03-09T09:00-03:00"),
        ("2026-03-07T12:00-03:00", "2026-03-09T09:00-03:00"),
    ],
)
def test_no_duration_gives_the_start_or_the_next_opening(start, expected):
    assert OFFICE_IN_CHILE.add(at(start), timedelta(0)) == at(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T08:59:59.999999-03:00", False),
        ("2026-03-02T09:00-03:00", True),
        ("2026-03-02T12:59:59.999999-03:00", True),
        ("2026-03-02T13:00-03:00", False),
        ("2026-03-02T14:00-03:00", True),
        ("2026-03-07T10:00-03:00", False),
    ],
)
def test_is_open_from_the_opening_up_to_not_including_the_closing(moment, expected):
    assert OFFICE_IN_CHILE.is_open(at(moment)) is expected


def test_intervals_that_touch_are_one():
    calendar = BusinessCalendar(CHILE, week("13:00-18:00 09:00-13:00"))
    assert calendar.add(at("2026-03-02T13:00-03:00"), timedelta(0)) == at("2026-03-02T13:00-03:00")
    assert calendar.open_intervals(at("2026-03-02T00:00-03:00"), at("2026-03-03T00:00-03:00")) == [
        Interval(at("2026-03-02T09:00-03:00"), at("2026-03-02T18:00-03:00"))
    ]


# Midnight


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-03-02T23:00-03:00", "1:00", "2026-03-03T00:00-03:00"),
        ("2026-03-02T23:00-03:00", "1:30", "2026-03-03T00:30-03:00"),
        ("2026-03-03T07:00-03:00", "0:00", "2026-03-03T22:00-03:00"),
        ("2026-03-06T23:00-03:00", "7:00", "2026-03-09T06:00-03:00"),
        ("2026-03-06T23:00-03:00", "8:00", "2026-03-09T23:00-03:00"),
    ],
)
def test_overnight_hours_are_two_intervals_that_meet_at_midnight(start, open_time, expected):
    calendar = BusinessCalendar(CHILE, week("00:00-06:00 22:00-00:00"))
    assert calendar.add(at(start), duration(open_time)) == at(expected)


# Changes of the clocks. Chile: 5 April 2026 00:00 -03 is shown as 4 April 23:00 -04;
# 6 September 2026 00:00 -04 is shown as 01:00 -03, so that day has no midnight.


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        ("America/Santiago", "2026-04-04T00:00-03:00", "2026-04-05T00:00-04:00", "25:00"),
        ("America/Santiago", "2026-09-05T12:00-04:00", "2026-09-06T12:00-03:00", "23:00"),
        ("America/Santiago", "2026-09-06T01:00-03:00", "2026-09-07T00:00-03:00", "23:00"),
        ("America/Lima", "2026-04-04T00:00-05:00", "2026-04-05T00:00-05:00", "24:00"),
        ("America/Guayaquil", "2026-09-06T00:00-05:00", "2026-09-07T00:00-05:00", "24:00"),
        ("America/New_York", "2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00", "25:00"),
        ("America/St_Johns", "2006-10-29T00:00-02:30", "2006-10-30T00:00-03:30", "25:00"),
        ("Australia/Lord_Howe", "2026-04-05T00:00+11:00", "2026-04-06T00:00+10:30", "24:30"),
        ("Australia/Lord_Howe", "2026-10-04T00:00+10:30", "2026-10-05T00:00+11:00", "23:30"),
        ("Antarctica/Troll", "2026-03-29T00:00+00:00", "2026-03-30T00:00+02:00", "22:00"),
        ("Asia/Tehran", "2022-03-22T00:00+03:30", "2022-03-23T00:00+04:30", "23:00"),
        ("Asia/Tehran", "2026-03-22T00:00+03:30", "2026-03-23T00:00+03:30", "24:00"),
        ("Europe/Dublin", "2026-10-25T00:00+01:00", "2026-10-26T00:00+00:00", "25:00"),
        ("Pacific/Apia", "2011-12-29T00:00-10:00", "2012-01-01T00:00+14:00", "48:00"),
    ],
)
def test_open_time_is_elapsed_time(zone, start, end, expected):
    calendar = BusinessCalendar(ZoneInfo(zone), DAY_AND_NIGHT)
    assert calendar.between(at(start), at(end)) == duration(expected)
    assert calendar.add(at(start), duration(expected)) == at(end)


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-04-03T17:30-03:00", "1:00", "2026-04-06T09:30-04:00"),
        ("2026-04-03T14:00-03:00", "8:00", "2026-04-06T13:00-04:00"),
        ("2026-09-04T17:30-04:00", "1:00", "2026-09-07T09:30-03:00"),
        ("2026-09-04T09:00-04:00", "16:00", "2026-09-07T18:00-03:00"),
    ],
)
def test_office_hours_stay_where_they_are_when_the_clocks_change(start, open_time, expected):
    assert OFFICE_IN_CHILE.add(at(start), duration(open_time)) == at(expected)


@pytest.mark.parametrize(
    ("zone", "day", "open_hours", "expected"),
    [
        # read with the offset before the gap, as if the clocks had not been put forward
        ("America/Santiago", "2026-09-06", "00:30-02:00", ["04:30/05:00"]),
        ("America/Santiago", "2026-09-06", "00:00-02:00", ["04:00/05:00"]),
        ("America/Santiago", "2026-09-06", "00:15-00:45", ["04:15/04:45"]),
        ("America/Santiago", "2026-09-05", "22:00-00:00", ["02:00/04:00"]),
        ("America/New_York", "2026-03-08", "01:00-02:30", ["06:00/07:30"]),
        ("America/New_York", "2026-03-08", "02:30-04:00", ["07:30/08:00"]),
        ("Australia/Lord_Howe", "2026-10-04", "02:10-03:00", ["15:40/16:00"]),
        # no length left
        ("America/Santiago", "2026-09-06", "00:00-01:00", []),
        ("America/Santiago", "2026-09-06", "00:30-01:00", []),
        ("America/New_York", "2026-03-08", "02:00-03:00", []),
        # an interval of the gap comes to lie on a later one: the time counts once
        ("America/Santiago", "2026-09-06", "00:00-00:45 01:00-02:00", ["04:00/05:00"]),
        ("America/Santiago", "2026-09-06", "00:30-00:50 01:00-01:20", ["04:00/04:20", "04:30/04:50"]),
    ],
)
def test_a_time_that_the_clocks_skip_is_read_with_the_offset_before(zone, day, open_hours, expected):
    assert open_in_utc(zone, day, open_hours) == expected


@pytest.mark.parametrize(
    ("open_hours", "expected"),
    [
        ("00:00-00:45 01:00-02:00", "1:00"),  # the first hour of the day is the second interval's
        ("00:30-00:45 01:00-02:30", "1:30"),
        ("00:30-00:50 01:00-01:20", "0:40"),  # in the other order, and apart
    ],
)
def test_what_the_gap_lays_on_another_interval_counts_once(open_hours, expected):
    calendar = BusinessCalendar(CHILE, {}, special_hours={date(2026, 9, 6): hours(open_hours)})
    start, end = at("2026-09-05T00:00-04:00"), at("2026-09-07T00:00-03:00")
    assert calendar.between(start, end) == duration(expected)
    assert calendar.add(start, duration(expected)) == calendar.open_intervals(start, end)[-1].end


@pytest.mark.parametrize(
    ("zone", "day", "open_hours", "expected"),
    [
        ("America/Santiago", "2026-04-04", "22:00-23:30", ["01:00/02:30"]),
        ("America/Santiago", "2026-04-04", "23:30-00:00", ["02:30/04:00"]),
        ("America/Santiago", "2026-04-04", "23:10-23:20", ["02:10/02:20"]),
        ("America/New_York", "2026-11-01", "00:30-01:30", ["04:30/05:30"]),
        ("America/New_York", "2026-11-01", "01:30-02:30", ["05:30/07:30"]),
        ("Australia/Lord_Howe", "2026-04-05", "01:45-02:15", ["14:45/15:45"]),
    ],
)
def test_a_time_that_the_clocks_repeat_is_its_first_occurrence(zone, day, open_hours, expected):
    assert open_in_utc(zone, day, open_hours) == expected


def open_in_utc(zone: str, day: str, open_hours: str) -> list[str]:
    """The day's open intervals by the clock of UTC."""
    noon = datetime.combine(date.fromisoformat(day), time(12), ZoneInfo(zone))
    calendar = BusinessCalendar(ZoneInfo(zone), {}, special_hours={noon.date(): hours(open_hours)})
    return [
        f"{interval.start:%H:%M}/{interval.end:%H:%M}"
        for interval in calendar.open_intervals(noon - 48 * HOUR, noon + 48 * HOUR)
    ]


def test_a_date_that_its_zone_left_out_has_no_hours():
    apia = ZoneInfo("Pacific/Apia")  # went from Thursday 29 to Saturday 31 December 2011
    calendar = BusinessCalendar(
        apia, week("09:00-17:00"), special_hours={date(2011, 12, 30): hours("08:00-20:00")}
    )
    thursday = at("2011-12-29T16:00-10:00")
    assert calendar.between(thursday, at("2012-01-02T09:00+14:00")) == HOUR
    assert calendar.add(thursday, 2 * HOUR) == at("2012-01-02T10:00+14:00")
    assert calendar.end_of_business_day(thursday, 1) == at("2012-01-02T17:00+14:00")


def test_a_start_in_a_repeated_hour_is_the_instant_that_its_fold_says():
    calendar = BusinessCalendar(CHILE, DAY_AND_NIGHT)
    first = datetime(2026, 4, 4, 23, 30, tzinfo=CHILE)
    again = first.replace(fold=1)
    assert calendar.between(first, again) == HOUR
    assert calendar.add(first, HOUR) == at("2026-04-04T23:30-04:00")
    assert calendar.add(again, HOUR) == at("2026-04-05T00:30-04:00")


@pytest.mark.parametrize("zone", ["UTC", "America/Santiago", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_equal_instants_give_equal_answers_whatever_their_zone(zone):
    start, end = (at(text).astimezone(ZoneInfo(zone)) for text in ("2026-03-02T12:15Z", "2026-03-04T20:00Z"))
    assert OFFICE_IN_CHILE.add(start, 8 * HOUR) == at("2026-03-03T12:15Z")
    assert OFFICE_IN_CHILE.between(start, end) == duration("22:45")
    assert OFFICE_IN_CHILE.end_of_business_day(start, 1) == at("2026-03-03T21:00Z")
    assert OFFICE_IN_CHILE.add(start, 8 * HOUR).tzinfo is UTC


def test_offsets_with_seconds_are_kept():
    """Before 1890 Santiago kept its own mean time, 4:42:45 behind Greenwich."""
    opening = OFFICE_IN_CHILE.add(at("1880-01-01T00:00Z"), timedelta(0))
    assert opening == at("1880-01-01T13:42:45Z")


# Exactness


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-03-02T09:00:00.000001-03:00", "0:00:01", "2026-03-02T09:00:01.000001-03:00"),
        ("2026-03-02T17:59:59.999999-03:00", "0:00:00.000003", "2026-03-03T09:00:00.000002-03:00"),
        ("2026-03-02T12:59:30.25-03:00", "0:01", "2026-03-02T14:00:30.25-03:00"),
    ],
)
def test_seconds_and_microseconds_are_kept(start, open_time, expected):
    assert OFFICE_IN_CHILE.add(at(start), duration(open_time)) == at(expected)
    assert OFFICE_IN_CHILE.between(at(start), at(expected)) == duration(open_time)


def test_hours_may_have_seconds_and_microseconds():
    calendar = BusinessCalendar(CHILE, week("09:00:00.5-09:00:01.25"))
    assert calendar.standard_day == timedelta(seconds=0.75)
    assert calendar.add(at("2026-03-02T00:00-03:00"), SECOND) == at("2026-03-03T09:00:00.75-03:00")


# Closed dates and special hours


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-09-17T17:30-03:00", "1:00", "2026-09-21T09:30-03:00"),  # closed, then a weekend
        ("2026-12-24T09:00-03:00", "3:00", "2026-12-24T12:00-03:00"),  # a shortened day
        ("2026-12-24T09:00-03:00", "3:30", "2026-12-28T09:30-03:00"),
        ("2026-10-09T17:30-03:00", "1:00", "2026-10-10T10:30-03:00"),  # an extra Saturday
        ("2026-10-30T17:30-03:00", "1:00", "2026-11-01T08:30-03:00"),  # open although closed
        ("2026-11-03T17:30-03:00", "1:00", "2026-11-05T09:30-03:00"),  # no hours at all
    ],
)
@pytest.mark.rule("SUP-1")
def test_SUP_1_special_hours_replace_those_of_a_date_closed_or_not(start, open_time, expected):
    calendar = BusinessCalendar(
        CHILE,
        OFFICE,
        closed_dates=[date(2026, 9, 18), date(2026, 12, 25), date(2026, 11, 1), date(2026, 11, 2)],
        special_hours={
            date(2026, 12, 24): hours("09:00-12:00"),
            date(2026, 10, 10): hours("10:00-12:00"),
            date(2026, 11, 1): hours("08:00-09:00"),
            date(2026, 11, 4): [],
        },
    )
    assert calendar.add(at(start), duration(open_time)) == at(expected)


def test_a_calendar_may_be_closed_for_years_and_open_again():
    closed = [date(2027, 1, 1) + number * timedelta(days=1) for number in range(365 * 20)]
    calendar = BusinessCalendar(PERU, OFFICE, closed)
    assert calendar.add(at("2026-12-31T17:30-05:00"), HOUR) == at("2046-12-27T09:30-05:00")
    assert calendar.end_of_business_day(at("2026-12-31T17:30-05:00"), 1) == at("2046-12-27T18:00-05:00")


# Calendars that open on special dates only, or never


FEW_DAYS = BusinessCalendar(
    PERU,
    {},
    closed_dates=[date(2026, 3, 2)],
    special_hours={
        date(1500, 1, 4): hours("09:00-10:00"),
        date(2026, 3, 4): hours("09:00-11:00"),
        date(2026, 3, 5): [],
        date(9000, 1, 1): hours("09:00-10:00"),
    },
)


@pytest.mark.parametrize(
    ("start", "open_time", "expected"),
    [
        ("2026-03-02T10:00-05:00", "0:00", "2026-03-04T09:00-05:00"),
        ("2026-03-02T10:00-05:00", "2:00", "2026-03-04T11:00-05:00"),
        ("2026-03-04T10:00-05:00", "1:30", "9000-01-01T09:30-05:00"),
        ("2026-03-04T10:00-05:00", "2:00", "9000-01-01T10:00-05:00"),
        ("1000-01-01T00:00-05:00", "4:00", "9000-01-01T10:00-05:00"),
    ],
)
def test_special_hours_are_found_however_far_away(start, open_time, expected):
    assert FEW_DAYS.add(at(start), duration(open_time)) == at(expected)
    assert FEW_DAYS.between(at(start), at(expected)) == duration(open_time)


def test_a_usual_week_is_not_needed_for_business_days():
    assert FEW_DAYS.end_of_business_day(at("2026-03-02T10:00-05:00"), 1) == at("2026-03-04T11:00-05:00")
    assert FEW_DAYS.end_of_business_day(at("2026-03-02T10:00-05:00"), 2) == at("9000-01-01T10:00-05:00")
    with pytest.raises(NeverOpen):
        FEW_DAYS.end_of_business_day(at("2026-03-02T10:00-05:00"), 3)


@pytest.mark.parametrize(
    ("start", "open_time"),
    [
        ("2026-03-02T10:00-05:00", "3:00:00.000001"),
        ("9000-01-01T10:00-05:00", "0:00"),
        ("9000-01-01T09:00-05:00", "1:00:01"),
        ("9500-01-01T09:00-05:00", "0:00:01"),
    ],
)
def test_running_past_the_last_special_date_is_NeverOpen(start, open_time):
    with pytest.raises(NeverOpen):
        FEW_DAYS.add(at(start), duration(open_time))


@pytest.mark.parametrize(
    ("weekly_hours", "special_hours"),
    [
        ({}, {}),
        ({0: [], 6: ()}, {}),
        ({}, {date(2026, 3, 4): []}),
        ({}, {date(2026, 9, 6): hours("00:00-01:00")}),  # the clocks skip it
    ],
)
def test_a_calendar_that_never_opens(weekly_hours, special_hours):
    calendar = BusinessCalendar(CHILE, weekly_hours, [date(2026, 3, 2)], special_hours)
    start, end = at("2026-03-02T10:00Z"), at("2027-03-02T10:00Z")
    for never in (
        lambda: calendar.add(start, HOUR),
        lambda: calendar.add(start, timedelta(0)),
        lambda: calendar.end_of_business_day(start, 1),
    ):
        with pytest.raises(NeverOpen):
            never()
    assert calendar.between(start, end) == timedelta(0)
    assert calendar.open_intervals(start, end) == []
    assert calendar.is_open(start) is False
    assert calendar.standard_day == timedelta(0)


# Business days


@pytest.mark.parametrize(
    ("start", "nth", "expected"),
    [
        ("2026-03-02T10:00-03:00", 1, "2026-03-03T18:00-03:00"),
        ("2026-03-02T00:00-03:00", 1, "2026-03-03T18:00-03:00"),
        ("2026-03-02T23:59-03:00", 1, "2026-03-03T18:00-03:00"),
        ("2026-03-03T02:59Z", 1, "2026-03-03T18:00-03:00"),  # still Monday in Chile
        ("2026-03-02T10:00-03:00", 3, "2026-03-05T18:00-03:00"),
        ("2026-03-06T10:00-03:00", 1, "2026-03-09T18:00-03:00"),
        ("2026-03-07T10:00-03:00", 1, "2026-03-09T18:00-03:00"),
        ("2026-03-04T10:00-03:00", 5, "2026-03-11T18:00-03:00"),
        ("2026-04-03T10:00-03:00", 1, "2026-04-06T18:00-04:00"),  # over a change of the clocks
        ("2026-12-23T10:00-03:00", 2, "2026-12-28T18:00-03:00"),  # a short day counts, a holiday does not
        ("2026-12-23T10:00-03:00", 1, "2026-12-24T12:00-03:00"),
    ],
)
def test_end_of_business_day(start, nth, expected):
    calendar = BusinessCalendar(
        CHILE, OFFICE, [date(2026, 12, 25)], {date(2026, 12, 24): hours("09:00-12:00")}
    )
    assert calendar.end_of_business_day(at(start), nth) == at(expected)


def test_a_business_day_that_is_open_until_midnight_ends_there():
    calendar = BusinessCalendar(CHILE, DAY_AND_NIGHT)
    assert calendar.end_of_business_day(at("2026-09-04T12:00-04:00"), 1) == at("2026-09-06T01:00-03:00")
    assert calendar.end_of_business_day(at("2026-09-04T12:00-04:00"), 2) == at("2026-09-07T00:00-03:00")


def test_a_date_whose_hours_the_clocks_skip_is_no_business_day():
    sundays = BusinessCalendar(CHILE, week("00:00-01:00", [6]))
    assert sundays.end_of_business_day(at("2026-09-01T12:00Z"), 1) == at("2026-09-13T01:00-03:00")


@pytest.mark.parametrize("nth", [0, -1])
def test_end_of_business_day_wants_the_first_day_or_a_later_one(nth):
    with pytest.raises(ValueError, match=f"not {nth}"):
        OFFICE_IN_CHILE.end_of_business_day(at("2026-03-02T10:00Z"), nth)


@pytest.mark.parametrize(
    ("weekly_hours", "expected"),
    [
        (OFFICE, "8:00"),
        (DAY_AND_NIGHT, "24:00"),
        (week("09:00-18:00") | {5: hours("09:00-13:00")}, "9:00"),
        (week("22:00-00:00 00:00-06:00", [0]) | {1: hours("12:00-13:00")}, "8:00"),
        ({}, "0:00"),
    ],
)
@pytest.mark.rule("RST-2")
def test_RST_2_the_standard_day_is_the_longest_usual_day(weekly_hours, expected):
    calendar = BusinessCalendar(CHILE, weekly_hours, special_hours={date(2026, 3, 2): hours("00:00-00:00")})
    assert calendar.standard_day == duration(expected)


# The receipt


def test_open_intervals_are_what_was_counted():
    assert OFFICE_IN_CHILE.open_intervals(at("2026-03-06T12:30-03:00"), at("2026-03-09T09:15-03:00")) == [
        Interval(at("2026-03-06T12:30-03:00"), at("2026-03-06T13:00-03:00")),
        Interval(at("2026-03-06T14:00-03:00"), at("2026-03-06T18:00-03:00")),
        Interval(at("2026-03-09T09:00-03:00"), at("2026-03-09T09:15-03:00")),
    ]


@pytest.mark.parametrize("end", ["2026-03-06T12:30-03:00", "2026-03-06T10:00-03:00"])
def test_open_intervals_are_none_where_the_end_is_not_after_the_start(end):
    assert OFFICE_IN_CHILE.open_intervals(at("2026-03-06T12:30-03:00"), at(end)) == []


def test_what_is_always_open_is_one_interval_however_long():
    calendar = BusinessCalendar(CHILE, DAY_AND_NIGHT)
    century = (at("1950-01-01T00:00Z"), at("2050-01-01T00:00Z"))
    assert calendar.open_intervals(*century) == [Interval(*century)]
    assert calendar.between(*century) == century[1] - century[0]


# Definitions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({0: hours("09:00-13:00 12:59-18:00")},), "Monday: .* overlaps"),
        (({4: hours("14:00-18:00 09:00-15:00")},), "Friday: .* overlaps"),
        (({2: hours("09:00-00:00 20:00-21:00")},), "Wednesday: .* overlaps"),
        (({1: hours("09:00-13:00 09:00-13:00")},), "Tuesday: .* overlaps"),
        (({5: hours("18:00-09:00")},), "Saturday: .* does not end after its start"),
        (({6: hours("09:00-09:00")},), "Sunday: .* does not end after its start"),
        (({}, (), {date(2026, 12, 24): hours("10:00-09:00")}), "2026-12-24: .* does not end after"),
        (({}, (), {date(2026, 12, 24): hours("09:00-11:00 10:00-12:00")}), "2026-12-24: .* overlaps"),
        (({7: hours("09:00-10:00")},), r"not \[7\]"),
        (({0: [(time(9, tzinfo=UTC), time(10))]},), "Monday: .* zone of its own"),
    ],
)
def test_hours_that_contradict_themselves_are_refused_naming_the_day(arguments, message):
    with pytest.raises(ValueError, match=message):
        BusinessCalendar(CHILE, *arguments)


@pytest.mark.parametrize(
    "arguments", [({}, [datetime(2026, 3, 2)]), ({}, (), {datetime(2026, 3, 2): hours("09:00-10:00")})]
)
def test_a_datetime_is_no_local_date(arguments):
    with pytest.raises(TypeError, match="a local date is wanted"):
        BusinessCalendar(CHILE, *arguments)


def test_later_changes_to_what_was_passed_in_change_nothing():
    weekly, closed = week("09:00-10:00"), [date(2026, 3, 3)]
    special = {date(2026, 3, 4): hours("09:00-09:30")}
    calendar = BusinessCalendar(CHILE, weekly, closed, special)
    weekly[0].clear()
    weekly[5] = hours("00:00-00:00")
    closed.clear()
    special[date(2026, 3, 4)].append((time(12), time(20)))
    special[date(2026, 3, 5)] = []
    monday = at("2026-03-02T00:00-03:00")
    assert calendar.between(monday, monday + 168 * HOUR) == duration("3:30")


def test_a_repeated_time_marked_as_the_second_in_the_hours_is_still_the_first():
    calendar = BusinessCalendar(CHILE, {5: [(time(23, 0, fold=1), time(23, 30, fold=1))]})
    assert calendar.add(at("2026-04-04T12:00-03:00"), timedelta(0)) == at("2026-04-04T23:00-03:00")


# What is refused, and the limits


@pytest.mark.parametrize(
    "ask",
    [
        lambda calendar, naive, aware: calendar.add(naive, HOUR),
        lambda calendar, naive, aware: calendar.between(naive, aware),
        lambda calendar, naive, aware: calendar.between(aware, naive),
        lambda calendar, naive, aware: calendar.end_of_business_day(naive, 1),
        lambda calendar, naive, aware: calendar.open_intervals(naive, aware),
        lambda calendar, naive, aware: calendar.open_intervals(aware, naive),
        lambda calendar, naive, aware: calendar.is_open(naive),
    ],
)
def test_a_naive_datetime_is_refused(ask):
    with pytest.raises(ValueError, match="has no time zone"):
        ask(OFFICE_IN_CHILE, datetime(2026, 3, 2, 10), at("2026-03-02T10:00Z"))


def test_what_is_no_datetime_is_a_mistake_of_another_kind():
    with pytest.raises(TypeError):
        OFFICE_IN_CHILE.is_open(date(2026, 3, 2))


@pytest.mark.parametrize("seconds", [-1, -0.000001])
def test_a_negative_duration_is_refused(seconds):
    with pytest.raises(ValueError, match="cannot be negative"):
        OFFICE_IN_CHILE.add(at("2026-03-02T10:00Z"), timedelta(seconds=seconds))


@pytest.mark.parametrize("weekly_hours", [OFFICE, DAY_AND_NIGHT])
@pytest.mark.parametrize(
    "ask",
    [
        lambda calendar: calendar.add(datetime.min.replace(tzinfo=UTC), HOUR),
        lambda calendar: calendar.add(datetime.max.replace(tzinfo=UTC), HOUR),
        lambda calendar: calendar.add(at("2026-03-02T10:00Z"), timedelta.max),
        lambda calendar: calendar.between(at("2026-03-02T10:00Z"), datetime.max.replace(tzinfo=UTC)),
        lambda calendar: calendar.between(datetime.min.replace(tzinfo=UTC), at("2026-03-02T10:00Z")),
        lambda calendar: calendar.is_open(datetime.max.replace(tzinfo=UTC)),
        lambda calendar: calendar.end_of_business_day(datetime.max.replace(tzinfo=UTC), 1),
        lambda calendar: calendar.end_of_business_day(datetime.min.replace(tzinfo=UTC), 1),
    ],
)
def test_the_ends_of_the_calendar_are_an_error_at_once(weekly_hours, ask):
    calendar = BusinessCalendar(CHILE, weekly_hours)
    with pytest.raises(OverflowError):
        ask(calendar)
    assert len(calendar._pages) <= 2


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("0003-01-01T00:00Z", "0003-01-01T13:42:45Z"),  # a Wednesday
        ("9998-06-15T00:00Z", "9998-06-15T13:00Z"),  # a Monday
    ],
)
def test_far_years_are_answered_without_the_years_between(start, expected):
    calendar = BusinessCalendar(CHILE, OFFICE)
    calendar.is_open(at("2026-03-02T10:00Z"))
    assert calendar.add(at(start), timedelta(0)) == at(expected)
    assert len(calendar._pages) == 2


def test_what_is_remembered_is_bounded_and_forgetting_changes_nothing(monkeypatch):
    monkeypatch.setattr(business_time, "PAGES_KEPT", 2)
    calendar = BusinessCalendar(CHILE, OFFICE)
    for year in (2000, 2010, 2020, 2030, 2000):
        start = at(f"{year}-03-01T00:00Z")
        assert calendar.add(start, 40 * HOUR) == BusinessCalendar(CHILE, OFFICE).add(start, 40 * HOUR)
        assert len(calendar._pages) <= 2


def test_threads_that_share_a_fresh_calendar_get_the_same_answers():
    starts = [at("2000-01-01T00:00Z") + number * timedelta(days=11, hours=5) for number in range(1500)]
    alone = BusinessCalendar(CHILE, OFFICE)
    expected = [alone.add(start, 100 * HOUR) for start in starts]
    for _ in range(5):
        shared = BusinessCalendar(CHILE, OFFICE)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda start: shared.add(start, 100 * HOUR), starts))  # noqa: B023
        assert answers == expected
