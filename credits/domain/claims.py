"""The life of a credit claim: every allowed change of state, declared in one place (CRD-3)."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"  # found by the portal and filled in, nobody has claimed it
    SUBMITTED = "submitted"
    EVALUATED = "evaluated"  # by the machine
    APPROVED = "approved"
    ADJUSTED = "adjusted"  # approved with another figure, and a reason
    REJECTED = "rejected"
    ISSUED = "issued"  # the credit note exists
    APPLIED = "applied"  # on the next invoice
    PREPAID = "prepaid"  # annual contracts: on the prepaid balance
    REFUNDED = "refunded"  # annual contracts
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What moves a claim from one state to another."""

    FILE = "file"
    EVALUATE = "evaluate"
    APPROVE = "approve"
    ADJUST = "adjust"
    REJECT = "reject"
    ISSUE = "issue"
    APPLY = "apply"
    CREDIT_BALANCE = "credit_balance"
    REFUND = "refund"
    REVERSE = "reverse"
    WITHDRAW = "withdraw"


class IllegalTransition(ValueError):
    """The act does not exist in this state. Carries both, for the sentence the reader gets."""

    def __init__(self, state: State, act: Act) -> None:
        super().__init__(f"«{act}» is not possible while a claim is «{state}»")
        self.state = state
        self.act = act


_S, _A = State, Act

TRANSITIONS: Mapping[tuple[State, Act], State] = {
    (_S.DRAFT, _A.FILE): _S.SUBMITTED,
    (_S.WITHDRAWN, _A.FILE): _S.SUBMITTED,  # one claim per cycle: a later one joins it (CRD-4)
    (_S.SUBMITTED, _A.EVALUATE): _S.EVALUATED,
    (_S.EVALUATED, _A.EVALUATE): _S.EVALUATED,  # later evidence, before anybody decided (AVL-6)
    (_S.REJECTED, _A.EVALUATE): _S.EVALUATED,  # later evidence in the customer's favour
    (_S.EVALUATED, _A.APPROVE): _S.APPROVED,
    (_S.EVALUATED, _A.ADJUST): _S.ADJUSTED,
    (_S.EVALUATED, _A.REJECT): _S.REJECTED,
    (_S.APPROVED, _A.ISSUE): _S.ISSUED,
    (_S.ADJUSTED, _A.ISSUE): _S.ISSUED,
    (_S.ISSUED, _A.APPLY): _S.APPLIED,
    (_S.ISSUED, _A.CREDIT_BALANCE): _S.PREPAID,
    (_S.ISSUED, _A.REFUND): _S.REFUNDED,
    # a counter-entry: what was issued was wrong, and is decided again (CRD-5)
    **{(state, _A.REVERSE): _S.EVALUATED for state in (_S.ISSUED, _S.APPLIED, _S.PREPAID, _S.REFUNDED)},
    (_S.SUBMITTED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.EVALUATED, _A.WITHDRAW): _S.WITHDRAWN,
}

# How a credit note is settled: a monthly contract's on the next invoice, an annual one's either way.
SETTLEMENTS: Mapping[str, tuple[Act, ...]] = {
    "monthly": (Act.APPLY,),
    "annual": (Act.CREDIT_BALANCE, Act.REFUND),
}
GRANTED = frozenset({_S.APPROVED, _S.ADJUSTED, _S.ISSUED, _S.APPLIED, _S.PREPAID, _S.REFUNDED})
WITH_NOTE = frozenset({_S.ISSUED, _S.APPLIED, _S.PREPAID, _S.REFUNDED})
FOR_THE_EXECUTIVE = frozenset({_S.EVALUATED, _S.APPROVED, _S.ADJUSTED, _S.ISSUED})


def next_state(state: State, act: Act) -> State:
    """The state that `act` leads to from `state`, or IllegalTransition."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise IllegalTransition(state, act) from None


def acts_in(state: State) -> frozenset[Act]:
    """The acts that are possible in `state`, for showing what can be done."""
    return frozenset(act for (from_state, act) in TRANSITIONS if from_state == state)
