"""The pure rules: audiences, states of a version, what is wrong with a draft, which window is announced."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynnsupport.common.intervals import Interval
from lynnsupport.notices.domain.announcing import InForce, Stated, announced
from lynnsupport.notices.domain.audience import Audience
from lynnsupport.notices.domain.checks import Fault, Told, faults_of, faults_when_sent
from lynnsupport.notices.domain.kinds import Kind, Step
from lynnsupport.notices.domain.lifecycle import TRANSITIONS, IllegalTransition, State, check_transition

AT = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

TOLD = Told(
    kind=Kind.MAINTENANCE,
    step=Step.ANNOUNCED,
    title_es="Mantención",
    body_es="Texto",
    title_en="",
    body_en="",
    what_changed_es="",
    starts_at=AT + HOUR,
    ends_at=AT + 2 * HOUR,
    action_es="",
    action_by=None,
    audience=Audience(everyone=True),
    names_tenants=False,
    announces_downtime=True,
    by_mail=True,
    in_portal=True,
    in_feed=True,
    to_executives=False,
    is_public=True,
    has_gaps=False,
)
SOME = Audience(partners=frozenset({1}))


@pytest.mark.rule("NOT-1", "NOT-2", "NOT-3")
@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"title_es": " "}, [("title_es", Fault.NO_TEXT)]),
        ({"body_es": ""}, [("body_es", Fault.NO_TEXT)]),
        ({"title_en": "Maintenance"}, [("body_en", Fault.HALF_ENGLISH)]),
        ({"body_en": "Text"}, [("title_en", Fault.HALF_ENGLISH)]),
        ({"has_gaps": True}, [("body_es", Fault.GAPS)]),
        ({"starts_at": None}, [("starts_at", Fault.NO_START)]),
        ({"ends_at": None}, [("ends_at", Fault.NO_END)]),
        ({"ends_at": AT}, [("ends_at", Fault.END_BEFORE_START)]),
        ({"ends_at": AT + HOUR}, [("ends_at", Fault.END_BEFORE_START)]),
        ({"action_es": "Cambie"}, [("action_by", Fault.ACTION_WITHOUT_DAY)]),
        ({"action_by": AT + HOUR}, [("action_es", Fault.DAY_WITHOUT_ACTION)]),
        ({"audience": Audience()}, [("audience", Fault.NOBODY)]),
        (
            {"audience": replace(SOME, everyone=True), "is_public": False},
            [("audience", Fault.EVERYONE_AND_SOME)],
        ),
        ({"audience": SOME}, [("is_public", Fault.PUBLIC_AND_CONFIDENTIAL)]),
        ({"names_tenants": True}, [("is_public", Fault.PUBLIC_AND_CONFIDENTIAL)]),
        ({"audience": SOME, "is_public": False}, []),
        ({"kind": Kind.CHANGE}, [("announces_downtime", Fault.DOWNTIME_OF_NO_MAINTENANCE)]),
        ({"by_mail": False}, [("announces_downtime", Fault.DOWNTIME_WITHOUT_MAIL)]),
        (
            {
                "by_mail": False,
                "in_portal": False,
                "in_feed": False,
                "is_public": False,
                "announces_downtime": False,
            },
            [("ways", Fault.NO_WAY)],
        ),
        ({"step": Step.CORRECTED}, [("what_changed_es", Fault.WHAT_CHANGED)]),
    ],
)
def test_what_is_wrong_with_a_draft(changes, faults):
    assert list(faults_of(replace(TOLD, **changes))) == faults


@pytest.mark.parametrize(
    ("changes", "before", "faults"),
    [
        ({}, None, []),
        ({"starts_at": AT}, None, [("starts_at", Fault.IN_THE_PAST)]),
        ({"starts_at": AT - HOUR, "kind": Kind.INCIDENT, "announces_downtime": False}, None, []),
        ({"starts_at": AT - HOUR, "step": Step.CORRECTED, "what_changed_es": "x"}, (AT - HOUR, AT), []),
        (
            {"starts_at": AT - HOUR, "step": Step.CORRECTED, "what_changed_es": "x"},
            (AT + HOUR, AT + 2 * HOUR),
            [("starts_at", Fault.IN_THE_PAST)],
        ),
        ({"action_es": "x", "action_by": AT}, None, [("action_by", Fault.ACTION_IN_THE_PAST)]),
        ({"starts_at": AT - HOUR, "step": Step.WITHDRAWN, "what_changed_es": "x"}, (AT, None), []),
    ],
)
def test_nothing_is_announced_into_the_past(changes, before, faults):
    assert list(faults_when_sent(replace(TOLD, **changes), at=AT, window_before=before)) == faults


numbers = st.frozensets(st.integers(1, 99), max_size=3)
audiences = st.builds(
    Audience,
    everyone=st.booleans(),
    countries=st.frozensets(st.sampled_from(["CL", "PE"])),
    products=numbers,
    providers=numbers,
    partners=numbers,
    customers=numbers,
    tenants=numbers,
    roles=st.frozensets(st.sampled_from(["partner", "engineer"])),
)


@given(audiences)
def test_an_audience_is_stored_and_read_as_it_was(audience):
    assert Audience.of(audience.stored()) == audience
    assert audience.is_nobody == (audience.stored() == {})
    assert audience.is_confidential == bool(
        {"partners", "customers", "tenants", "roles"} & audience.stored().keys()
    )


def test_an_audience_of_something_else_is_refused():
    with pytest.raises(ValueError, match="planets"):
        Audience.of({"planets": [1]})


def test_every_other_way_between_states_is_illegal():
    for current in State:
        for to in State:
            if to in TRANSITIONS[current]:
                check_transition(current, to)
            else:
                with pytest.raises(IllegalTransition):
                    check_transition(current, to)
    assert not TRANSITIONS[State.PUBLISHED]


# ---------- which window stands announced ----------

EARLY = Interval(AT + 10 * HOUR, AT + 12 * HOUR)
LATE = Interval(AT + 20 * HOUR, AT + 22 * HOUR)


def stated(number, window, *, at=AT, told=None, step=Step.CORRECTED):
    return Stated(number, step, at, window, told)


@pytest.mark.rule("AVL-4", "NOT-5")
@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ([], None),
        ([stated(1, EARLY)], None),
        ([stated(1, None, told=AT)], None),
        ([stated(1, EARLY, told=AT)], InForce(EARLY, AT, 1)),
        # moved before it began: from the mail that states the new window
        ([stated(1, EARLY, told=AT), stated(2, LATE)], None),
        ([stated(1, EARLY, told=AT), stated(2, LATE, told=AT + HOUR)], InForce(LATE, AT + HOUR, 2)),
        # stated by several in a row: from the first of them; not from one before another window
        ([stated(1, EARLY, told=AT), stated(2, EARLY, told=AT + HOUR)], InForce(EARLY, AT, 1)),
        ([stated(1, EARLY), stated(2, EARLY, told=AT + HOUR)], InForce(EARLY, AT + HOUR, 2)),
        (
            [
                stated(1, EARLY, told=AT),
                stated(2, LATE, told=AT + HOUR),
                stated(3, EARLY, told=AT + 2 * HOUR),
            ],
            InForce(EARLY, AT + 2 * HOUR, 3),
        ),
        # what is sent once it has begun announces nothing
        (
            [stated(1, EARLY, told=AT), stated(2, LATE, at=EARLY.start, told=EARLY.start)],
            InForce(EARLY, AT, 1),
        ),
        ([stated(1, EARLY, told=AT), stated(2, EARLY, step=Step.WITHDRAWN, at=AT + HOUR)], None),
    ],
)
def test_the_window_that_stands_announced(versions, found):
    assert announced(versions) == found
