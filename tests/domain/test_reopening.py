"""CRP-3: a reopened case goes on with its clocks; the closed time does not count."""

from datetime import time, timedelta

import pytest

from sla.domain.business_time import BusinessCalendar
from sla.domain.clock_events import (
    Cancelled,
    Paused,
    PauseReason,
    Reopened,
    Retargeted,
    Started,
    Stopped,
    from_record,
    to_record,
)
from sla.domain.stopwatch import ClockState, IllegalClock, read
from sla.domain.targets import ClockKind, Target, Unit
from tests.tickets.stories import CHILE, chile

CALENDAR = BusinessCalendar(CHILE, {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)})
HOUR = timedelta(hours=1)
START = chile("2026-11-23 09:00")
FOUR_HOURS = Target(ClockKind.RESTORATION, 1, 240, Unit.BUSINESS_MINUTES, (50,))


def story(*events):
    return [Started(START, FOUR_HOURS), *events]


@pytest.mark.rule("CRP-3")
def test_the_time_between_stop_and_reopening_does_not_count():
    shown = read(story(Stopped(START + HOUR), Reopened(START + 3 * HOUR)), CALENDAR, START + 3 * HOUR)
    assert (shown.state, shown.consumed, shown.stopped_at) == (ClockState.RUNNING, HOUR, None)
    assert shown.due_at == chile("2026-11-23 16:00")
    [pause] = shown.pauses
    assert (pause.start, pause.end, pause.reason) == (START + HOUR, START + 3 * HOUR, PauseReason.CLOSED)


@pytest.mark.rule("CRP-3", "RST-7")
def test_a_breach_before_the_stop_stays():
    late = START + 6 * HOUR
    shown = read(story(Stopped(late), Reopened(late + HOUR)), CALENDAR, late + 2 * HOUR)
    assert (shown.state, shown.breached_at) == (ClockState.BREACHED, chile("2026-11-23 13:00"))


def test_a_pause_that_the_stop_ended_does_not_come_back():
    shown = read(
        story(
            Paused(START + HOUR, PauseReason.THIRD_PARTY),
            Stopped(START + 2 * HOUR),
            Reopened(START + 3 * HOUR),
        ),
        CALENDAR,
        START + 3 * HOUR,
    )
    assert (shown.state, shown.paused_since, shown.consumed) == (ClockState.RUNNING, None, HOUR)


def test_reopened_at_the_instant_of_the_stop_is_as_if_nothing_happened():
    at = START + HOUR
    now = START + 2 * HOUR
    assert read(story(Stopped(at), Reopened(at)), CALENDAR, now).due_at == read(story(), CALENDAR, now).due_at


@pytest.mark.parametrize("events", [[Reopened(START + HOUR)], [Cancelled(START), Reopened(START + HOUR)]])
def test_a_clock_that_did_not_stop_cannot_be_reopened(events):
    with pytest.raises(IllegalClock):
        read(story(*events), CALENDAR, START + 2 * HOUR)


@pytest.mark.rule("RST-6")
def test_a_response_is_not_reopened():
    response = Target(ClockKind.FIRST_RESPONSE, 2, 60, Unit.BUSINESS_MINUTES)
    with pytest.raises(IllegalClock):
        read([Started(START, response), Stopped(START), Reopened(START + HOUR)], CALENDAR, START + HOUR)


@pytest.mark.rule("CRP-3", "RSP-1")
def test_a_response_that_the_closing_left_owed_goes_on_without_the_time_it_was_closed():
    response = Target(ClockKind.FIRST_RESPONSE, 1, 15, Unit.ELAPSED_MINUTES)
    closed, reopened = START + timedelta(minutes=5), START + HOUR
    events = [Started(START, response), Cancelled(closed, is_closing=True)]
    assert read(events, CALENDAR, reopened).state is ClockState.CANCELLED
    shown = read([*events, Reopened(reopened)], CALENDAR, reopened)
    assert (shown.state, shown.due_at) == (ClockState.RUNNING, reopened + timedelta(minutes=10))
    assert [pause.reason for pause in shown.pauses] == [PauseReason.CLOSED]


CLOSED = Cancelled(START + HOUR, is_closing=True)
REOPENED = Reopened(START + 3 * HOUR)
TWO_HOURS = Target(ClockKind.RESTORATION, 1, 120, Unit.BUSINESS_MINUTES, (50,))


@pytest.mark.rule("CRP-3")
def test_what_was_done_while_the_case_was_closed_stays_done():
    done = START + 2 * HOUR
    before = read(story(CLOSED, Stopped(done)), CALENDAR, done)
    assert (before.state, before.stopped_at) == (ClockState.CANCELLED, done)
    shown = read(story(CLOSED, Stopped(done), REOPENED), CALENDAR, START + 4 * HOUR)
    assert (shown.state, shown.stopped_at, shown.consumed) == (ClockState.MET, done, HOUR)
    # as any clock that stops in a pause, it shows the deadline it would have had from there on
    assert (
        shown.due_at
        == read(story(Paused(START + HOUR, PauseReason.THIRD_PARTY), Stopped(done)), CALENDAR, done).due_at
    )


@pytest.mark.rule("CRP-3", "SEV-5")
def test_a_severity_that_changed_while_the_case_was_closed_counts_once_it_is_open_again():
    changed = Retargeted(START + 2 * HOUR, TWO_HOURS)
    closed = read(story(CLOSED, changed), CALENDAR, START + 2 * HOUR)
    assert closed.state is ClockState.CANCELLED
    shown = read(story(CLOSED, changed, REOPENED), CALENDAR, START + 3 * HOUR)
    assert (shown.state, shown.target) == (ClockState.RUNNING, TWO_HOURS)
    assert (shown.consumed, shown.due_at) == (HOUR, START + 4 * HOUR)


@pytest.mark.rule("CRP-3", "SEV-5")
def test_a_promise_that_came_with_a_severity_given_while_closed_is_owed_once_it_is_open_again():
    events = [Started(START, FOUR_HOURS, START + 2 * HOUR), CLOSED]
    assert read(events, CALENDAR, START + 2 * HOUR).state is ClockState.CANCELLED
    shown = read([*events, REOPENED], CALENDAR, START + 3 * HOUR)
    assert (shown.state, shown.consumed) == (ClockState.RUNNING, HOUR)


@pytest.mark.rule("CRP-3")
@pytest.mark.parametrize("kind", [ClockKind.FIRST_RESPONSE, ClockKind.RESTORATION])
def test_what_was_done_before_the_closing_and_entered_after_the_reopening_stays_done(kind):
    done = START + timedelta(minutes=10)
    events = [Started(START, Target(kind, 1, 60, Unit.BUSINESS_MINUTES)), CLOSED, REOPENED, Stopped(done)]
    shown = read(events, CALENDAR, START + 4 * HOUR)
    assert (shown.state, shown.stopped_at) == (ClockState.MET, done)


@pytest.mark.rule("CRP-3", "SEV-5")
def test_what_a_severity_given_while_closed_does_not_promise_is_not_owed_afterwards():
    events = story(CLOSED, Cancelled(START + 2 * HOUR), Cancelled(START + 2 * HOUR), REOPENED)
    assert read(events, CALENDAR, START + 4 * HOUR).state is ClockState.CANCELLED


def test_the_event_is_read_back_as_it_was_written():
    assert from_record(*to_record(Reopened(START))) == Reopened(START)
