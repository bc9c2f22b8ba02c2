"""Clocks that an exclusion lifts, and what they are once it is reverted. Monday is 23 November 2026."""

import pytest

from sla.domain.readings import Exclusion
from sla.domain.stopwatch import (
    Cancelled,
    ClockState,
    Excluded,
    Ground,
    IllegalClock,
    Paused,
    PauseReason,
    Readmitted,
    Reopened,
    Resumed,
    Retargeted,
    Started,
    Stopped,
    read,
)

from .test_stopwatch import CALENDAR, GOAL, RESTORATION, TICK, t

THIRD, PREVIEW = Ground.THIRD_PARTY, Ground.PREVIEW
CUSTOMER = PauseReason.WAITING_CUSTOMER
START = Started(t("mon 09:00"), RESTORATION[1])  # due Monday at 13:00 on the dot


def shown(*events, at="tue 18:00"):
    return read([START, *events], CALENDAR, t(at))


@pytest.mark.rule("EXC-1")
def test_EXC_1_target_stops_applying_from_the_recording():
    reading = shown(Excluded(t("mon 11:00"), THIRD))
    assert (reading.state, reading.excused_since, reading.excused_for) == (
        ClockState.EXCUSED,
        t("mon 11:00"),
        (THIRD,),
    )
    assert (reading.due_at, reading.breached_at, reading.next_check_at) == (None, None, None)
    assert [each.percent for each in reading.reached] == [50]
    assert reading.stands_still


@pytest.mark.rule("RST-7", "EXC-3")
@pytest.mark.parametrize(
    ("at", "breached"),
    [("mon 12:59", None), ("mon 13:00", None), ("mon 14:00", "mon 13:00")],
)
def test_RST_7_breach_from_before_the_exclusion_stays_and_is_excused(at, breached):
    reading = shown(Excluded(t(at), THIRD))
    expected = t(breached) if breached else None
    assert (reading.state, reading.breached_at, reading.due_at) == (ClockState.EXCUSED, expected, expected)


@pytest.mark.rule("EXC-1")
@pytest.mark.parametrize(
    ("stop", "state"),
    [
        (t("mon 10:59"), ClockState.MET),
        (t("mon 11:00"), ClockState.MET),
        (t("mon 11:00") + TICK, ClockState.EXCUSED),
    ],
)
def test_EXC_1_what_was_met_before_stays_met(stop, state):
    reading = shown(Excluded(t("mon 11:00"), THIRD), Stopped(stop))
    assert (reading.state, reading.stopped_at, reading.breached_at) == (state, stop, None)


def test_EXC_1_late_stop_is_excused_too():
    reading = shown(Stopped(t("mon 15:00")), Excluded(t("mon 16:00"), THIRD))
    assert (reading.state, reading.breached_at, reading.stopped_at) == (
        ClockState.EXCUSED,
        t("mon 13:00"),
        t("mon 15:00"),
    )


@pytest.mark.rule("EXC-3")
@pytest.mark.parametrize(
    "meanwhile",
    [
        [],
        [Paused(t("mon 11:30"), CUSTOMER), Resumed(t("mon 12:00"))],
        [Retargeted(t("mon 11:30"), RESTORATION[2])],
        [Stopped(t("mon 12:30"))],
        [Stopped(t("mon 14:30"))],
        [Cancelled(t("mon 12:30"))],
    ],
)
def test_EXC_3_reverted_exclusion_never_was(meanwhile):
    with_it = shown(Excluded(t("mon 10:30"), THIRD), *meanwhile, Readmitted(t("mon 16:00"), THIRD))
    without = shown(*meanwhile)
    assert with_it.exclusions == (Exclusion(THIRD, t("mon 10:30"), t("mon 16:00")),)
    for name in ("state", "due_at", "breached_at", "stopped_at", "consumed", "remaining", "warnings"):
        assert getattr(with_it, name) == getattr(without, name), name


@pytest.mark.rule("EXC-3", "RST-7")
def test_EXC_3_deadline_that_passed_meanwhile_is_a_breach_at_that_instant():
    reading = shown(Excluded(t("mon 10:30"), THIRD), Readmitted(t("mon 16:00"), THIRD), at="mon 16:00")
    assert (reading.state, reading.breached_at) == (ClockState.BREACHED, t("mon 13:00"))


def test_two_grounds_hold_until_both_are_reverted():
    both = [Excluded(t("mon 10:00"), THIRD), Excluded(t("mon 11:00"), PREVIEW)]
    assert shown(*both).excused_for == (THIRD, PREVIEW)
    one = shown(*both, Readmitted(t("mon 12:00"), THIRD))
    assert (one.state, one.excused_since, one.excused_for) == (
        ClockState.EXCUSED,
        t("mon 11:00"),
        (PREVIEW,),
    )
    none = shown(
        *both, Readmitted(t("mon 12:00"), THIRD), Readmitted(t("mon 12:30"), PREVIEW), at="mon 12:30"
    )
    assert (none.state, none.due_at) == (ClockState.RUNNING, t("mon 13:00"))


@pytest.mark.rule("EXC-2")
def test_EXC_2_excluded_from_the_start_and_unmarked_counts_from_the_start():
    events = [Excluded(t("mon 09:00"), PREVIEW), Paused(t("mon 09:30"), CUSTOMER), Resumed(t("mon 10:30"))]
    assert shown(*events).state is ClockState.EXCUSED
    again = shown(*events, Readmitted(t("mon 12:00"), PREVIEW), at="mon 12:00")
    assert (again.state, again.due_at) == (ClockState.RUNNING, t("mon 15:00"))


@pytest.mark.rule("EXC-1", "CRP-3")
def test_what_was_met_is_excused_once_it_is_reopened():
    events = [Stopped(t("mon 10:00")), Excluded(t("mon 11:00"), THIRD)]
    assert shown(*events).state is ClockState.MET
    assert shown(*events, Reopened(t("mon 12:00"))).state is ClockState.EXCUSED


def test_cancelled_clock_is_not_excused():
    assert shown(Cancelled(t("mon 10:00")), Excluded(t("mon 11:00"), THIRD)).state is ClockState.CANCELLED


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([Excluded(t("mon 10:00"), THIRD), Excluded(t("mon 11:00"), THIRD)], "so it is since"),
        ([Readmitted(t("mon 10:00"), THIRD)], "not excluded"),
        ([Excluded(t("mon 10:00"), THIRD), Readmitted(t("mon 11:00"), PREVIEW)], "not excluded"),
    ],
)
def test_impossible_exclusions_are_refused(events, why):
    with pytest.raises(IllegalClock, match=why):
        shown(*events)


def test_goal_and_commitment_are_excused_alike():
    reading = read([Started(t("mon 09:00"), GOAL), Excluded(t("mon 09:30"), THIRD)], CALENDAR, t("tue 09:00"))
    assert reading.state is ClockState.EXCUSED
