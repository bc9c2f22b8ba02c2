"""The course of an escalation: its states, and every step that leads from one to another (ESC-8).

Level 2 is the executive's, levels 1 and 3 the desk's; all follow the same table.
"""

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    WAITING = "waiting"  # raised; nobody has acknowledged it
    ACKNOWLEDGED = "acknowledged"
    WITH_DESK = "with_desk"  # the executive has asked the desk something
    RESOLVED = "resolved"
    RETURNED = "returned"  # not taken on, with the reason


class Step(StrEnum):
    RAISE = "raise"
    ACKNOWLEDGE = "acknowledge"
    COMMENT = "comment"
    ASK_DESK = "ask_desk"
    DESK_ANSWERS = "desk_answers"
    RESOLVE = "resolve"
    RETURN = "return"
    LATE = "late"  # noticed by a sweep: not acknowledged by its due time


class IllegalStep(ValueError):
    """The step does not exist at this stage."""

    def __init__(self, stage: Stage, step: Step) -> None:
        super().__init__(f"«{step}» is not possible while an escalation is «{stage}»")
        self.stage = stage
        self.step = step


_S, _T = Stage, Step
OPEN = frozenset({Stage.WAITING, Stage.ACKNOWLEDGED, Stage.WITH_DESK})

COURSE: Mapping[tuple[Stage, Step], Stage] = {
    (_S.WAITING, _T.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.WAITING, _T.LATE): _S.WAITING,
    **{(stage, _T.COMMENT): stage for stage in OPEN},
    # Whoever asks the desk or settles it has taken notice of it.
    **{(stage, _T.ASK_DESK): _S.WITH_DESK for stage in OPEN},
    (_S.WITH_DESK, _T.DESK_ANSWERS): _S.ACKNOWLEDGED,
    **{(stage, _T.RESOLVE): _S.RESOLVED for stage in OPEN},
    **{(stage, _T.RETURN): _S.RETURNED for stage in OPEN},
}
ACKNOWLEDGING = frozenset({Step.ACKNOWLEDGE, Step.ASK_DESK, Step.RESOLVE, Step.RETURN})


def next_stage(stage: Stage, step: Step) -> Stage:
    """The stage that `step` leads to from `stage`, or IllegalStep."""
    try:
        return COURSE[stage, step]
    except KeyError:
        raise IllegalStep(stage, step) from None


def steps_at(stage: Stage) -> frozenset[Step]:
    """What can be done at `stage`, for showing it."""
    return frozenset(step for (from_stage, step) in COURSE if from_stage is stage)
