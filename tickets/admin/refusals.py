"""Why an act is closed, in words: whose role does it, what the state lacks, what to do instead."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.domain.lifecycle import Act, IllegalTransition, State, next_state
from tickets.models import Ticket
from tickets.models.ticket import STATE_LABELS

# act → the rule behind it, and why it does not exist in a state
_REASONS: Mapping[Act, tuple[str, Any]] = {
    Act.ESCALATE: ("CON-2", _("The ticket is escalated already.")),
    Act.ASK_CUSTOMER: ("COP-1", _("The customer is asked while a ticket is open.")),
    Act.WITHDRAW_QUESTION: ("COP-1", _("No question waits for the customer's answer.")),
    Act.WAIT_FOR_PROVIDER: ("EXC-1", _("Only an open ticket is put to wait for a third party.")),
    Act.PROVIDER_ANSWERS: ("EXC-1", _("The ticket does not wait for a third party.")),
    Act.PROPOSE_SOLUTION: ("CRP-2", _("A solution is proposed while a ticket is open.")),
    Act.CLOSE: ("CRP-3", _("The ticket is closed already.")),
}
_INSTEAD: Mapping[State, Any] = {
    State.REGISTERED: _(
        "A designated contact escalates it first: in the portal, or by a call that you record."
    ),
    State.OPEN: "",
    State.WAITING_CUSTOMER: _("Withdraw the question first, or wait for the answer."),
    State.WAITING_PROVIDER: _("Record first what the third party answered."),
    State.SOLUTION_PROPOSED: _("The customer accepts the solution or rejects it."),
    State.CLOSED: "",
}


def closed_by_role(user: User, permission: str, rule: str) -> Refused | None:
    if user.has_perm(permission):
        return None
    return Refused(
        _("Your role, «%(role)s», does not include this.") % {"role": user.get_role_display()},
        rule=rule,
        instead=_("Ask a support engineer."),
    )


def closed_by_state(ticket: Ticket, act: Act) -> Refused | None:
    try:
        next_state(State(ticket.state), act)
    except IllegalTransition as illegal:
        return as_refusal(illegal)
    return None


def as_refusal(error: Refused | IllegalTransition) -> Refused:
    """The sentence for an act that the transition table does not hold; a refusal has its own already."""
    if isinstance(error, Refused):
        return error
    rule, reason = _REASONS[error.act]
    state = gettext("It is in the state «%(state)s».") % {"state": dict(STATE_LABELS)[error.state]}
    return Refused(f"{reason} {state}", rule=rule, instead=_INSTEAD[error.state])
