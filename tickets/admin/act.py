"""An act of the desk: an address, a form, and one operation behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms.base import DeskForm
from tickets.domain.lifecycle import Act
from tickets.models import Ticket, TicketEvent

from .refusals import closed_by_role, closed_by_state

type Data = Mapping[str, Any]


def never_closed(ticket: Ticket) -> Refused | None:
    return None


@dataclass(frozen=True, kw_only=True)
class DeskAct:
    """One act. `run` takes the ticket, what its valid form holds, who acts, and when.

    `step` is its place in the transition table, if it moves the ticket; `closed` says why it does not fit
    for another reason. `done` is what is said afterwards, or makes it of what the form held. After events of
    the kinds in `overwrites`, it would replace what somebody else decided.
    """

    form: type[DeskForm]
    label: Any
    button: Any
    icon: str
    done: Any
    permission: str
    rule: str
    run: Callable[[Ticket, Data, User, datetime], object]
    step: Act | None = None
    closed: Callable[[Ticket], Refused | None] = never_closed
    overwrites: frozenset[TicketEvent.Kind] = field(default_factory=frozenset)

    @property
    def slug(self) -> str:
        return self.form.slug

    @property
    def url_name(self) -> str:
        return f"tickets_ticket_{self.slug.replace('-', '_')}"

    def why_closed(self, ticket: Ticket, user: User) -> Refused | None:
        """Why `user` cannot do it now, for showing it closed; the operation judges again when it is done."""
        return (
            closed_by_role(user, self.permission, self.rule)
            or (closed_by_state(ticket, self.step) if self.step else None)
            or self.closed(ticket)
        )

    def perform(self, ticket: Ticket, data: Data, *, by: User, seen: int, now: datetime) -> object:
        """Do it. `seen` is the last event its author knew of. Raises Refused and IllegalTransition."""
        refusal = closed_by_role(by, self.permission, self.rule)
        if refusal:
            raise refusal
        act = partial(self.run, ticket, data, by, now)
        if not self.overwrites:
            return act()
        return operations.unless_overtaken(act, ticket=ticket, by=by, seen=seen, kinds=self.overwrites)

    def done_sentence(self, data: Data) -> str:
        return str(self.done(data) if callable(self.done) else self.done)


def within_clocks(ticket: Ticket, at: datetime | None) -> datetime | None:
    return not_before(at, ticket.escalated_at or ticket.registered_at)


def not_before(at: datetime | None, bound: datetime) -> datetime | None:
    """A form knows no seconds: the minute in which something happened does not lie before it."""
    return bound if at is not None and at == bound.replace(second=0, microsecond=0) else at
