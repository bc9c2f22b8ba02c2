"""The one text box of a ticket's page, and the four ways in which its text can be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms.acts import ANSWER, ASK, NOTE, PROPOSE
from tickets.domain.lifecycle import Act
from tickets.models import Message, Ticket

from .refusals import closed_by_role, closed_by_state


@dataclass(frozen=True)
class Way:
    """One way to send the text: what it does, who may, in which state, what is told afterwards."""

    permission: str
    rule: str
    hint: Any
    done: Any
    step: Act | None = None
    needs_open_ticket: bool = True

    def why_closed(self, ticket: Ticket, user: User) -> Refused | None:
        closed = closed_by_role(user, self.permission, self.rule)
        if closed is None and self.step:
            closed = closed_by_state(ticket, self.step)
        if closed is None and self.needs_open_ticket and ticket.is_closed:
            closed = Refused(_("This ticket is closed."), rule="CRP-3")
        return closed


WAYS: Mapping[str, Way] = {
    ANSWER: Way(
        permission="tickets.answer_ticket",
        rule="RSP-3",
        hint=_("The customer reads it; it stops the response clock."),
        done=_("Your answer is with the customer."),
    ),
    NOTE: Way(
        permission="tickets.write_internal_note",
        rule="INT-3",
        hint=_("Only Lynn's people read it; no clock stops."),
        done=_("Your note is on the ticket; only Lynn's people read it."),
        needs_open_ticket=False,
    ),
    ASK: Way(
        permission="tickets.change_state",
        rule="COP-1",
        hint=_("The customer reads it; restoration pauses until the answer."),
        done=_("The customer has been asked; restoration pauses until the answer."),
        step=Act.ASK_CUSTOMER,
    ),
    PROPOSE: Way(
        permission="tickets.change_state",
        rule="CRP-2",
        hint=_("The customer reads it, and accepts or rejects it."),
        done=_("The solution is with the customer."),
        step=Act.PROPOSE_SOLUTION,
    ),
}


def write(ticket: Ticket, data: Mapping[str, Any], by: User, now: datetime) -> Message:
    """Send the text the way that was chosen."""
    common = {
        "by": by,
        "now": now,
        "evidence": data["files"],
        "submission_key": data["submission_key"],
    }
    text = data["body"]
    if data["way"] == NOTE:
        return operations.write_note(ticket, body=text, **common)
    if data["way"] == ASK:
        return operations.ask_customer(ticket, question=text, **common)
    if data["way"] == PROPOSE:
        return operations.propose_solution(ticket, body=text, **common)
    return operations.answer_customer(ticket, body=text, **common)
