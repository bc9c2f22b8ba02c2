"""The course of an escalation: the whole table, written by hand."""

import pytest

from tickets.escalation.domain.course import OPEN, IllegalStep, Stage, Step, next_stage, steps_at

EXPECTED = {
    "waiting": {
        "acknowledge": "acknowledged", "comment": "waiting", "late": "waiting", "ask_desk": "with_desk",
        "resolve": "resolved", "return": "returned",
    },
    "acknowledged": {
        "comment": "acknowledged", "ask_desk": "with_desk", "resolve": "resolved", "return": "returned",
    },
    "with_desk": {
        "comment": "with_desk", "ask_desk": "with_desk", "desk_answers": "acknowledged",
        "resolve": "resolved", "return": "returned",
    },
    "resolved": {},
    "returned": {},
}  # fmt: skip
pytestmark = pytest.mark.rule("ESC-8")


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("step", Step)
def test_a_step_leads_where_the_table_says_or_does_not_exist(stage, step):
    after = EXPECTED[stage].get(step)
    if after is None:
        with pytest.raises(IllegalStep, match=f"«{step}» is not possible while an escalation is «{stage}»"):
            next_stage(stage, step)
    else:
        assert next_stage(stage, step) == after


def test_what_is_settled_goes_nowhere():
    assert {stage for stage in Stage if steps_at(stage)} == OPEN
