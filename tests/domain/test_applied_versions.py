"""A new version of calendar or policy, applied to a clock that runs. Monday is 23 November 2026."""

from datetime import date, time

import pytest

from sla.domain.business_time import BusinessCalendar
from sla.domain.stopwatch import ClockState, IllegalClock, Retargeted, Started, read
from sla.domain.targets import ClockKind, Target, Unit

from .test_stopwatch import CALENDAR, RESTORATION, SANTIAGO, t

USUAL = {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)}
CALENDARS = {
    "old": CALENDAR,
    "with a holiday on Tuesday": BusinessCalendar(SANTIAGO, USUAL, closed_dates=[date(2026, 11, 24)]),
    "open at night": BusinessCalendar(SANTIAGO, {day: [(time(0), time(18))] for day in range(5)}),
}
SHORTER = Target(ClockKind.RESTORATION, 2, 120, Unit.BUSINESS_MINUTES)


def due(*events, at):
    return read(events, CALENDAR, t(at), calendar_of=CALENDARS.__getitem__).due_at


def started(severity=2, calendar="old"):
    return Started(t("mon 11:00"), RESTORATION[severity], calendar=calendar)


def test_SEV_5_new_holiday_moves_the_deadline_by_a_day():
    applied = Retargeted(t("mon 12:00"), RESTORATION[2], "with a holiday on Tuesday")
    assert due(started(), at="mon 12:00") == t("tue 11:00")
    assert due(started(), applied, at="mon 12:00") == t("wed 11:00")


def test_SEV_5_calendar_that_would_have_ended_it_counts_from_the_act():
    began = Started(t("mon 00:00"), RESTORATION[2], calendar="old")
    applied = Retargeted(t("mon 12:00"), RESTORATION[2], "open at night")
    assert due(began, at="mon 12:00") == t("mon 18:00")
    assert due(began, applied, at="mon 12:00") == t("mon 18:00")  # never later than the old deadline


def test_SEV_5_shorter_target_that_would_be_over_counts_from_the_act():
    assert due(started(), Retargeted(t("mon 17:00"), SHORTER), at="mon 17:00") == t("tue 10:00")


def test_later_change_of_severity_counts_in_the_calendar_applied():
    applied = Retargeted(t("mon 12:00"), RESTORATION[2], "with a holiday on Tuesday")
    lower = Retargeted(t("mon 13:00"), RESTORATION[3])
    assert due(started(), applied, lower, at="mon 13:00") == t("thu 11:00")


def test_applying_what_holds_already_changes_nothing():
    same = Retargeted(t("mon 12:00"), RESTORATION[2], "old")
    events = [started(), same]
    reading = read(events, CALENDAR, t("mon 12:00"), calendar_of=CALENDARS.__getitem__)
    assert [promise.made_at for promise in reading.promises] == [t("mon 11:00")]


def test_RST_7_breach_stays_whatever_is_applied_later():
    applied = Retargeted(t("tue 12:00"), RESTORATION[2], "with a holiday on Tuesday")
    reading = read([started(), applied], CALENDAR, t("tue 12:00"), calendar_of=CALENDARS.__getitem__)
    assert (reading.state, reading.breached_at) == (ClockState.BREACHED, t("tue 11:00"))


def test_calendar_that_nobody_can_find_is_refused():
    with pytest.raises(IllegalClock, match="no way to find"):
        read([started()], CALENDAR, t("mon 12:00"))


@pytest.mark.parametrize(
    ("start", "calendar", "deadline"),
    [
        ("mon 11:00", "old", "wed 18:00"),
        ("sat 12:00", "old", "tue 18:00"),
        ("mon 11:00", "with a holiday on Tuesday", "thu 18:00"),
    ],
)
def test_deliverable_is_owed_by_the_end_of_the_nth_business_day(start, calendar, deadline):
    target = Target(ClockKind.RCA, 1, 2, Unit.BUSINESS_DAY_ENDS)
    assert due(Started(t(start), target, calendar=calendar), at=start) == t(deadline)
