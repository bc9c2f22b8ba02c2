"""What every operation on claims does alike: take the claim, move it, write down what happened."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from credits.domain.claims import Act, IllegalTransition, State, next_state
from credits.models import STATE_LABELS, Claim, ClaimEvent, Statement
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused

_READ = (
    "cycle__contract__tenant__customer__partner__executive",
    "filed_by",
    "decided_by",
    "statement__policy_version",
)


def locked(claim: Claim) -> Claim:
    """The claim as it is now, held until the transaction ends, with what operations read of it."""
    return Claim.objects.select_for_update(of=("self",)).select_related(*_READ).get(pk=claim.pk)


def moved(
    claim: Claim, act: Act, *, at: datetime, by: User | None = None, reason: str = "", **data: Any
) -> ClaimEvent:
    """Puts the claim into the state that `act` leads to and returns the event; saves neither."""
    try:
        claim.state = next_state(State(claim.state), act).value
    except IllegalTransition:
        raise Refused(
            _("That is not possible while the claim is «%(state)s».")
            % {"state": dict(STATE_LABELS)[claim.state]},
            rule="CRD-3",
        ) from None
    claim.state_since = at
    return ClaimEvent(claim=claim, act=act.value, at=at, by=by, reason=reason, data=data)


def take_figures(claim: Claim, statement: Statement) -> None:
    """What the machine makes of a statement; saves nothing."""
    result = statement.data["result"]
    claim.statement = statement
    claim.percent = result["binding_credit_percent"]
    claim.amount = None if result["amount"] is None else Decimal(result["amount"])
    claim.currency = statement.data["contract"]["currency"]


def figures_of(statement: Statement) -> dict[str, Any]:
    """The machine's figures as an event keeps them."""
    result = statement.data["result"]
    return {
        "version": statement.version,
        "percentage": result["percentage"],
        "percent": result["binding_credit_percent"],
        "amount": result["amount"],
    }
