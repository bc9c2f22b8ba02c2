from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sla.domain.business_time import BusinessCalendar
from sla.domain.targets import RESTORATION_KINDS, ClockKind, Target, Terms, Unit, parse_percents

OFFICE = BusinessCalendar(
    ZoneInfo("America/Santiago"),
    {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)},
)
MINUTES = Unit.BUSINESS_MINUTES
MONDAY = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # 17:30 in Santiago


@pytest.mark.parametrize(
    ("kind", "severity", "rule"),
    [
        (ClockKind.FIRST_RESPONSE, 1, "RSP-1"),
        (ClockKind.FIRST_RESPONSE, 2, "RSP-2"),
        (ClockKind.FIRST_RESPONSE, 3, "RSP-3"),
        (ClockKind.NEXT_RESPONSE, 1, "RSP-4"),
        (ClockKind.NEXT_RESPONSE, 3, "RSP-4"),
        (ClockKind.RESTORATION_GOAL, 1, "RST-1"),
        (ClockKind.RESTORATION, 1, "RST-1"),
        (ClockKind.RESTORATION, 2, "RST-2"),
        (ClockKind.RESTORATION, 3, "RST-3"),
        (ClockKind.RCA, 1, "RCA-1"),
    ],
)
def test_target_names_its_rule(kind, severity, rule):
    assert Target(kind, severity, 1, MINUTES).rule == rule


def test_RST_6_only_restoration_may_pause():
    assert [kind for kind in ClockKind if Target(kind, 1, 1, MINUTES).may_pause] == [
        ClockKind.RESTORATION_GOAL,
        ClockKind.RESTORATION,
    ]


@pytest.mark.rule("RSP-1", "RSP-2", "RST-2", "RST-3")
@pytest.mark.parametrize(
    ("amount", "unit", "duration"),
    [
        (15, Unit.ELAPSED_MINUTES, timedelta(minutes=15)),
        (60, Unit.BUSINESS_MINUTES, timedelta(hours=1)),
        (1, Unit.BUSINESS_DAYS, timedelta(hours=8)),
        (2, Unit.BUSINESS_DAYS, timedelta(hours=16)),
        (5, Unit.BUSINESS_DAY_ENDS, timedelta(hours=40, minutes=30)),  # the rest of Monday and five days
    ],
)
def test_duration_is_in_the_calendars_days(amount, unit, duration):
    assert Target(ClockKind.RCA, 1, amount, unit).duration(OFFICE, MONDAY) == duration


@pytest.mark.rule("RST-6")
@pytest.mark.parametrize("kind", ClockKind)
def test_RST_6_what_can_pause_is_a_length_of_time(kind):
    def target():
        return Target(kind, 1, 1, Unit.BUSINESS_DAY_ENDS)

    if kind in RESTORATION_KINDS:
        with pytest.raises(ValueError, match="RST-6"):
            target()
    else:
        assert target().amount == 1


@pytest.mark.parametrize(("unit", "is_elapsed"), [(unit, unit == "elapsed_minutes") for unit in Unit])
def test_measure_is_the_calendar_except_for_elapsed_time(unit, is_elapsed):
    saturday = datetime(2026, 11, 21, 12, tzinfo=UTC)
    counted = (
        Target(ClockKind.FIRST_RESPONSE, 1, 1, unit)
        .measure(OFFICE)
        .between(saturday, saturday + timedelta(hours=3))
    )
    assert counted == (timedelta(hours=3) if is_elapsed else timedelta())


def test_elapsed_time_is_never_negative():
    measure = Target(ClockKind.FIRST_RESPONSE, 1, 1, Unit.ELAPSED_MINUTES).measure(OFFICE)
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert measure.between(now, now - timedelta(hours=1)) == timedelta()
    assert measure.open_intervals(now, now - timedelta(hours=1)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"severity": 0},
        {"severity": 4},
        {"warning_percents": (50, 50)},
        {"warning_percents": (75, 50)},
        {"warning_percents": (0, 50)},
        {"warning_percents": (50, 100)},
    ],
)
def test_impossible_target_is_refused(wrong):
    right = {"kind": ClockKind.RESTORATION, "severity": 1, "amount": 1, "unit": MINUTES}
    Target(**right)
    with pytest.raises(ValueError, match=r"severity|target of|warning percents"):
        Target(**right | wrong)


def test_target_survives_json():
    target = Target(ClockKind.RESTORATION, 2, 1, Unit.BUSINESS_DAYS, (50, 75, 90))
    assert target.to_data() == {
        "kind": "restoration",
        "severity": 2,
        "amount": 1,
        "unit": "business_days",
        "warning_percents": [50, 75, 90],
    }
    assert Target.from_data(target.to_data()) == target


@pytest.mark.parametrize(("text", "percents"), [("", ()), ("50", (50,)), (" 50 75  90 ", (50, 75, 90))])
def test_RST_8_percents_are_read(text, percents):
    assert parse_percents(text) == percents


@pytest.mark.parametrize("text", ["fifty", "50,75", "90 75", "100", "0", "50.5"])
def test_RST_8_impossible_percents_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_percents(text)


def test_terms_find_their_targets():
    goal = Target(ClockKind.RESTORATION_GOAL, 1, 60, MINUTES)
    commitment = Target(ClockKind.RESTORATION, 1, 240, MINUTES)
    low = Target(ClockKind.RESTORATION, 3, 2, Unit.BUSINESS_DAYS)
    terms = Terms(Decimal(80), Decimal(10), {"normal": Decimal(1)}, (goal, commitment, low))
    assert terms.for_severity(1) == (goal, commitment)
    assert terms.for_severity(2) == ()
    assert terms.target(ClockKind.RESTORATION, 3) == low
    assert terms.target(ClockKind.RESTORATION_GOAL, 3) is None
