"""What the desk decides about a ticket's promises: exclusions, a patch, whether a contact can be reached."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets import operations
from tickets.desk_forms import decisions as forms
from tickets.models import Exclusion, PatchPlan, ProviderDealing, Ticket

from .act import Data, DeskAct, not_before, within_clocks


def _exclude(ticket: Ticket, data: Data, by: User, now: datetime) -> Exclusion:
    return operations.exclude(ticket, by=by, now=now, **data)


def _revert(ticket: Ticket, data: Data, by: User, now: datetime) -> Exclusion:
    exclusion = ticket.exclusions.get(pk=data["exclusion"])
    return operations.revert_exclusion(exclusion, by=by, reason=data["reason"], now=now)


def _deal(ticket: Ticket, data: Data, by: User, now: datetime) -> ProviderDealing:
    exclusion = ticket.exclusions.get(pk=data["exclusion"])
    return operations.record_dealing(exclusion, by=by, words=data["words"], at=data["at"], now=now)


def _plan(ticket: Ticket, data: Data, by: User, now: datetime) -> PatchPlan:
    return operations.plan_patch(ticket, by=by, now=now, **data)


def _unreachable(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    at = within_clocks(ticket, data["at"])
    return operations.record_unreachable(ticket, by=by, words=data["words"], at=at, now=now)


def _reached(ticket: Ticket, data: Data, by: User, now: datetime) -> Ticket:
    at = not_before(data["at"], ticket.contact_unreachable_since or now)
    return operations.record_reached(ticket, by=by, words=data["words"], at=at, now=now)


def _runs_nothing(ticket: Ticket) -> Refused | None:
    if not ticket.is_escalated:
        return Refused(_("No clock runs before a designated contact escalates the ticket."), rule="CON-2")
    if ticket.policy_version_id is None:
        return Refused(_("No target applies to this ticket anyway."), rule=ticket.no_target_rule)
    return Refused(_("This ticket is closed."), rule="EXC-3") if ticket.is_closed else None


def _none_in_force(ticket: Ticket) -> Refused | None:
    if forms.exclusions_in_force(ticket):
        return None
    return Refused(_("No exclusion is in force."), rule="EXC-3")


def _none_managed(ticket: Ticket) -> Refused | None:
    if any(exclusion.is_managed for exclusion in forms.exclusions_in_force(ticket)):
        return None
    return Refused(_("No exclusion names a provider that Lynn manages."), rule="EXC-1")


def _owes_no_restoration(ticket: Ticket, rule: str) -> Refused | None:
    if ticket.is_escalated and not ticket.is_closed and not ticket.restored_at:
        return None
    return Refused(_("No restoration is owed on this ticket."), rule=rule)


def _needs_no_plan(ticket: Ticket) -> Refused | None:
    if ticket.severity == 1:
        return Refused(_("Severity 1 is restored without waiting for a patch."), rule="RST-5")
    return _owes_no_restoration(ticket, "RST-5")


def _need_not_be_reached(ticket: Ticket) -> Refused | None:
    if ticket.severity != 1:
        return Refused(_("A contact must be reachable at any hour only for severity 1."), rule="CON-5")
    if ticket.contact_unreachable_since is not None:
        return Refused(_("It is on record already that nobody can be reached."), rule="CON-5")
    return _owes_no_restoration(ticket, "CON-5")


def _nobody_missed(ticket: Ticket) -> Refused | None:
    if ticket.contact_unreachable_since is not None:
        return None
    return Refused(_("Nobody is on record as not reachable."), rule="CON-5")


# In the order in which the page's top offers them.
DECISIONS: tuple[DeskAct, ...] = (
    DeskAct(
        form=forms.ReachedForm,
        label=_("Contact made"),
        button=_("Record the contact"),
        icon="telephone",
        done=_("Contact is made; restoration goes on."),
        permission="tickets.register_call",
        rule="CON-5",
        run=_reached,
        closed=_nobody_missed,
    ),
    DeskAct(
        form=forms.UnreachableForm,
        label=_("Nobody can be reached"),
        button=_("Record that nobody can be reached"),
        icon="telephone",
        done=_("It is on record; restoration stands still until contact is made."),
        permission="tickets.register_call",
        rule="CON-5",
        run=_unreachable,
        closed=_need_not_be_reached,
    ),
    DeskAct(
        form=forms.DealingForm,
        label=_("Dealings with the provider"),
        button=_("Record it"),
        icon="people",
        done=_("It is on record, and the partner is told."),
        permission="tickets.decide_exclusion",
        rule="EXC-1",
        run=_deal,
        closed=_none_managed,
    ),
    DeskAct(
        form=forms.ExcludeForm,
        label=_("Exclude from deadlines"),
        button=_("Decide the exclusion"),
        icon="slash-circle",
        done=_("The exclusion is decided, and the partner is told."),
        permission="tickets.decide_exclusion",
        rule="EXC-3",
        run=_exclude,
        closed=_runs_nothing,
    ),
    DeskAct(
        form=forms.RevertForm,
        label=_("Revert an exclusion"),
        button=_("Revert the exclusion"),
        icon="arrow-counterclockwise",
        done=_("The exclusion is reverted; the clocks are what they would have been."),
        permission="tickets.decide_exclusion",
        rule="EXC-3",
        run=_revert,
        closed=_none_in_force,
    ),
    DeskAct(
        form=forms.PatchForm,
        label=_("Plan a patch"),
        button=_("Tell the plan"),
        icon="calendar-event",
        done=_("The plan is on record, and the partner is told."),
        permission="tickets.change_state",
        rule="RST-5",
        run=_plan,
        closed=_needs_no_plan,
    ),
)
