"""Whether a root cause analysis may be published: every hole it still has (RCA-1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

SECTIONS = ("summary", "impact", "root_cause", "contributing_factors", "detection", "restoration")


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Action:
    words: str
    owner: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What it says. `prose` by section, `downtime` in seconds by tenant."""

    prose: Mapping[str, str]
    timeline: Sequence[Moment] = ()
    actions: Sequence[Action] = ()
    downtime: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the incident, and the downtime of each affected tenant as its statement stands."""

    started: datetime
    detected: datetime
    restored: datetime | None
    downtime: Mapping[str, int]


class HoleKind(StrEnum):
    NOT_RESTORED = "not_restored"
    EMPTY_SECTION = "empty_section"
    NO_TIMELINE = "no_timeline"
    MOMENT_WITHOUT_WORDS = "moment_without_words"
    MOMENT_IN_THE_FUTURE = "moment_in_the_future"
    START_MISSING = "start_missing"
    DETECTION_MISSING = "detection_missing"
    RESTORATION_MISSING = "restoration_missing"
    NO_ACTIONS = "no_actions"
    ACTION_WITHOUT_WORDS = "action_without_words"
    ACTION_WITHOUT_OWNER = "action_without_owner"
    ACTION_WITHOUT_DATE = "action_without_date"
    DOWNTIME_NOT_STATED = "downtime_not_stated"
    DOWNTIME_DIFFERS = "downtime_differs"
    DOWNTIME_OF_ANOTHER = "downtime_of_another"


@dataclass(frozen=True, slots=True)
class Hole:
    """What is missing or wrong. `where` names it: a section, the nth line from 1, or a tenant.

    `stated` and `counted` are seconds of downtime, where it is about them; `at` the instant it is about.
    """

    kind: HoleKind
    where: str = ""
    at: datetime | None = None
    stated: int | None = None
    counted: int | None = None


def holes(analysis: Analysis, facts: Facts, *, now: datetime) -> list[Hole]:
    """Every hole at once, in the order of the sections; empty where the analysis is complete.

    The timeline contradicts the incident where it does not have its start, its detection and its restoration
    at the minute on record, or tells of the future.
    """
    return [
        *_in_prose(analysis, facts),
        *_in_timeline(analysis.timeline, facts, now),
        *_in_actions(analysis.actions),
        *_in_downtime(analysis.downtime, facts.downtime),
    ]


def _in_prose(analysis: Analysis, facts: Facts) -> Iterator[Hole]:
    if facts.restored is None:
        yield Hole(HoleKind.NOT_RESTORED)
    for section in SECTIONS:
        if not analysis.prose.get(section, "").strip():
            yield Hole(HoleKind.EMPTY_SECTION, section)


def _in_timeline(timeline: Sequence[Moment], facts: Facts, now: datetime) -> Iterator[Hole]:
    if not timeline:
        yield Hole(HoleKind.NO_TIMELINE)
        return
    for place, moment in enumerate(timeline, start=1):
        if not moment.words.strip():
            yield Hole(HoleKind.MOMENT_WITHOUT_WORDS, str(place), at=moment.at)
        if moment.at > now:
            yield Hole(HoleKind.MOMENT_IN_THE_FUTURE, str(place), at=moment.at)
    told = {_minute(moment.at) for moment in timeline}
    for kind, instant in (
        (HoleKind.START_MISSING, facts.started),
        (HoleKind.DETECTION_MISSING, facts.detected),
        (HoleKind.RESTORATION_MISSING, facts.restored),
    ):
        if instant is not None and _minute(instant) not in told:
            yield Hole(kind, at=instant)


def _in_actions(actions: Sequence[Action]) -> Iterator[Hole]:
    if not actions:
        yield Hole(HoleKind.NO_ACTIONS)
    for place, action in enumerate(actions, start=1):
        if not action.words.strip():
            yield Hole(HoleKind.ACTION_WITHOUT_WORDS, str(place))
        if not action.owner.strip():
            yield Hole(HoleKind.ACTION_WITHOUT_OWNER, str(place))
        if action.due_on is None:
            yield Hole(HoleKind.ACTION_WITHOUT_DATE, str(place))


def _in_downtime(stated: Mapping[str, int], counted: Mapping[str, int]) -> Iterator[Hole]:
    for tenant in sorted(counted):
        if tenant not in stated:
            yield Hole(HoleKind.DOWNTIME_NOT_STATED, tenant, counted=counted[tenant])
        elif stated[tenant] != counted[tenant]:
            yield Hole(HoleKind.DOWNTIME_DIFFERS, tenant, stated=stated[tenant], counted=counted[tenant])
    for tenant in sorted(stated.keys() - counted.keys()):
        yield Hole(HoleKind.DOWNTIME_OF_ANOTHER, tenant, stated=stated[tenant])


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
