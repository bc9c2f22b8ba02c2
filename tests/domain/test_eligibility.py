"""ESC-1 to ESC-8: who may escalate what, when and why not; each border one second before, at and after."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.targets import ClockKind
from tickets.domain.lifecycle import State
from tickets.escalation.domain.eligibility import (
    CHANGES,
    Case,
    Clock,
    Ground,
    Level,
    Request,
    judge,
    passed_at,
    suits,
    ways,
)

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
DUE = START + timedelta(hours=1)
LATER = START + timedelta(days=1)
SECOND = timedelta(seconds=1)
BORDERS = [(-SECOND, False), (timedelta(), True), (SECOND, True)]

RESPONSE = Clock(ClockKind.FIRST_RESPONSE, DUE)
RESTORATION = Clock(ClockKind.RESTORATION, LATER)
OPEN = Case(severity=2, escalated_at=START, clocks=[RESPONSE, RESTORATION])
CRITICAL = replace(OPEN, severity=1)
RAISED = replace(OPEN, level=1, level_at=START, open_levels={1})
WORDS = {"description": "Nadie puede entrar.", "impact": "No se vende nada."}
DESK = Request(1, **WORDS)
EXECUTIVE = Request(2, **WORDS)
TELEPHONE = Request(3, **WORDS)


def answered(clock, at):
    return replace(clock, stopped_at=at)


def told(verdict):
    return verdict.allowed, verdict.rule, verdict.allowed_from


# ---------- level 1 ----------


@pytest.mark.rule("ESC-1")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (True, "ESC-1", None)),
        ({"description": " "}, (False, "ESC-1", None)),
        ({"impact": "\n"}, (False, "ESC-1", None)),
    ],
)
def test_ESC_1_takes_a_description_and_the_business_impact(changes, expected):
    assert told(judge(replace(DESK, **changes), OPEN, START)) == expected


@pytest.mark.rule("ESC-1")
@pytest.mark.parametrize("open_levels", [{1}, {2}, {1, 2}])
def test_ESC_1_is_not_raised_twice_nor_below_the_executive(open_levels):
    verdict = judge(DESK, replace(OPEN, level=max(open_levels), open_levels=open_levels), START)
    assert not verdict.allowed
    assert verdict.rule == f"ESC-{max(open_levels)}"
    assert verdict.instead


@pytest.mark.rule("CON-2")
@pytest.mark.parametrize(
    ("level", "is_designated", "allowed"),
    [(1, True, True), (1, False, False), (2, True, False), (2, False, False), (3, True, False)],
)
def test_CON_2_a_designated_contact_escalates_first(level, is_designated, allowed):
    case = Case(severity=1, state=State.REGISTERED, is_designated=is_designated)
    verdict = judge(Request(level, **WORDS), case, START)
    assert (verdict.allowed, verdict.rule) == (allowed, "ESC-1" if allowed else "CON-2")


def test_whoever_asks_about_an_escalated_ticket_need_not_be_designated():
    assert judge(DESK, replace(OPEN, is_designated=False), START).allowed


# ---------- level 2 ----------


@pytest.mark.rule("ESC-2")
def test_ESC_2_comes_after_level_1():
    assert told(judge(EXECUTIVE, RAISED, START)) == (True, "ESC-2", None)
    refused = judge(EXECUTIVE, OPEN, START)
    assert told(refused) == (False, "ESC-2", DUE)
    assert "level 1" in refused.instead


@pytest.mark.rule("ESC-2")
@pytest.mark.parametrize(("after", "allowed"), BORDERS)
def test_ESC_2_is_open_from_the_instant_of_level_1(after, allowed):
    verdict = judge(EXECUTIVE, replace(RAISED, level_at=START, clocks=()), START + after)
    assert verdict.allowed is allowed


@pytest.mark.rule("ESC-2")
def test_ESC_2_is_open_once_it_was_settled_and_closed_while_it_waits():
    raised = replace(RAISED, level=2, open_levels={2})
    assert told(judge(EXECUTIVE, raised, START)) == (False, "ESC-2", None)
    assert judge(EXECUTIVE, replace(raised, open_levels=()), START).allowed


@pytest.mark.rule("ESC-7")
@pytest.mark.parametrize("kind", [ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.RESTORATION])
@pytest.mark.parametrize(("after", "allowed"), BORDERS)
def test_ESC_7_goes_straight_to_level_2_from_the_deadline_on(kind, after, allowed):
    case = replace(OPEN, clocks=[Clock(kind, DUE)])
    for ground in (Ground.NO_RESPONSE, Ground.NOT_SATISFIED):
        verdict = judge(replace(EXECUTIVE, ground=ground), case, DUE + after)
        assert verdict.allowed is allowed
        assert verdict.allowed_from == (None if allowed else DUE)
    assert judge(replace(EXECUTIVE, ground=Ground.NO_RESPONSE), case, DUE + after).rule == "ESC-7"


@pytest.mark.rule("ESC-7", "RST-7")
@pytest.mark.parametrize(("after", "allowed"), [(-SECOND, False), (timedelta(), False), (SECOND, True)])
def test_ESC_7_an_answer_at_the_very_deadline_is_in_time(after, allowed):
    case = replace(OPEN, clocks=[answered(RESPONSE, DUE + after)])
    verdict = judge(replace(EXECUTIVE, ground=Ground.NO_RESPONSE), case, DUE + timedelta(minutes=5))
    assert (verdict.allowed, verdict.rule) == (allowed, "ESC-7")


@pytest.mark.rule("ESC-7")
@pytest.mark.parametrize(
    ("clock", "severity", "impact", "restored_at", "allowed"),
    [
        (RESPONSE, 2, "", None, True),
        (RESPONSE, 3, "Ventas detenidas", None, True),
        (RESPONSE, 3, " ", None, False),  # of low impact, and none is stated
        (RESPONSE, 2, "Ventas detenidas", DUE, False),  # it causes no impact any more
        (replace(RESPONSE, is_excused=True), 2, "Ventas detenidas", None, False),
        (Clock(ClockKind.RESTORATION_GOAL, DUE), 1, "Ventas detenidas", None, False),
        (Clock(ClockKind.RCA, DUE), 1, "Ventas detenidas", None, False),
        (Clock(ClockKind.RESTORATION, None), 2, "Ventas detenidas", None, False),  # it stands still
    ],
)
def test_ESC_7_needs_a_declared_time_passed_and_impact_now(clock, severity, impact, restored_at, allowed):
    case = replace(OPEN, severity=severity, clocks=[clock], restored_at=restored_at)
    request = replace(EXECUTIVE, ground=Ground.NO_RESPONSE, impact=impact)
    verdict = judge(request, case, DUE + SECOND)
    assert (verdict.allowed, verdict.rule, verdict.allowed_from) == (allowed, "ESC-7", None)


def test_a_low_impact_that_nobody_states_opens_at_no_moment():
    case = replace(OPEN, severity=3)
    request = replace(EXECUTIVE, ground=Ground.NO_RESPONSE, impact="")
    assert told(judge(request, case, START)) == (False, "ESC-7", None)


@pytest.mark.rule("EXC-2")
@pytest.mark.parametrize(("request_", "rule"), [(EXECUTIVE, "ESC-2"), (TELEPHONE, "EXC-2")])
def test_EXC_2_without_targets_no_time_can_pass(request_, rule):
    excused = [replace(RESPONSE, is_excused=True), replace(RESTORATION, is_excused=True)]
    case = replace(CRITICAL, clocks=excused, no_target_rule="EXC-2")
    assert told(judge(request_, case, LATER + SECOND)) == (False, rule, None)
    no_response = replace(EXECUTIVE, ground=Ground.NO_RESPONSE)
    assert told(judge(no_response, case, LATER + SECOND)) == (False, "EXC-2", None)
    assert judge(DESK, case, START).allowed


# ---------- level 3 ----------


@pytest.mark.rule("ESC-3")
@pytest.mark.parametrize("kind", [ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE])
@pytest.mark.parametrize(("after", "allowed"), BORDERS)
def test_ESC_3_is_open_once_a_response_time_has_passed_unanswered(kind, after, allowed):
    case = replace(CRITICAL, clocks=[Clock(kind, DUE), RESTORATION])
    verdict = judge(TELEPHONE, case, DUE + after)
    assert told(verdict) == (allowed, "ESC-3", None if allowed else DUE)


@pytest.mark.rule("ESC-3")
@pytest.mark.parametrize(
    ("changes", "now"),
    [
        ({"severity": 2}, DUE + SECOND),
        ({"clocks": [answered(RESPONSE, DUE + SECOND)]}, DUE + timedelta(minutes=1)),  # answered, if late
        ({"clocks": [answered(RESPONSE, START), RESTORATION]}, LATER + SECOND),  # restoration is no response
        ({"open_levels": {3}}, DUE + SECOND),
    ],
)
def test_ESC_3_refusals_without_a_moment(changes, now):
    verdict = judge(TELEPHONE, replace(CRITICAL, **changes), now)
    assert told(verdict) == (False, "ESC-3", None)
    assert verdict.instead


def test_levels_1_and_2_stay_open_beside_a_call():
    case = replace(CRITICAL, level=3, level_at=START, open_levels={3})
    assert judge(DESK, case, START).allowed
    assert judge(EXECUTIVE, case, START).allowed


# ---------- what is no ground ----------


@pytest.mark.rule("ESC-4")
@pytest.mark.parametrize("request_", [DESK, EXECUTIVE])
@pytest.mark.parametrize(("after", "allowed"), BORDERS)
def test_ESC_4_the_analysis_has_its_five_business_days(request_, after, allowed):
    case = replace(RAISED, open_levels=(), restored_at=START, rca_due_at=LATER)
    verdict = judge(replace(request_, ground=Ground.RCA_REQUESTED), case, LATER + after)
    assert verdict.allowed is allowed
    if not allowed:
        assert (verdict.rule, verdict.allowed_from) == ("ESC-4", LATER)


@pytest.mark.rule("ESC-4", "EXC-2")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "ESC-4"),  # not restored: the days have not begun
        ({"rca_due_at": START, "rca_delivered_at": DUE}, "ESC-4"),
        ({"rca_due_at": START, "no_target_rule": "EXC-2"}, "EXC-2"),  # in preview none is owed
    ],
)
def test_ESC_4_refusals_without_a_moment(changes, rule):
    verdict = judge(replace(DESK, ground=Ground.RCA_REQUESTED), replace(OPEN, **changes), LATER)
    assert told(verdict) == (False, rule, None)


@pytest.mark.rule("ESC-5")
@pytest.mark.parametrize("ground", sorted(CHANGES))
@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("case", [OPEN, RAISED, CRITICAL])
def test_ESC_5_a_change_is_never_a_ground(ground, level, case):
    verdict = judge(Request(level, ground, **WORDS), case, LATER + SECOND)
    assert told(verdict) == (False, "ESC-5", None)
    assert "change of priority" in verdict.instead


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize(
    ("changes", "rule"), [({"is_partner_approved": False}, "SUP-4"), ({"state": State.CLOSED}, "CRP-3")]
)
def test_nobody_escalates_without_approval_or_after_the_end(level, changes, rule):
    assert told(judge(Request(level, **WORDS), replace(CRITICAL, **changes), LATER)) == (False, rule, None)


# ---------- the question itself ----------


@pytest.mark.parametrize(
    ("request_", "case", "now"),
    [
        (DESK, OPEN, START.replace(tzinfo=None)),
        (DESK, replace(OPEN, escalated_at=START.replace(tzinfo=None)), START),
        (DESK, replace(OPEN, clocks=[Clock(ClockKind.RESTORATION, DUE.replace(tzinfo=None))]), START),
        (Request(4), OPEN, START),
        (Request(0), OPEN, START),
    ],
)
def test_what_nobody_can_answer_is_a_value_error(request_, case, now):
    with pytest.raises(ValueError, match=r"time zone|not a valid Level"):
        judge(request_, case, now)


def test_ways_are_judged_before_anything_is_typed():
    verdicts = ways(replace(OPEN, severity=3), DUE)
    assert {int(level): verdict.rule for level, verdict in verdicts.items()} == {
        1: "ESC-1",
        2: "ESC-7",
        3: "ESC-3",
    }
    assert [suits(verdicts[level]) for level in (1, 2)] == [Ground.NOT_SATISFIED, Ground.NO_RESPONSE]


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
clocks = st.builds(
    Clock,
    kind=st.sampled_from(ClockKind),
    due_at=st.none() | instants,
    stopped_at=st.none() | instants,
    is_excused=st.booleans(),
)
cases = st.builds(
    Case,
    severity=st.sampled_from((1, 2, 3)),
    state=st.sampled_from(State),
    escalated_at=st.none() | instants,
    restored_at=st.none() | instants,
    clocks=st.lists(clocks, max_size=4),
    level=st.integers(0, 3),
    level_at=st.none() | instants,
    open_levels=st.frozensets(st.integers(1, 3)),
    rca_due_at=st.none() | instants,
    no_target_rule=st.sampled_from(("", "EXC-2", "SUP-2")),
    is_partner_approved=st.booleans(),
    is_designated=st.booleans(),
)
requests = st.builds(
    Request,
    level=st.sampled_from(Level),
    ground=st.sampled_from(Ground),
    description=st.sampled_from(("", "Nadie puede entrar.")),
    impact=st.sampled_from(("", "No se vende nada.")),
)


@pytest.mark.rule("ESC-8")
@given(requests, cases, instants)
def test_ESC_8_every_refusal_explains_itself(request_, case, now):
    verdict = judge(request_, case, now)
    assert verdict.rule
    assert verdict.reason
    assert verdict.allowed is (verdict.instead is None)
    assert verdict.allowed_from is None or (not verdict.allowed and verdict.allowed_from > now)


@given(requests, cases, instants)
def test_from_its_moment_on_the_same_refusal_no_longer_stands(request_, case, now):
    verdict = judge(request_, case, now)
    if verdict.allowed_from is not None:
        then = judge(request_, case, verdict.allowed_from)
        assert then.allowed or then.reason != verdict.reason
        just_before = judge(request_, case, verdict.allowed_from - timedelta(microseconds=1))
        assert not just_before.allowed


@given(clocks, instants)
def test_a_deadline_passes_once_and_for_good(clock, now):
    at = passed_at(clock, now)
    assert at is None or passed_at(clock, now + timedelta(days=400)) == at
