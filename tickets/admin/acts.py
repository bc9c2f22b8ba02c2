"""Everything the desk does on a ticket: each act has an address, a form, and one operation behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets import desk_forms, operations
from tickets.desk_forms import DeskForm
from tickets.domain.lifecycle import Act, CloseReason
from tickets.models import Message, Ticket, TicketEvent

from .refusals import closed_by_role, closed_by_state
from .writing import WAYS, write

type Data = Mapping[str, Any]


def never_closed(ticket: Ticket) -> Refused | None:
    return None


@dataclass(frozen=True, kw_only=True)
class DeskAct:
    """One act. `run` takes the ticket, what its valid form holds, who acts, and when.

    `step` is its place in the transition table, if it moves the ticket; `closed` says why it does not fit
    for another reason. After events of the kinds in `overwrites`, it would replace what somebody else
    decided.
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
        return str(WAYS[data["way"]].done if self.form is desk_forms.WriteForm else self.done)


def _take(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.assign(ticket, by=by, owner=by, now=now)


def _assign(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.assign(ticket, by=by, owner=data["owner"], reason=data["reason"], now=now)


def _decide_severity(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.decide_severity(
        ticket, by=by, severity=data["severity"], reason=data["reason"], now=now
    )


def _wait(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.wait_for_provider(ticket, by=by, reason=data["reason"], now=now)


def _provider_answered(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.provider_answered(ticket, by=by, reason=data["reason"], now=now)


def _withdraw(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.withdraw_question(ticket, by=by, reason=data["reason"], now=now)


def _restored(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.record_restoration(ticket, by=by, at=_within_clocks(ticket, data["at"]), now=now)


def _resolved(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.record_resolution(ticket, by=by, at=_within_clocks(ticket, data["at"]), now=now)


def _close(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.close_ticket(
        ticket, by=by, reason=CloseReason(data["because"]), words=data["words"], now=now
    )


def _call(ticket: Ticket, data: Data, by: User, now: datetime) -> Message:
    return operations.record_call(
        ticket,
        by=by,
        contact=data["contact"],
        called_at=_within_clocks(ticket, data["called_at"]) or now,
        summary=data["summary"],
        submission_key=data["submission_key"],
        now=now,
    )


def _escalate(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    at = _not_before(data["called_at"], ticket.registered_at)
    return operations.escalate(ticket, by=by, contact=data["contact"], at=at, now=now)


def _within_clocks(ticket: Ticket, at: datetime | None) -> datetime | None:
    return _not_before(at, ticket.escalated_at or ticket.registered_at)


def _not_before(at: datetime | None, bound: datetime) -> datetime | None:
    """A form knows no seconds: the minute in which something happened does not lie before it."""
    return bound if at is not None and at == bound.replace(second=0, microsecond=0) else at


def _restored_already(ticket: Ticket) -> Refused | None:
    if ticket.restored_at is None:
        return None
    return Refused(_("The restoration is already on record."), rule="RST-1")


def _resolved_already(ticket: Ticket) -> Refused | None:
    if ticket.resolved_at is None:
        return None
    return Refused(_("The resolution is already on record."), rule="RST-1")


def _closed_ticket(ticket: Ticket) -> Refused | None:
    return Refused(_("This ticket is closed."), rule="SEV-4") if ticket.is_closed else None


WRITE = DeskAct(
    form=desk_forms.WriteForm,
    label=_("Write"),
    button=_("Send"),
    icon="send",
    done="",
    permission="tickets.write_internal_note",
    rule="INT-3",
    run=write,
)
TAKE = DeskAct(
    form=desk_forms.TakeForm,
    label=_("Take it"),
    button=_("Take it"),
    icon="person-check",
    done=_("The ticket is yours."),
    permission="tickets.assign_ticket",
    rule="RST-8",
    run=_take,
    overwrites=frozenset({TicketEvent.Kind.ASSIGNED}),
)
SEVERITY = DeskAct(
    form=desk_forms.SeverityForm,
    label=_("Decide the severity"),
    button=_("Decide the severity"),
    icon="sliders",
    done=_("The severity is decided."),
    permission="tickets.decide_severity",
    rule="SEV-4",
    run=_decide_severity,
    closed=_closed_ticket,
    overwrites=frozenset({TicketEvent.Kind.SEVERITY_DECIDED}),
)
# In the order in which the page's top offers them.
ON_TOP: tuple[DeskAct, ...] = (
    DeskAct(
        form=desk_forms.EscalateForm,
        label=_("Escalated by telephone"),
        button=_("Record the escalation"),
        icon="arrow-up-right",
        done=_("The ticket is escalated, and its clocks run since the call."),
        permission="tickets.register_call",
        rule="CON-2",
        run=_escalate,
        step=Act.ESCALATE,
    ),
    DeskAct(
        form=desk_forms.CallForm,
        label=_("Record a call"),
        button=_("Record the call"),
        icon="telephone",
        done=_("The call is on record."),
        permission="tickets.register_call",
        rule="INT-1",
        run=_call,
    ),
    DeskAct(
        form=desk_forms.RestoredForm,
        label=_("Service restored"),
        button=_("Record the restoration"),
        icon="check-circle-fill",
        done=_("The restoration is on record; its clocks have stopped."),
        permission="tickets.change_state",
        rule="RST-1",
        run=_restored,
        closed=_restored_already,
    ),
    DeskAct(
        form=desk_forms.ProviderAnsweredForm,
        label=_("The third party answered"),
        button=_("Go on"),
        icon="arrow-repeat",
        done=_("The ticket is open again; restoration goes on."),
        permission="tickets.change_state",
        rule="EXC-1",
        run=_provider_answered,
        step=Act.PROVIDER_ANSWERS,
    ),
    DeskAct(
        form=desk_forms.WithdrawForm,
        label=_("Withdraw the question"),
        button=_("Withdraw the question"),
        icon="arrow-counterclockwise",
        done=_("The question is withdrawn; restoration goes on."),
        permission="tickets.change_state",
        rule="COP-1",
        run=_withdraw,
        step=Act.WITHDRAW_QUESTION,
    ),
    DeskAct(
        form=desk_forms.WaitForm,
        label=_("Wait for a third party"),
        button=_("Wait for the third party"),
        icon="hourglass-split",
        done=_("The ticket waits for the third party; restoration pauses."),
        permission="tickets.change_state",
        rule="EXC-1",
        run=_wait,
        step=Act.WAIT_FOR_PROVIDER,
    ),
    DeskAct(
        form=desk_forms.ResolvedForm,
        label=_("Root cause removed"),
        button=_("Record the resolution"),
        icon="check2-circle",
        done=_("The resolution is on record."),
        permission="tickets.change_state",
        rule="RST-1",
        run=_resolved,
        closed=_resolved_already,
    ),
    DeskAct(
        form=desk_forms.AssignForm,
        label=_("Assign"),
        button=_("Assign"),
        icon="person",
        done=_("The owner is changed."),
        permission="tickets.assign_ticket",
        rule="RST-8",
        run=_assign,
        overwrites=frozenset({TicketEvent.Kind.ASSIGNED}),
    ),
    DeskAct(
        form=desk_forms.CloseForm,
        label=_("Close"),
        button=_("Close the ticket"),
        icon="lock",
        done=_("The ticket is closed."),
        permission="tickets.change_state",
        rule="CRP-3",
        run=_close,
        step=Act.CLOSE,
    ),
)
ACTS: tuple[DeskAct, ...] = (WRITE, TAKE, SEVERITY, *ON_TOP)
