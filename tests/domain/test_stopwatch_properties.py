"""Any story of a clock, against counting minutes one by one, and against its own retellings."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.business_time import BusinessCalendar
from sla.domain.clock_events import (
    Cancelled,
    Paused,
    PauseReason,
    Resumed,
    Retargeted,
    Started,
    Stopped,
    from_record,
    to_record,
)
from sla.domain.stopwatch import ClockState, read
from sla.domain.targets import ClockKind, Target, Unit
from tests.domain.oracle_stopwatch import CLOSED, MINUTE, ORIGIN, Oracle

CALENDAR = BusinessCalendar(
    ZoneInfo("UTC"),
    {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)},
    closed_dates=[CLOSED],
)
PERCENTS = (50, 75, 90)
AMOUNTS = [
    (15, Unit.ELAPSED_MINUTES),
    (600, Unit.ELAPSED_MINUTES),
    (60, Unit.BUSINESS_MINUTES),
    (240, Unit.BUSINESS_MINUTES),
    (1, Unit.BUSINESS_DAYS),
    (2, Unit.BUSINESS_DAYS),
]
TARGETS = {
    kind: [Target(kind, 1, amount, unit, PERCENTS) for amount, unit in AMOUNTS]
    for kind in (ClockKind.RESTORATION, ClockKind.FIRST_RESPONSE)
}
TICK = timedelta(microseconds=1)

pauses = st.sampled_from(PauseReason)
# Half of the steps are short, so that events crowd around deadlines and around each other.
gaps = st.one_of(st.integers(0, 90), st.integers(0, 2000), st.sampled_from([0, 15, 60, 240, 480]))


@st.composite
def stories(draw, kind=None, may_end=True):
    """Events as they may happen, on whole minutes, in order."""
    kind = kind or draw(st.sampled_from(list(TARGETS)))
    targets = st.sampled_from(TARGETS[kind])
    at = ORIGIN + draw(st.integers(0, 1500)) * MINUTE
    story = [Started(at, draw(targets))]
    held, is_cancelled = set(), False
    for _ in range(draw(st.integers(0, 7))):
        at += draw(gaps) * MINUTE
        choices = ["retarget"]
        if may_end:
            choices.append("stop")
        if not is_cancelled:
            choices.append("cancel")
        if kind is ClockKind.RESTORATION:
            choices += ["pause"] * 3 * (len(held) < len(PauseReason)) + ["resume"] * 3 * bool(held)
        match draw(st.sampled_from(choices)):
            case "retarget":
                story.append(Retargeted(at, draw(targets)))
                is_cancelled = False
            case "cancel":
                story.append(Cancelled(at))
                # Where the deadline had passed, cancelling has no effect and may be repeated.
                is_cancelled = read(story, CALENDAR, at).state is ClockState.CANCELLED
            case "pause":
                reason = draw(st.sampled_from([each for each in PauseReason if each not in held]))
                story.append(Paused(at, reason))
                held.add(reason)
            case "resume":
                reason = draw(st.sampled_from([None, *sorted(held)]))
                story.append(Resumed(at, reason))
                held = held - {reason} if reason else set()
            case "stop":
                story.append(Stopped(at))
                break
    return story


moments = st.integers(0, 8000).map(lambda minutes: ORIGIN + minutes * MINUTE)


def at_minute(minute):
    return None if minute is None else ORIGIN + minute * MINUTE


@pytest.mark.rule("RST-6", "RST-7", "SEV-5", "RSP-1", "RST-2")
@settings(max_examples=400, deadline=None)
@given(stories(), moments)
def test_any_story_reads_as_counting_minutes_does(story, now):
    reading, oracle = read(story, CALENDAR, now), Oracle(story, now)
    assert {
        "state": reading.state,
        "due_at": reading.due_at,
        "breached_at": reading.breached_at,
        "cancelled_at": reading.cancelled_at,
        "promises": [(each.counts_from, each.target) for each in reading.promises],
        "read_at": reading.read_at,
    } == {
        "state": oracle.state(),
        "due_at": at_minute(oracle.due()),
        "breached_at": at_minute(oracle.breached),
        "cancelled_at": at_minute(oracle.cancelled),
        "promises": [(at_minute(start), target) for start, target in oracle.promises],
        "read_at": at_minute(oracle.read_at),
    }
    deciding = next(
        (start, target)
        for start, target in oracle.promises
        if (at_minute(start), target) == (reading.deciding.counts_from, reading.deciding.target)
    )
    assert oracle.due() is None or oracle.used_up(deciding) == oracle.due()
    assert reading.consumed == oracle.consumed(deciding) * MINUTE
    assert reading.consumed + reading.remaining == reading.deciding.duration


@settings(deadline=None)
@given(stories(), moments, moments)
def test_deadline_and_warnings_do_not_depend_on_when_they_are_read(story, now, later):
    last = max(event.at for event in story)
    one, other = read(story, CALENDAR, max(now, last)), read(story, CALENDAR, max(later, last))
    assert (one.due_at, one.promises) == (other.due_at, other.promises)
    if one.due_at is not None:
        assert (one.warnings, one.deciding) == (other.warnings, other.deciding)


@settings(deadline=None)
@given(stories(), moments, st.integers(0, 5000))
def test_time_only_moves_a_clock_forward(story, now, minutes):
    earlier, later = read(story, CALENDAR, now), read(story, CALENDAR, now + minutes * MINUTE)
    assert earlier.consumed <= later.consumed
    assert set(earlier.reached) <= set(later.reached)
    assert earlier.breached_at in (None, later.breached_at)


@settings(deadline=None)
@given(stories(ClockKind.RESTORATION), moments, pauses, st.data())
def test_RST_6_pause_without_length_changes_nothing(story, now, reason, data):
    at = data.draw(st.sampled_from([event.at for event in story]))
    if any(isinstance(event, Paused | Resumed) and event.reason in (reason, None) for event in story):
        return
    last = [event for event in story if event.at <= at]
    with_blink = [*last, Paused(at, reason), Resumed(at, reason), *story[len(last) :]]
    assert read(with_blink, CALENDAR, now) == read(story, CALENDAR, now)


@settings(deadline=None)
@given(stories(ClockKind.RESTORATION), moments, st.integers(1, 500))
def test_RST_6_pause_in_two_adjacent_parts_is_one_pause(story, now, minutes):
    def split(event, following):
        yield event
        if isinstance(event, Paused):
            middle = event.at + minutes * MINUTE
            if following and middle < following[0].at:
                yield Resumed(middle, event.reason)
                yield Paused(middle, event.reason)

    retold = [part for number, event in enumerate(story) for part in split(event, story[number + 1 :])]
    assert read(retold, CALENDAR, now) == read(story, CALENDAR, now)


@pytest.mark.rule("SEV-5")
@settings(deadline=None)
@given(stories(), moments, st.data())
def test_SEV_5_retarget_to_the_same_target_changes_nothing(story, now, data):
    position = data.draw(st.integers(1, len(story)))
    before, after = story[:position], story[position:]
    reading = read(before, CALENDAR, before[-1].at)
    if reading.state is ClockState.CANCELLED:
        return  # there it would bring the clock back
    same = Retargeted(before[-1].at, reading.target)
    assert read([*before, same, *after], CALENDAR, now) == read(story, CALENDAR, now)


@pytest.mark.rule("SEV-5")
@settings(deadline=None)
@given(stories(may_end=False), st.integers(0, 2000), st.sampled_from(range(len(AMOUNTS))))
def test_SEV_5_new_deadline_is_never_before_the_change_nor_past_both(story, minutes, number):
    at = story[-1].at + minutes * MINUTE
    before = read(story, CALENDAR, at)
    target = TARGETS[before.target.kind][number]
    after = read([*story, Retargeted(at, target)], CALENDAR, at)
    if before.state is ClockState.BREACHED:
        assert (after.due_at, after.state) == (before.due_at, ClockState.BREACHED)
        return
    if after.due_at is None or before.state is ClockState.CANCELLED or target == before.target:
        return
    assert after.due_at >= at
    anew = read([Started(before.started_at, target)], CALENDAR, at).due_at
    if len(after.promises) > 1:
        assert anew < at or before.pauses
        assert before.due_at is None or after.due_at <= before.due_at


@pytest.mark.rule("SEV-5")
@settings(deadline=None)
@given(stories(), moments, st.integers(0, 2000))
def test_SEV_5_clock_that_applies_later_is_one_that_came_back(story, now, minutes):
    first, *rest = story
    change = first.at + minutes * MINUTE
    if any(isinstance(event, Cancelled) for event in rest):
        return
    late = [Started(first.at, first.target, applies_from=change), *rest]
    back = [first, Cancelled(first.at), Retargeted(change, first.target), *rest]
    assert read(late, CALENDAR, now) == read(back, CALENDAR, now)


@settings(deadline=None)
@given(stories(), moments, st.randoms(use_true_random=False))
def test_order_of_recording_does_not_matter_but_within_an_instant(story, now, random):
    """A call recorded afterwards counts from when it was made."""
    groups = {}
    for event in story:
        groups.setdefault(event.at, []).append(event)
    retold = list(groups.values())
    random.shuffle(retold)
    assert read([event for group in retold for event in group], CALENDAR, now) == read(story, CALENDAR, now)


@pytest.mark.rule("RST-8", "RST-7")
@settings(deadline=None)
@given(stories(), moments)
def test_next_check_is_the_first_instant_with_news(story, now):
    reading = read(story, CALENDAR, now)
    if reading.next_check_at is None:
        far = read(story, CALENDAR, now + timedelta(days=400))
        assert (far.reached, far.breached_at) == (reading.reached, reading.breached_at)
        return
    assert reading.next_check_at > reading.read_at
    just_before = read(story, CALENDAR, reading.next_check_at - TICK)
    then = read(story, CALENDAR, reading.next_check_at)
    assert (just_before.reached, just_before.breached_at) == (reading.reached, reading.breached_at)
    assert (then.reached, then.breached_at) != (reading.reached, reading.breached_at)
    assert then.next_check_at is None or then.next_check_at > reading.next_check_at


@settings(deadline=None)
@given(stories(), moments)
def test_receipt_adds_up_to_what_was_consumed(story, now):
    reading = read(story, CALENDAR, now)
    counted = reading.counted(reading.read_at)
    assert sum((each.end - each.start for each in counted), timedelta()) == reading.consumed
    if reading.due_at is not None:
        whole = reading.counted(reading.due_at)
        promised = reading.deciding.duration
        assert sum((each.end - each.start for each in whole), timedelta()) == promised


@settings(deadline=None)
@given(stories(), moments)
def test_story_survives_being_stored(story, now):
    stored = [to_record(event) for event in story]
    assert [from_record(*record) for record in stored] == story


@settings(deadline=None)
@given(stories(), moments, st.sampled_from(["America/Santiago", "Asia/Kolkata", "Pacific/Apia"]))
def test_zone_in_which_instants_are_given_does_not_matter(story, now, zone):
    elsewhere = [
        type(event)(
            event.at.astimezone(ZoneInfo(zone)), *[getattr(event, name) for name in event.__slots__[1:]]
        )
        for event in story
    ]
    reading = read(elsewhere, CALENDAR, now.astimezone(ZoneInfo(zone)))
    assert reading == read(story, CALENDAR, now)
    instants = [reading.started_at, reading.due_at, reading.read_at, reading.next_check_at]
    assert {at.tzinfo for at in instants if isinstance(at, datetime)} == {UTC}
