"""AVL-1, AVL-3 and AVL-4 by hand: which seconds count, in ordinary months and on days of 23 and 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from credits.domain.availability import (
    Cause,
    Impact,
    Outage,
    Scope,
    announced_window,
    daily_window,
    daily_windows,
    measure,
    percentage,
)
from credits.domain.cycles import billing_cycle
from lynnsupport.common.intervals import Interval, total_seconds
from sla.domain.business_time import BusinessCalendar

CHILE = ZoneInfo("America/Santiago")
LIMA = ZoneInfo("America/Lima")
JANUARY = billing_cycle(2026, 1, 1, LIMA)
DAYS_31 = 31 * 86_400
AFTERWARDS = datetime(2026, 6, 1, tzinfo=UTC)
OFFICE = BusinessCalendar(LIMA, {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)})


def lima(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=LIMA)


def between(start: str, end: str, **kind: object) -> Outage:
    return Outage(lima(start), lima(end), **kind)


def span(start: str, end: str) -> Interval:
    return Interval(lima(start), lima(end))


def counted(outages, windows=(), *, period=JANUARY, as_of=AFTERWARDS) -> int:
    return measure(period, outages, windows, as_of).counted_seconds


@pytest.mark.rule("AVL-1")
@pytest.mark.parametrize(
    ("outages", "windows", "seconds"),
    [
        ([], [], 0),
        ([("01-10 10:00", "01-10 10:20")], [], 1200),
        # Union first: what two incidents tell of the same minutes counts once.
        ([("01-10 10:00", "01-10 10:20"), ("01-10 10:10", "01-10 10:30")], [], 1800),
        ([("01-10 10:00", "01-10 11:00"), ("01-10 10:10", "01-10 10:30")], [], 3600),
        ([("01-10 10:00", "01-10 10:20"), ("01-10 10:20", "01-10 10:30")], [], 1800),
        # Subtract second.
        ([("01-10 02:30", "01-10 04:30")], [("01-10 03:00", "01-10 04:00")], 3600),
        ([("01-10 03:10", "01-10 03:50")], [("01-10 03:00", "01-10 04:00")], 0),
        (
            [("01-10 02:30", "01-10 04:30")],
            [("01-10 03:00", "01-10 04:00"), ("01-10 03:30", "01-10 04:15")],
            2700,
        ),
        # Cut always: to the period, on both sides.
        ([("01-01 00:00", "01-01 00:00")], [], 0),
        ([("01-31 23:00", "02-01 05:00")], [], 3600),
        ([("02-01 00:00", "02-01 05:00")], [], 0),
    ],
)
def test_counted_seconds(outages, windows, seconds):
    assert counted([between(*each) for each in outages], [span(*each) for each in windows]) == seconds


@pytest.mark.rule("AVL-1")
def test_an_outage_from_before_the_period_is_cut():
    before = Outage(lima("01-01 00:30") - timedelta(hours=1), lima("01-01 00:30"))

    assert counted([before]) == 1800


@pytest.mark.rule("AVL-3", "AVL-4")
@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        ({}, 3600),
        ({"impact": Impact.DEGRADED}, 0),
        ({"scope": Scope.FEATURE}, 0),
        *[({"cause": cause}, 0) for cause in Cause if cause is not Cause.OWN],
    ],
)
def test_only_lynns_own_full_outages_of_the_platform_count(kind, seconds):
    assert counted([between("01-10 10:00", "01-10 11:00", **kind)]) == seconds


@pytest.mark.rule("AVL-3")
def test_of_full_degraded_full_only_the_full_parts_count():
    incident = [
        between("01-10 10:00", "01-10 10:30"),
        between("01-10 10:30", "01-10 11:30", impact=Impact.DEGRADED),
        between("01-10 11:30", "01-10 11:40"),
    ]

    assert counted(incident) == 2400


@pytest.mark.rule("AVL-4")
@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.OWN])
def test_another_cause_never_hides_a_fault_of_lynns_own(cause):
    whole = between("01-10 10:00", "01-10 14:00", cause=cause)
    own = between("01-10 11:00", "01-10 11:10")

    assert counted([whole, own]) == 600


@pytest.mark.rule("AVL-5", "AVL-6")
def test_an_open_outage_runs_to_the_moment_of_asking():
    still_down = Outage(lima("01-10 10:00"), None)

    assert counted([still_down], as_of=lima("01-10 10:45")) == 2700
    assert counted([still_down], as_of=lima("01-10 09:00")) == 0
    assert counted([still_down], as_of=AFTERWARDS) == 22 * 86_400 - 10 * 3600
    assert measure(JANUARY, [still_down], [], lima("01-10 10:45")).is_provisional
    assert not measure(JANUARY, [], [], JANUARY.end).is_provisional
    assert measure(JANUARY, [], [], JANUARY.end - timedelta(microseconds=1)).is_provisional


@pytest.mark.rule("AVL-1", "AVL-7")
def test_both_readings_are_exact():
    measured = measure(
        JANUARY, [between("01-10 02:30", "01-10 03:30")], daily_windows(time(3), JANUARY, LIMA), AFTERWARDS
    )

    assert measured.period_seconds == DAYS_31
    assert measured.counted_seconds == 1800
    assert measured.excluded_seconds == 31 * 3600
    assert measured.availability == Fraction(DAYS_31 - 1800, DAYS_31)
    assert measured.availability_excluding == Fraction(31 * 23 * 3600 - 1800, 31 * 23 * 3600)
    assert measured.percentage == "99.9327"


@pytest.mark.rule("AVL-1")
def test_nothing_is_promised_for_no_time_at_all():
    empty = Interval(JANUARY.start, JANUARY.start)
    measured = measure(empty, [Outage(JANUARY.start, None)], [], AFTERWARDS)

    assert (measured.period_seconds, measured.counted_seconds) == (0, 0)
    assert (measured.availability, measured.availability_excluding, measured.percentage) == (None, None, "")
    all_excluded = measure(JANUARY, [], [JANUARY], AFTERWARDS)
    assert (all_excluded.availability, all_excluded.availability_excluding) == (1, None)


@pytest.mark.rule("AVL-1")
@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(1), "100.0000"),
        (Fraction(0), "0.0000"),
        (Fraction(999_499_999, 10**9), "99.9499"),
        (Fraction(9995, 10_000), "99.9500"),
        (Fraction(99_999_999, 10**8), "99.9999"),
        (Fraction(1, 3), "33.3333"),
        (None, ""),
    ],
)
def test_a_percentage_is_cut_never_rounded_up(share, shown):
    assert percentage(share) == shown


@pytest.mark.rule("SUP-5", "AVL-4")
def test_a_window_lasts_an_elapsed_hour_on_every_local_date():
    for month, days in ((4, 30), (9, 30)):  # with a day of 25 hours, with one of 23
        cycle = billing_cycle(2026, month, 1, CHILE)
        windows = daily_windows(time(3), cycle, CHILE)
        assert [window.start.astimezone(CHILE).date() for window in windows] == [
            date(2026, month, day) for day in range(1, days + 1)
        ]
        assert {window.end - window.start for window in windows} == {timedelta(hours=1)}
        assert {window.start.astimezone(CHILE).time() for window in windows} == {time(3)}


@pytest.mark.rule("SUP-5")
def test_a_window_over_midnight_is_cut_to_the_period():
    windows = daily_windows(time(23, 30), JANUARY, LIMA)

    assert windows[0] == span("01-01 00:00", "01-01 00:30")
    assert windows[1] == span("01-01 23:30", "01-02 00:30")
    assert windows[-1] == span("01-31 23:30", "02-01 00:00")
    assert total_seconds(windows) == 31 * 3600


@pytest.mark.rule("SUP-5")
@pytest.mark.parametrize(
    ("day", "start", "zone", "begins"),
    [
        # 6 September 2026, 00:30 is skipped in Chile: the offset before the gap.
        (date(2026, 9, 6), time(0, 30), "America/Santiago", "2026-09-06T04:30"),
        # 4 April 2026, 23:30 comes twice: the first time, and one elapsed hour from there.
        (date(2026, 4, 4), time(23, 30), "America/Santiago", "2026-04-05T02:30"),
        (date(2026, 3, 29), time(2, 30), "Europe/Madrid", "2026-03-29T01:30"),
    ],
)
def test_a_window_on_the_hour_that_the_clocks_skip_or_repeat(day, start, zone, begins):
    window = daily_window(day, start, ZoneInfo(zone))

    assert window.start == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert window.end - window.start == timedelta(hours=1)


def test_a_date_that_a_zone_left_out_has_no_window():
    assert daily_window(date(2011, 12, 30), time(3), ZoneInfo("Pacific/Apia")) is None


@pytest.mark.rule("AVL-4", "NOT-5")
@pytest.mark.parametrize(
    ("window", "announced", "excluded"),
    [
        # Saturday: no productive hours.
        (("01-10 10:00", "01-10 12:00"), "01-08 10:00", [("01-10 10:00", "01-10 12:00")]),
        # Friday evening into the night: only what lies outside office hours.
        (("01-09 17:00", "01-09 20:00"), "01-08 10:00", [("01-09 18:00", "01-09 20:00")]),
        (("01-09 12:30", "01-09 14:30"), "01-08 10:00", [("01-09 13:00", "01-09 14:00")]),
        (("01-09 10:00", "01-09 11:00"), "01-08 10:00", []),
        # Announced at its very start, or later: nothing.
        (("01-10 10:00", "01-10 12:00"), "01-10 10:00", []),
        (("01-10 10:00", "01-10 12:00"), "01-10 11:00", []),
        (("01-10 10:00", "01-10 12:00"), "01-10 09:59:59", [("01-10 10:00", "01-10 12:00")]),
    ],
)
def test_what_an_announced_downtime_excludes(window, announced, excluded):
    found = announced_window(span(*window), lima(announced), OFFICE)

    assert found == [span(*part) for part in excluded]


@pytest.mark.rule("AVL-4")
def test_an_early_start_and_an_overrun_of_an_announced_downtime_count():
    windows = announced_window(span("01-10 10:00", "01-10 12:00"), lima("01-08 10:00"), OFFICE)

    assert counted([between("01-10 09:55", "01-10 12:10")], windows) == 900


def test_without_productive_hours_the_whole_announcement_is_excluded():
    window = span("01-09 10:00", "01-09 11:00")

    assert announced_window(window, lima("01-08 10:00"), None) == [window]


NAIVE = datetime(2026, 1, 10, 10)  # of no zone


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Outage(NAIVE, None),
        lambda: Outage(lima("01-10 10:00"), NAIVE),
        lambda: Outage(lima("01-10 10:00"), lima("01-10 09:00")),
        lambda: Outage(lima("01-10 10:00"), None, cause="sabotage"),
        lambda: measure(JANUARY, [], [], NAIVE),
        lambda: measure(Interval(JANUARY.start, None), [], [], AFTERWARDS),
        lambda: daily_windows(time(3, tzinfo=UTC), JANUARY, LIMA),
        lambda: daily_windows(time(3), JANUARY, LIMA, timedelta(0)),
        lambda: daily_windows(time(3), Interval(JANUARY.start, None), LIMA),
        lambda: announced_window(JANUARY, NAIVE, None),
        lambda: announced_window(Interval(JANUARY.start, None), AFTERWARDS, None),
    ],
)
def test_bad_input_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        wrong()
