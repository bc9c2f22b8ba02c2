"""What the desk does on a ticket: it writes, moves it, and decides about what it promises."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms import acts as desk_forms
from tickets.domain.lifecycle import Act, CloseReason
from tickets.models import Message, Ticket, TicketEvent

from .act import Data, DeskAct, not_before, within_clocks
from .decision_acts import DECISIONS
from .writing import WAYS, write


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
    return operations.record_restoration(ticket, by=by, at=within_clocks(ticket, data["at"]), now=now)


def _resolved(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.record_resolution(ticket, by=by, at=within_clocks(ticket, data["at"]), now=now)


def _close(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    return operations.close_ticket(
        ticket, by=by, reason=CloseReason(data["because"]), words=data["words"], now=now
    )


def _call(ticket: Ticket, data: Data, by: User, now: datetime) -> Message:
    return operations.record_call(
        ticket,
        by=by,
        contact=data["contact"],
        called_at=within_clocks(ticket, data["called_at"]) or now,
        summary=data["summary"],
        submission_key=data["submission_key"],
        now=now,
    )


def _escalate(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    at = not_before(data["called_at"], ticket.registered_at)
    return operations.escalate(ticket, by=by, contact=data["contact"], at=at, now=now)


def _restored_already(ticket: Ticket) -> Refused | None:
    if not ticket.is_escalated:
        return Refused(_("No clock runs before a designated contact escalates the ticket."), rule="CON-2")
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
    done=lambda data: WAYS[data["way"]].done,
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
_ON_TOP: list[DeskAct] = [
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
    *DECISIONS,
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
]


def add_act(act: DeskAct) -> None:
    """An act of an app above this one, offered beside the others. Called once, from that app's admin."""
    if act not in _ON_TOP:
        _ON_TOP.append(act)


def acts_on_top() -> tuple[DeskAct, ...]:
    return tuple(_ON_TOP)


def all_acts() -> tuple[DeskAct, ...]:
    return (WRITE, TAKE, SEVERITY, *_ON_TOP)
