"""RST-5: a case of severity 2 or 3 that needs a code patch gets a plan; its original target stays."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets import notifications
from tickets.models import PatchPlan, Ticket, TicketEvent

from .record import locked, record, save


@transaction.atomic
def plan_patch(ticket: Ticket, *, by: User, details: str, planned_on: date, now: datetime) -> PatchPlan:
    """What the patch consists of and the day it is planned for; the partner is told at once.

    A later plan follows the earlier ones, which stay on record; the same plan again is the same plan. No
    clock is touched. Raises Refused for severity 1, without details, and for a day that is over.
    """
    if not by.has_perm("tickets.change_state"):
        raise Refused(_("Only a support engineer plans a patch."), rule="RST-5")
    if not details.strip():
        raise Refused(_("Write the technical details: the partner reads them."), rule="RST-5")
    ticket = locked(ticket)
    if ticket.severity == 1:
        raise Refused(
            _("Severity 1 is restored without waiting for a patch."),
            rule="RST-5",
            instead=_("Restore the service by another way, or decide the severity anew."),
        )
    if not ticket.is_escalated or ticket.is_closed or ticket.restored_at:
        raise Refused(_("No restoration is owed on this ticket."), rule="RST-5")
    if planned_on < now.astimezone(ZoneInfo(ticket.tenant.time_zone)).date():
        raise Refused(_("The planned day is over."), rule="RST-5", instead=_("Write today or a later day."))
    last = ticket.patch_plans.order_by("at", "id").last()
    if last and (last.details, last.planned_on) == (details.strip(), planned_on):
        return last
    plan = PatchPlan.objects.create(
        ticket=ticket, details=details.strip(), planned_on=planned_on, by=by, at=now
    )
    event = record(
        ticket,
        TicketEvent.Kind.PATCH_PLANNED,
        now=now,
        by=by,
        reason=plan.details,
        planned_on=planned_on.isoformat(),
        before=last.planned_on.isoformat() if last else "",
    )
    save(ticket, by=by, reason="patch planned")
    clocks = ticket.clocks.running_first()
    enqueue(notifications.patch_planned(ticket, event, plan, clocks=clocks), now=now)
    return plan
