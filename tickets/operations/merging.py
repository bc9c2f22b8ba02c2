"""INT-6: two tickets about one incident become one; the duplicate closes, and nothing of it is lost."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets import notifications
from tickets.domain.lifecycle import Act, CloseReason, State, next_state
from tickets.domain.parts import Loss, Standing, lost_by_merging
from tickets.models import Ticket, TicketEvent, TicketLink

from .clocks import cancel_clocks
from .record import locked, record, save
from .responses import take_over_answer

NO_SUCH_TICKET = _("This customer has no such ticket.")
_GOES_ON = (TicketLink.Kind.DUPLICATE, TicketLink.Kind.FOLLOWS)
_LOST = {
    Loss.CLOCKS: _("The clocks run on %(duplicate)s, not on %(survivor)s: its deadlines would be lost."),
    Loss.EARLIER_START: _("%(duplicate)s was escalated before %(survivor)s: its deadlines would be lost."),
    Loss.SEVERITY: _("%(duplicate)s is more severe than %(survivor)s: its deadlines would be lost."),
}
_INSTEAD = {
    Loss.CLOCKS: _("Merge %(survivor)s into %(duplicate)s."),
    Loss.EARLIER_START: _("Merge %(survivor)s into %(duplicate)s."),
    Loss.SEVERITY: _("Let an engineer decide the severity of %(survivor)s first."),
}


@transaction.atomic
def merge_ticket(duplicate: Ticket, *, into: Ticket, by: User, reason: str, now: datetime) -> Ticket:
    """`duplicate` closes and goes on in `into`, which is returned. Merging it there twice is merging it once.

    An answer that support owes on the duplicate is owed on the survivor (RSP-4); its people hear of both.
    Raises Refused without a reason, across customers, for a ticket with itself, where either is closed, and
    where the survivor promises less than the duplicate (docs/adr/0007).
    """
    if not by.has_perm("tickets.change_ticket"):
        raise Refused(_("Only support merges tickets."), rule="INT-6")
    # always in the same order, so that two merges of the same pair wait for each other
    held = {pk: locked(Ticket(pk=pk)) for pk in sorted({duplicate.pk, into.pk})}
    duplicate, survivor = held[duplicate.pk], held[into.pk]
    links = TicketLink.objects.filter(source=duplicate, kind__in=_GOES_ON).select_related("target")
    link = links.first()
    if link and link.target == survivor and duplicate.is_closed:
        return survivor
    _require_mergeable(duplicate, survivor, reason)
    if link and link.target != survivor:
        raise Refused(
            _("%(ticket)s goes on in %(other)s already.")
            % {"ticket": duplicate.number, "other": link.target.number},
            rule="INT-6",
        )
    waits_since = duplicate.customer_waits_since if duplicate.is_escalated else None
    before, duplicate.state = duplicate.state, next_state(State(duplicate.state), Act.CLOSE)
    duplicate.state_since = duplicate.closed_at = now
    duplicate.close_reason = CloseReason.DUPLICATE
    duplicate.contact_unreachable_since = duplicate.severity_disputed_at = None
    duplicate.customer_waits_since = None
    if link is None:  # else it was merged there once before, and reopened
        TicketLink.objects.create(
            kind=TicketLink.Kind.DUPLICATE, source=duplicate, target=survivor, by=by, at=now
        )
    told = {"now": now, "by": by, "reason": reason.strip()}
    record(duplicate, TicketEvent.Kind.STATE_CHANGED, before=before, after=State.CLOSED, **told)
    closing = record(duplicate, TicketEvent.Kind.MERGED, number=survivor.number, survives=False, **told)
    cancel_clocks(duplicate, at=now, cause=closing, now=now)
    merged = record(survivor, TicketEvent.Kind.MERGED, number=duplicate.number, survives=True, **told)
    if waits_since is not None:
        since = max(waits_since, survivor.escalated_at)
        survivor.customer_waits_since = min(since, survivor.customer_waits_since or since)
        take_over_answer(survivor, since=since, cause=merged, now=now)
    save(duplicate, by=by, reason=reason.strip())
    save(survivor, by=by, reason=reason.strip())
    enqueue(notifications.merged(duplicate, survivor, closing), now=now)
    return survivor


def _require_mergeable(duplicate: Ticket, survivor: Ticket, reason: str) -> None:
    if survivor.customer_id != duplicate.customer_id:
        # said as of a number that does not exist: a foreign ticket is as unknown as an absent one
        raise Refused(NO_SUCH_TICKET, rule="INT-6")
    if survivor == duplicate:
        raise Refused(_("A ticket is not a duplicate of itself."), rule="INT-6")
    if not reason.strip():
        raise Refused(_("Say why: both tickets show it."), rule="INT-6")
    numbers = {"duplicate": duplicate.number, "survivor": survivor.number}
    for ticket in (duplicate, survivor):
        if ticket.is_closed:
            raise Refused(
                _("%(ticket)s is closed.") % {"ticket": ticket.number},
                rule="INT-6",
                instead=_("Merge into a ticket that is open."),
            )
    lost = lost_by_merging(_standing(duplicate), _standing(survivor))
    if lost:
        raise Refused(_LOST[lost] % numbers, rule="INT-6", instead=_INSTEAD[lost] % numbers)


def _standing(ticket: Ticket) -> Standing:
    return Standing(ticket.escalated_at, ticket.severity)
