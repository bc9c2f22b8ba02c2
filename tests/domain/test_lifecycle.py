"""The declared table of a ticket's life: what is in it, and that nothing else is possible."""

import pytest

from tickets.domain.lifecycle import (
    ACTIVE,
    CLOSE_REASONS,
    TRANSITIONS,
    Act,
    CloseReason,
    IllegalTransition,
    State,
    acts_in,
    next_state,
)

EXPECTED = {
    State.REGISTERED: {Act.ESCALATE: State.OPEN, Act.CLOSE: State.CLOSED},
    State.OPEN: {
        Act.ASK_CUSTOMER: State.WAITING_CUSTOMER,
        Act.WAIT_FOR_PROVIDER: State.WAITING_PROVIDER,
        Act.PROPOSE_SOLUTION: State.SOLUTION_PROPOSED,
        Act.CLOSE: State.CLOSED,
    },
    State.WAITING_CUSTOMER: {
        Act.CUSTOMER_ANSWERS: State.OPEN,
        Act.WITHDRAW_QUESTION: State.OPEN,
        Act.CLOSE: State.CLOSED,
    },
    State.WAITING_PROVIDER: {
        Act.PROVIDER_ANSWERS: State.OPEN,
        Act.PROPOSE_SOLUTION: State.SOLUTION_PROPOSED,
        Act.CLOSE: State.CLOSED,
    },
    State.SOLUTION_PROPOSED: {
        Act.ACCEPT_SOLUTION: State.CLOSED,
        Act.REJECT_SOLUTION: State.OPEN,
        Act.CLOSE: State.CLOSED,
    },
    State.CLOSED: {Act.REOPEN: State.OPEN},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_every_pair_of_state_and_act_leads_where_declared_or_is_refused(state, act):
    expected = EXPECTED[state].get(act)
    if expected is None:
        with pytest.raises(IllegalTransition) as refusal:
            next_state(state, act)
        assert (refusal.value.state, refusal.value.act) == (state, act)
    else:
        assert next_state(state, act) is expected
    assert (act in acts_in(state)) is (expected is not None)


def test_every_state_can_be_reached_from_registration():
    reached, before = {State.REGISTERED}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in TRANSITIONS.items() if state in before}
    assert reached == set(State)


@pytest.mark.rule("CRP-1", "CRP-2")
def test_a_case_closes_unanswered_only_while_the_customer_owes_something():
    assert [s for s in ACTIVE if CloseReason.NO_ANSWER in CLOSE_REASONS[s]] == [State.WAITING_CUSTOMER]
    assert [s for s in ACTIVE if CloseReason.NO_PROBLEM_REPORTED in CLOSE_REASONS[s]] == [
        State.SOLUTION_PROPOSED
    ]
