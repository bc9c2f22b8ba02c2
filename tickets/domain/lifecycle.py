"""The life of a ticket: every allowed change of state, declared in one place.

Instants such as first response or restoration are no states; a ticket may be restored while it is
open. Whoever is not in the table is refused by `IllegalTransition`.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    REGISTERED = "registered"  # numbered, not yet escalated by a designated contact (CON-2)
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_PROVIDER = "waiting_provider"
    SOLUTION_PROPOSED = "solution_proposed"
    CLOSED = "closed"


class CloseReason(StrEnum):
    ACCEPTED = "accepted"
    NO_PROBLEM_REPORTED = "no_problem_reported"
    NO_ANSWER = "no_answer"
    DUPLICATE = "duplicate"
    NOT_COVERED = "not_covered"


class Act(StrEnum):
    """What moves a ticket from one state to another."""

    ESCALATE = "escalate"
    ASK_CUSTOMER = "ask_customer"
    CUSTOMER_ANSWERS = "customer_answers"
    WITHDRAW_QUESTION = "withdraw_question"
    WAIT_FOR_PROVIDER = "wait_for_provider"
    PROVIDER_ANSWERS = "provider_answers"
    PROPOSE_SOLUTION = "propose_solution"
    REJECT_SOLUTION = "reject_solution"
    ACCEPT_SOLUTION = "accept_solution"
    CLOSE = "close"
    REOPEN = "reopen"


class IllegalTransition(ValueError):
    """The act does not exist in this state. Carries both, for the sentence the reader gets."""

    def __init__(self, state: State, act: Act) -> None:
        super().__init__(f"«{act}» is not possible while a ticket is «{state}»")
        self.state = state
        self.act = act


_S, _A = State, Act

TRANSITIONS: Mapping[tuple[State, Act], State] = {
    (_S.REGISTERED, _A.ESCALATE): _S.OPEN,  # CON-2
    (_S.OPEN, _A.ASK_CUSTOMER): _S.WAITING_CUSTOMER,  # COP-1
    (_S.WAITING_CUSTOMER, _A.CUSTOMER_ANSWERS): _S.OPEN,
    (_S.WAITING_CUSTOMER, _A.WITHDRAW_QUESTION): _S.OPEN,
    (_S.OPEN, _A.WAIT_FOR_PROVIDER): _S.WAITING_PROVIDER,  # EXC-1
    (_S.WAITING_PROVIDER, _A.PROVIDER_ANSWERS): _S.OPEN,
    (_S.OPEN, _A.PROPOSE_SOLUTION): _S.SOLUTION_PROPOSED,
    (_S.WAITING_PROVIDER, _A.PROPOSE_SOLUTION): _S.SOLUTION_PROPOSED,
    (_S.SOLUTION_PROPOSED, _A.REJECT_SOLUTION): _S.OPEN,
    (_S.SOLUTION_PROPOSED, _A.ACCEPT_SOLUTION): _S.CLOSED,
    # A duplicate or a case the agreement does not cover may be closed at any time.
    **{(state, _A.CLOSE): _S.CLOSED for state in State if state is not _S.CLOSED},
    (_S.CLOSED, _A.REOPEN): _S.OPEN,  # CRP-3
}

# Why a ticket in this state may be closed without the customer's acceptance.
CLOSE_REASONS: Mapping[State, frozenset[CloseReason]] = {
    state: frozenset({CloseReason.DUPLICATE, CloseReason.NOT_COVERED})
    | ({CloseReason.NO_ANSWER} if state is _S.WAITING_CUSTOMER else frozenset())
    | ({CloseReason.NO_PROBLEM_REPORTED} if state is _S.SOLUTION_PROPOSED else frozenset())
    for state in State
    if state is not _S.CLOSED
}

ACTIVE = frozenset(State) - {State.CLOSED}
# While one of these lasts a term of the customer's runs: without an answer the case closes (CRP-1, CRP-2).
TERM_CLOSES: Mapping[State, CloseReason] = {
    State.WAITING_CUSTOMER: CloseReason.NO_ANSWER,
    State.SOLUTION_PROPOSED: CloseReason.NO_PROBLEM_REPORTED,
}


def next_state(state: State, act: Act) -> State:
    """The state that `act` leads to from `state`, or IllegalTransition."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise IllegalTransition(state, act) from None


def acts_in(state: State) -> frozenset[Act]:
    """The acts that are possible in `state`, for showing what can be done."""
    return frozenset(act for (from_state, act) in TRANSITIONS if from_state == state)
