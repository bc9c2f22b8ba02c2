"""Clocks worked by hand. Monday is 23 November 2026; Santiago works 09:00-13:00 and 14:00-18:00."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from lynnsupport.common.intervals import Interval
from sla.domain.business_time import BusinessCalendar
from sla.domain.stopwatch import (
    Cancelled,
    ClockState,
    IllegalClock,
    Pause,
    Paused,
    PauseReason,
    Promise,
    Resumed,
    Retargeted,
    Started,
    Stopped,
    Threshold,
    read,
)
from sla.domain.targets import ClockKind, Target, Unit

SANTIAGO = ZoneInfo("America/Santiago")
CALENDAR = BusinessCalendar(SANTIAGO, {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)})
DAYS = {"fri": 20, "sat": 21, "sun": 22, "mon": 23, "tue": 24, "wed": 25, "thu": 26}
TICK = timedelta(microseconds=1)
CUSTOMER, CONTACT, THIRD, _CLOSED = PauseReason

RESPONSE = {
    1: Target(ClockKind.FIRST_RESPONSE, 1, 15, Unit.ELAPSED_MINUTES, (50, 75, 90)),
    2: Target(ClockKind.FIRST_RESPONSE, 2, 60, Unit.BUSINESS_MINUTES, (50, 75, 90)),
    3: Target(ClockKind.FIRST_RESPONSE, 3, 120, Unit.BUSINESS_MINUTES, (50, 75, 90)),
}
RESTORATION = {
    1: Target(ClockKind.RESTORATION, 1, 240, Unit.BUSINESS_MINUTES, (50, 75, 90)),
    2: Target(ClockKind.RESTORATION, 2, 1, Unit.BUSINESS_DAYS, (50, 75, 90)),
    3: Target(ClockKind.RESTORATION, 3, 2, Unit.BUSINESS_DAYS, (50, 75, 90)),
}
GOAL = Target(ClockKind.RESTORATION_GOAL, 1, 60, Unit.BUSINESS_MINUTES, (50,))


def t(moment: str) -> datetime:
    """ "mon 09:30" in Santiago."""
    day, clock = moment.split()
    return datetime.combine(datetime(2026, 11, DAYS[day]), time.fromisoformat(clock), SANTIAGO)


def due(*events):
    return read(events, CALENDAR, events[-1].at).due_at


@pytest.mark.parametrize(
    ("target", "start", "deadline"),
    [
        pytest.param(RESPONSE[1], "mon 10:00", "mon 10:15", marks=pytest.mark.rule("RSP-1")),
        pytest.param(RESPONSE[1], "sat 23:50", "sun 00:05", marks=pytest.mark.rule("RSP-1")),
        pytest.param(RESPONSE[2], "mon 17:30", "tue 09:30", marks=pytest.mark.rule("RSP-2")),
        pytest.param(RESPONSE[2], "sat 12:00", "mon 10:00", marks=pytest.mark.rule("RSP-2")),
        pytest.param(RESPONSE[2], "mon 17:00", "mon 18:00", marks=pytest.mark.rule("RSP-2")),
        pytest.param(RESPONSE[3], "mon 12:00", "mon 15:00", marks=pytest.mark.rule("RSP-3")),
        pytest.param(GOAL, "mon 12:30", "mon 14:30", marks=pytest.mark.rule("RST-1")),
        pytest.param(RESTORATION[1], "mon 09:00", "mon 13:00", marks=pytest.mark.rule("RST-1")),
        pytest.param(RESTORATION[2], "mon 11:00", "tue 11:00", marks=pytest.mark.rule("RST-2")),
        pytest.param(RESTORATION[3], "fri 11:00", "tue 11:00", marks=pytest.mark.rule("RST-3")),
    ],
)
def test_deadline_of_each_target(target, start, deadline):
    assert due(Started(t(start), target)) == t(deadline)


@pytest.mark.rule("RST-7")
@pytest.mark.parametrize(
    ("stop", "state", "breached_at"),
    [
        (t("mon 13:00") - TICK, ClockState.MET, None),
        (t("mon 13:00"), ClockState.MET, None),
        (t("mon 13:00") + TICK, ClockState.BREACHED, t("mon 13:00")),
        (t("mon 13:30"), ClockState.BREACHED, t("mon 13:00")),  # closed, but the deadline has passed
    ],
)
def test_RST_7_stop_at_the_deadlines_very_instant_is_in_time(stop, state, breached_at):
    reading = read([Started(t("mon 09:00"), RESTORATION[1]), Stopped(stop)], CALENDAR, t("thu 09:00"))
    assert (reading.state, reading.breached_at, reading.stopped_at) == (state, breached_at, stop)
    assert reading.next_check_at is None
    assert reading.read_at == stop


@pytest.mark.rule("RST-7")
@pytest.mark.parametrize(
    ("now", "state", "breached_at", "next_check_at"),
    [
        (t("mon 13:00") - TICK, ClockState.RUNNING, None, t("mon 13:00") + TICK),
        (t("mon 13:00"), ClockState.RUNNING, None, t("mon 13:00") + TICK),
        (t("mon 13:00") + TICK, ClockState.BREACHED, t("mon 13:00"), None),
        (t("thu 12:00"), ClockState.BREACHED, t("mon 13:00"), None),  # noticed late, dated right
    ],
)
def test_RST_7_breach_happens_at_the_deadline_whenever_it_is_noticed(now, state, breached_at, next_check_at):
    reading = read([Started(t("mon 09:00"), RESTORATION[1])], CALENDAR, now)
    assert (reading.state, reading.breached_at) == (state, breached_at)
    assert reading.next_check_at == next_check_at
    assert reading.due_at == t("mon 13:00")


def test_overdue_time_is_counted_too():
    reading = read([Started(t("mon 09:00"), RESTORATION[1])], CALENDAR, t("mon 15:30"))
    assert (reading.consumed, reading.remaining) == (timedelta(hours=5.5), timedelta(hours=-1.5))


@pytest.mark.rule("RST-8")
def test_RST_8_warnings_carry_the_instants_at_which_they_became_true():
    reading = read([Started(t("mon 15:00"), RESTORATION[2])], CALENDAR, t("tue 12:00"))
    assert reading.warnings == (
        Threshold(50, t("tue 10:00")),
        Threshold(75, t("tue 12:00")),
        Threshold(90, t("tue 14:12")),
    )
    assert reading.reached == reading.warnings[:2]
    assert reading.next_check_at == t("tue 14:12")


@pytest.mark.rule("RST-8")
@pytest.mark.parametrize(
    ("end", "reached"),
    [
        (Stopped(t("tue 10:00")), (Threshold(50, t("tue 10:00")),)),
        (Stopped(t("tue 09:59")), ()),
        (Cancelled(t("tue 10:00")), (Threshold(50, t("tue 10:00")),)),
        (Cancelled(t("tue 09:59")), ()),
    ],
)
def test_RST_8_warnings_after_the_end_will_never_be(end, reached):
    reading = read([Started(t("mon 15:00"), RESTORATION[2]), end], CALENDAR, t("thu 09:00"))
    assert reading.reached == reached
    assert [threshold.at for threshold in reading.warnings[len(reached) :]] == [None] * (3 - len(reached))


@pytest.mark.rule("RST-6")
def test_RST_6_pause_stops_the_clock_and_hides_the_deadline():
    events = [Started(t("mon 09:00"), RESTORATION[2]), Paused(t("mon 15:00"), CUSTOMER)]
    reading = read(events, CALENDAR, t("wed 12:00"))
    assert reading.state is ClockState.PAUSED
    assert reading.paused_since == t("mon 15:00")
    assert (reading.due_at, reading.next_check_at, reading.breached_at) == (None, None, None)
    assert (reading.consumed, reading.remaining) == (timedelta(hours=5), timedelta(hours=3))
    assert reading.warnings == (
        Threshold(50, t("mon 13:00")),
        Threshold(75, None),
        Threshold(90, None),
    )
    assert reading.pauses == (Pause(t("mon 15:00"), None, CUSTOMER),)
    assert due(*events, Resumed(t("wed 16:00"))) == t("thu 10:00")


@pytest.mark.rule("RST-6")
@pytest.mark.parametrize("kind", [ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE])
@pytest.mark.parametrize("severity", [1, 2, 3])
def test_RST_6_response_clocks_never_pause(kind, severity):
    target = Target(kind, severity, 60, Unit.BUSINESS_MINUTES)
    with pytest.raises(IllegalClock, match="never pauses"):
        read([Started(t("mon 09:00"), target), Paused(t("mon 09:10"), CUSTOMER)], CALENDAR, t("mon 09:20"))


@pytest.mark.rule("RST-6", "CON-5")
def test_RST_6_clock_runs_only_when_no_reason_holds():
    events = [
        Started(t("mon 09:00"), RESTORATION[2]),
        Paused(t("mon 10:00"), CUSTOMER),
        Paused(t("mon 11:00"), CONTACT),
        Resumed(t("mon 12:00"), CUSTOMER),
        Resumed(t("mon 14:00"), CONTACT),
    ]
    assert due(*events) == t("tue 12:00")
    assert read(events[:4], CALENDAR, t("mon 12:30")).paused_since == t("mon 10:00")
    assert due(*events[:3], Resumed(t("mon 14:00"))) == t("tue 12:00")  # every reason at once


@pytest.mark.rule("RST-7")
@pytest.mark.parametrize("pause_at", ["mon 13:00", "mon 13:30", "tue 09:00"])
def test_RST_7_pause_does_not_move_a_deadline_that_was_reached(pause_at):
    events = [Started(t("mon 09:00"), RESTORATION[1]), Paused(t(pause_at), CUSTOMER)]
    reading = read(events, CALENDAR, t("mon 13:00"))
    assert reading.due_at == t("mon 13:00")
    assert read(events, CALENDAR, t("wed 12:00")).breached_at == t("mon 13:00")


def test_RST_7_pause_at_the_deadlines_very_instant_leaves_the_breach_to_be_found():
    events = [Started(t("mon 09:00"), RESTORATION[1]), Paused(t("mon 13:00"), CUSTOMER)]
    reading = read(events, CALENDAR, t("mon 13:00"))
    assert (reading.state, reading.next_check_at) == (ClockState.PAUSED, t("mon 13:00") + TICK)


def test_stop_in_a_pause_ends_it():
    events = [Started(t("mon 09:00"), RESTORATION[1]), Paused(t("mon 10:00"), CUSTOMER)]
    reading = read([*events, Stopped(t("tue 10:00"))], CALENDAR, t("wed 09:00"))
    assert (reading.state, reading.paused_since) == (ClockState.MET, None)
    assert reading.pauses == (Pause(t("mon 10:00"), t("tue 10:00"), CUSTOMER),)
    assert reading.due_at == t("tue 13:00")  # as if it had run on from there
    assert (reading.consumed, reading.remaining) == (timedelta(hours=1), timedelta(hours=3))


START = Started(t("mon 09:00"), RESTORATION[3])


@pytest.mark.rule("SEV-5")
@pytest.mark.parametrize(
    ("story", "deadline"),
    [
        pytest.param(
            [Started(t("mon 09:00"), RESTORATION[2]), Retargeted(t("mon 11:00"), RESTORATION[3])],
            "tue 18:00",
            id="a lower severity counts from the original start",
        ),
        pytest.param([START, Retargeted(t("mon 15:00"), RESTORATION[2])], "mon 18:00", id="so does a higher"),
        pytest.param([START, Retargeted(t("mon 11:00"), RESTORATION[1])], "mon 13:00", id="two steps up"),
        pytest.param(
            [START, Retargeted(t("mon 13:00"), RESTORATION[1])],
            "mon 13:00",
            id="at the very instant of the new deadline it is not before the change",
        ),
        pytest.param(
            [START, Retargeted(t("mon 13:00") + TICK, RESTORATION[1])],
            "mon 18:00",
            id="a microsecond later it is: from the change (the lunch break holds it to 14:00)",
        ),
        pytest.param(
            [START, Retargeted(t("mon 15:00"), RESTORATION[1])],
            "tue 10:00",
            id="over already: from the change",
        ),
        pytest.param(
            [Started(t("mon 09:00"), RESTORATION[2]), Retargeted(t("mon 17:00"), RESTORATION[1])],
            "mon 18:00",
            id="from the change would be tue 12:00; the old deadline comes first",
        ),
        pytest.param(
            [
                START,
                Paused(t("mon 10:00"), CUSTOMER),
                Resumed(t("mon 12:00")),
                Retargeted(t("mon 15:00"), RESTORATION[1]),
            ],
            "mon 16:00",
            id="with the pauses that happened",
        ),
        pytest.param(
            [
                START,
                Paused(t("mon 10:00"), CUSTOMER),
                Retargeted(t("mon 15:00"), RESTORATION[1]),
                Resumed(t("tue 09:00")),
            ],
            "tue 12:00",
            id="in a pause, with time left: from the original start",
        ),
        pytest.param(
            [
                START,
                Paused(t("mon 14:30"), CUSTOMER),
                Retargeted(t("mon 15:00"), RESTORATION[1]),
                Resumed(t("tue 09:00")),
            ],
            "tue 13:00",
            id="in a pause, over already: from the change, which is from the end of the pause",
        ),
        pytest.param(
            [
                Started(t("mon 09:00"), RESTORATION[2]),
                Retargeted(t("mon 17:00"), RESTORATION[1]),
                Paused(t("mon 17:30"), CUSTOMER),
                Resumed(t("tue 09:00")),
            ],
            "tue 09:30",
            id="a later pause moves the old deadline too",
        ),
        pytest.param(
            [
                START,
                Retargeted(t("mon 15:00"), RESTORATION[1]),
                Retargeted(t("mon 16:00"), RESTORATION[3]),
            ],
            "tue 18:00",
            id="there and back again",
        ),
        pytest.param(
            [
                START,
                Retargeted(t("mon 15:00"), RESTORATION[1]),
                Retargeted(t("mon 16:00"), RESTORATION[2]),
            ],
            "mon 18:00",
            id="two changes: the second counts from the original start again",
        ),
        pytest.param(
            [Started(t("mon 17:30"), RESPONSE[2]), Retargeted(t("mon 17:40"), RESPONSE[1])],
            "mon 17:45",
            id="from business time to elapsed time",
        ),
        pytest.param(
            [Started(t("mon 17:30"), RESPONSE[2]), Retargeted(t("mon 17:50"), RESPONSE[1])],
            "mon 18:05",
            id="elapsed time over already: a quarter of an hour from the change",
        ),
        pytest.param(
            [Started(t("mon 17:30"), RESPONSE[2]), Retargeted(t("tue 09:20"), RESPONSE[1])],
            "tue 09:30",
            id="elapsed time from the change would be 09:35; the old deadline comes first",
        ),
        pytest.param(
            [Started(t("mon 17:30"), RESPONSE[1]), Retargeted(t("mon 17:40"), RESPONSE[2])],
            "tue 09:30",
            id="from elapsed time to business time",
        ),
    ],
)
def test_SEV_5_change_of_severity(story, deadline):
    assert due(*story) == t(deadline)


@pytest.mark.rule("SEV-5")
@pytest.mark.parametrize(
    ("change", "is_breached"),
    [(t("mon 13:00"), False), (t("mon 13:00") + TICK, True), (t("tue 10:00"), True)],
)
def test_SEV_5_breached_clock_stays_breached(change, is_breached):
    events = [Started(t("mon 09:00"), RESTORATION[1]), Retargeted(change, RESTORATION[3])]
    reading = read(events, CALENDAR, t("tue 11:00"))
    assert (reading.breached_at == t("mon 13:00"), reading.target == RESTORATION[1]) == (is_breached,) * 2


@pytest.mark.rule("SEV-5")
@pytest.mark.parametrize("after", [Retargeted(t("tue 11:00"), RESTORATION[1]), Cancelled(t("tue 11:00"))])
def test_SEV_5_met_clock_stays_met(after):
    events = [START, Stopped(t("mon 17:00"))]
    assert read([*events, after], CALENDAR, t("thu 09:00")) == read(events, CALENDAR, t("thu 09:00"))


@pytest.mark.rule("SEV-5")
def test_SEV_5_stop_recorded_late_counts_before_the_change():
    change = Retargeted(t("mon 11:00"), RESTORATION[1])
    reading = read([START, change, Stopped(t("mon 10:30"))], CALENDAR, t("tue 11:00"))
    assert (reading.state, reading.target, reading.due_at) == (ClockState.MET, RESTORATION[3], t("tue 18:00"))


@pytest.mark.rule("SEV-5")
def test_SEV_5_both_promises_are_kept_for_the_receipt():
    reading = read([START, Retargeted(t("mon 15:00"), RESTORATION[1])], CALENDAR, t("mon 16:00"))
    old = Promise(t("mon 09:00"), RESTORATION[3], t("mon 09:00"), CALENDAR)
    new = Promise(t("mon 15:00"), RESTORATION[1], t("mon 15:00"), CALENDAR)
    assert (reading.promises, reading.deciding) == ((old, new), new)
    assert (reading.consumed, reading.remaining) == (timedelta(hours=1), timedelta(hours=3))
    assert reading.counted(reading.due_at) == [
        Interval(t("mon 15:00"), t("mon 18:00")),
        Interval(t("tue 09:00"), t("tue 10:00")),
    ]


@pytest.mark.rule("SEV-5", "RST-1")
def test_SEV_5_goal_of_severity_1_goes_and_comes_back():
    gone = [Started(t("mon 09:00"), GOAL), Cancelled(t("mon 09:30"))]
    reading = read(gone, CALENDAR, t("tue 09:00"))
    assert (reading.state, reading.cancelled_at) == (ClockState.CANCELLED, t("mon 09:30"))
    assert (reading.due_at, reading.next_check_at, reading.breached_at) == (None, None, None)
    assert due(*gone, Retargeted(t("mon 09:45"), GOAL)) == t("mon 10:00")  # in time: from the start
    assert due(*gone, Retargeted(t("mon 11:00"), GOAL)) == t("mon 12:00")  # over already: from the change


@pytest.mark.rule("SEV-5")
def test_SEV_5_cancelled_clock_keeps_its_pauses_for_its_return():
    events = [
        Started(t("mon 09:00"), GOAL),
        Cancelled(t("mon 09:30")),
        Paused(t("mon 09:30"), CUSTOMER),
        Resumed(t("mon 11:00")),
        Retargeted(t("mon 11:00"), GOAL),
    ]
    assert due(*events) == t("mon 11:30")


@pytest.mark.rule("SEV-5")
@pytest.mark.parametrize(
    ("change", "pauses", "deadline"),
    [
        ("mon 09:40", [], "mon 10:00"),
        ("mon 10:00", [], "mon 10:00"),
        ("mon 11:00", [], "mon 12:00"),
        ("mon 11:00", [Paused(t("mon 09:30"), CUSTOMER), Resumed(t("mon 10:45"))], "mon 11:15"),
    ],
)
def test_SEV_5_clock_that_comes_with_a_higher_severity_counts_from_the_start(change, pauses, deadline):
    assert due(Started(t("mon 09:00"), GOAL, applies_from=t(change)), *pauses) == t(deadline)


def test_clock_stopped_before_it_came_to_apply_never_applied():
    events = [Started(t("mon 09:00"), GOAL, applies_from=t("mon 11:00")), Stopped(t("mon 10:30"))]
    reading = read(events, CALENDAR, t("tue 09:00"))
    assert (reading.state, reading.due_at) == (ClockState.CANCELLED, None)


def test_earliest_stop_wins_whenever_it_was_recorded():
    events = [Started(t("mon 09:00"), RESPONSE[3]), Stopped(t("mon 11:30")), Stopped(t("mon 10:50"))]
    reading = read(events, CALENDAR, t("tue 09:00"))
    assert (reading.state, reading.stopped_at) == (ClockState.MET, t("mon 10:50"))


def test_pause_recorded_late_overlaps_one_known():
    events = [
        Started(t("mon 09:00"), RESTORATION[2]),
        Paused(t("mon 10:00"), CUSTOMER),
        Resumed(t("mon 12:00"), CUSTOMER),
        Paused(t("mon 09:30"), THIRD),
        Resumed(t("mon 11:00"), THIRD),
    ]
    assert due(*events) == t("tue 11:30")


def test_clock_read_before_its_last_event_is_read_at_it():
    """A server whose clock is behind sees the same as the one that recorded the event."""
    events = [START, Paused(t("mon 10:00"), CUSTOMER)]
    assert read(events, CALENDAR, t("mon 08:00")) == read(events, CALENDAR, t("mon 10:00"))


@pytest.mark.rule("RSP-1")
def test_RSP_1_quarter_of_an_hour_is_elapsed_when_clocks_are_put_back():
    """On 4 April 2026 Santiago shows 23:00 to 24:00 twice."""
    start = datetime(2026, 4, 4, 23, 50, tzinfo=SANTIAGO)
    reading = read([Started(start, RESPONSE[1])], CALENDAR, start)
    assert reading.due_at == datetime(2026, 4, 4, 23, 5, fold=1, tzinfo=SANTIAGO).astimezone(UTC)
    assert reading.due_at == datetime(2026, 4, 5, 3, 5, tzinfo=UTC)
    second = start.replace(fold=1)
    assert read([Started(start, RESPONSE[1])], CALENDAR, second).state is ClockState.BREACHED
    stopped = [Started(start, RESPONSE[1]), Stopped(second)]
    assert read(stopped, CALENDAR, second).consumed == timedelta(hours=1)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "never started"),
        ([Stopped(t("mon 09:00"))], "before the clock started"),
        ([START, Stopped(t("mon 08:59"))], "before the clock started"),
        ([START, Started(t("mon 10:00"), RESTORATION[3])], "started twice"),
        ([START, Resumed(t("mon 10:00"))], "not paused"),
        ([START, Paused(t("mon 10:00"), CUSTOMER), Resumed(t("mon 11:00"), THIRD)], "not paused for"),
        ([START, Paused(t("mon 10:00"), CUSTOMER), Paused(t("mon 11:00"), CUSTOMER)], "so it is since"),
        ([START, Paused(t("mon 10:00"), CUSTOMER), Resumed(t("mon 09:30"))], "not paused"),
        ([START, Retargeted(t("mon 10:00"), GOAL)], "cannot become"),
        ([START, Cancelled(t("mon 10:00")), Cancelled(t("mon 11:00"))], "does not apply"),
        ([Started(t("mon 10:00"), GOAL, applies_from=t("mon 09:00"))], "before it counts"),
    ],
)
def test_impossible_story_is_refused(events, why):
    with pytest.raises(IllegalClock, match=why):
        read(events, CALENDAR, t("tue 09:00"))


@pytest.mark.parametrize("naive", [datetime(2026, 11, 23, 9), None])
def test_naive_instants_are_refused(naive):
    now = t("tue 09:00") if naive else datetime(2026, 11, 24, 9)
    with pytest.raises(ValueError, match="no time zone"):
        read([Started(naive or t("mon 09:00"), GOAL)], CALENDAR, now)
