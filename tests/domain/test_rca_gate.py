"""Every hole of a root cause analysis is listed, each by itself (RCA-1)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tickets.incidents.domain.rca import SECTIONS, Action, Analysis, Facts, Hole, HoleKind, Moment, holes

START = datetime(2026, 11, 23, 13, 0, 20, tzinfo=UTC)
DETECTED = START + timedelta(minutes=4)
RESTORED = START + timedelta(hours=1)
NOW = START + timedelta(days=2)
FACTS = Facts(START, DETECTED, RESTORED, {"10001": 3600})
WHOLE = Analysis(
    prose=dict.fromkeys(SECTIONS, "Texto"),
    timeline=[Moment(START, "Empieza"), Moment(DETECTED, "Se detecta"), Moment(RESTORED, "Vuelve")],
    actions=[Action("Duplicar el límite", "Inés", date(2026, 12, 15))],
    downtime={"10001": 3600},
)

pytestmark = pytest.mark.rule("RCA-1")


def test_a_whole_one_has_no_holes():
    assert holes(WHOLE, FACTS, now=NOW) == []


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("text", ["", "  \n"])
def test_each_empty_section_is_a_hole(section, text):
    analysis = replace(WHOLE, prose={**WHOLE.prose, section: text})
    assert holes(analysis, FACTS, now=NOW) == [Hole(HoleKind.EMPTY_SECTION, section)]


@pytest.mark.parametrize(
    ("changes", "hole"),
    [
        ({"timeline": []}, Hole(HoleKind.NO_TIMELINE)),
        ({"timeline": WHOLE.timeline[1:]}, Hole(HoleKind.START_MISSING, at=START)),
        ({"timeline": WHOLE.timeline[::2]}, Hole(HoleKind.DETECTION_MISSING, at=DETECTED)),
        ({"timeline": WHOLE.timeline[:2]}, Hole(HoleKind.RESTORATION_MISSING, at=RESTORED)),
        (
            {"timeline": [*WHOLE.timeline, Moment(START, " ")]},
            Hole(HoleKind.MOMENT_WITHOUT_WORDS, "4", at=START),
        ),
        (
            {"timeline": [*WHOLE.timeline, Moment(NOW + timedelta(minutes=1), "Luego")]},
            Hole(HoleKind.MOMENT_IN_THE_FUTURE, "4", at=NOW + timedelta(minutes=1)),
        ),
        ({"actions": []}, Hole(HoleKind.NO_ACTIONS)),
        ({"actions": [Action("", "Inés", date(2026, 12, 1))]}, Hole(HoleKind.ACTION_WITHOUT_WORDS, "1")),
        ({"actions": [Action("Algo", "", date(2026, 12, 1))]}, Hole(HoleKind.ACTION_WITHOUT_OWNER, "1")),
        ({"actions": [Action("Algo", "Inés", None)]}, Hole(HoleKind.ACTION_WITHOUT_DATE, "1")),
        ({"downtime": {}}, Hole(HoleKind.DOWNTIME_NOT_STATED, "10001", counted=3600)),
        (
            {"downtime": {"10001": 3599}},
            Hole(HoleKind.DOWNTIME_DIFFERS, "10001", stated=3599, counted=3600),
        ),
        (
            {"downtime": {"10001": 3600, "2": 1}},
            Hole(HoleKind.DOWNTIME_OF_ANOTHER, "2", stated=1),
        ),
    ],
)
def test_each_hole_is_found_alone(changes, hole):
    assert holes(replace(WHOLE, **changes), FACTS, now=NOW) == [hole]


def test_all_of_them_are_listed_at_once_while_the_incident_lasts():
    facts = replace(FACTS, restored=None)
    empty = Analysis(prose={})
    assert [hole.kind for hole in holes(empty, facts, now=NOW)] == [
        HoleKind.NOT_RESTORED,
        *[HoleKind.EMPTY_SECTION] * 6,
        HoleKind.NO_TIMELINE,
        HoleKind.NO_ACTIONS,
        HoleKind.DOWNTIME_NOT_STATED,
    ]
