"""What was promised stays, unless an administrator applies the versions now in force to open tickets."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.clock_events import Cancelled, ClockEvent, Retargeted
from sla.domain.stopwatch import read
from sla.domain.targets import ClockKind, Target
from sla.queries import Agreement, agreement_for, calendar_of, domain_calendar, targets_of
from tickets import notifications
from tickets.models import SlaClock, Ticket, TicketEvent
from tickets.queries import open_tickets

from .clocks import retarget_clocks
from .facts import EVENTS, reading
from .record import locked, record, save


@dataclass(frozen=True)
class Moved:
    """What applying would do to one clock that is not settled.

    `is_kept`: it stays as it was promised, because it is breached or does not change; `due_after` is None
    too where the new version promises nothing of the kind.
    """

    ticket: Ticket
    clock: SlaClock
    due_before: datetime | None
    due_after: datetime | None
    is_kept: bool


@dataclass(frozen=True)
class Applied:
    """The tickets that took over the versions in force, and those that had them already or need none."""

    changed: tuple[Ticket, ...]
    kept: tuple[Ticket, ...]


def outdated(tickets: Iterable[Ticket], *, now: datetime) -> Iterator[tuple[Ticket, Agreement]]:
    """Of these the open, escalated ones that are pinned to other versions than those now in force."""
    agreements: dict[int, Agreement] = {}
    for ticket in tickets:
        if ticket.is_closed or not ticket.is_escalated or ticket.policy_version_id is None:
            continue
        if ticket.tenant_id not in agreements:
            agreements[ticket.tenant_id] = agreement_for(ticket.tenant, at=now)
        agreement = agreements[ticket.tenant_id]
        pinned = (ticket.policy_version_id, ticket.calendar_version_id)
        binding = (agreement.policy_version and agreement.policy_version.pk, agreement.calendar_version.pk)
        if binding[0] is not None and binding != pinned:
            yield ticket, agreement


def preview_versions(tickets: Iterable[Ticket], *, now: datetime) -> list[Moved]:
    """What `apply_versions` would do to the unsettled clocks of these tickets. Writes nothing."""
    moved: list[Moved] = []
    concerned = list(outdated(tickets, now=now))
    clocks = SlaClock.objects.in_reading_order().select_related("calendar_version").prefetch_related(EVENTS)
    prefetch_related_objects([ticket for ticket, _agreement in concerned], Prefetch("clocks", clocks))
    for ticket, agreement in concerned:
        targets = _targets(agreement, ticket.severity)
        for clock in ticket.clocks.all():
            if clock.is_unsettled:
                moved.append(_would_move(ticket, clock, agreement, targets.get(ClockKind(clock.kind)), now))
    return moved


@transaction.atomic
def apply_versions(tickets: Sequence[Ticket], *, by: User, reason: str, now: datetime) -> Applied:
    """Bind these open tickets to the versions now in force; their running clocks are re-targeted.

    As with a change of severity (SEV-5) each clock counts from its original start; where that would be over
    already, from now, within the old deadline. What was met or breached stays. The customer is told.
    Raises Refused without a reason.
    """
    if not by.has_perm("sla.change_policy"):
        raise Refused(_("Only an administrator applies a new version to open tickets."), rule="SUP-1")
    if not reason.strip():
        raise Refused(_("Say why: the customer reads it beside the new deadlines."), rule="SUP-1")
    chosen = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets])
    held = [locked(ticket) for ticket in open_tickets(chosen).order_by("pk")]
    changed = [
        _apply(ticket, agreement, by=by, reason=reason, now=now)
        for ticket, agreement in outdated(held, now=now)
    ]
    taken = {ticket.pk for ticket in changed}
    return Applied(tuple(changed), tuple(ticket for ticket in tickets if ticket.pk not in taken))


def _apply(ticket: Ticket, agreement: Agreement, *, by: User, reason: str, now: datetime) -> Ticket:
    before = {"policy": str(ticket.policy_version), "calendar": str(ticket.calendar_version)}
    ticket.policy_version, ticket.calendar_version = agreement.policy_version, agreement.calendar_version
    event = record(
        ticket,
        TicketEvent.Kind.VERSIONS_APPLIED,
        now=now,
        by=by,
        reason=reason.strip(),
        before=before,
        after={"policy": str(ticket.policy_version), "calendar": str(ticket.calendar_version)},
        due_before=ticket.next_due_at.isoformat() if ticket.next_due_at else None,
    )
    due_before = _deadlines(ticket)
    retarget_clocks(ticket, at=now, cause=event, now=now)
    save(ticket, by=by, reason=reason)
    if _deadlines(ticket) != due_before:
        clocks = ticket.clocks.running_first()
        enqueue(notifications.moved(ticket, event, kind="versions_applied", clocks=clocks), now=now)
    return ticket


def _deadlines(ticket: Ticket) -> dict[int, datetime | None]:
    return dict(SlaClock.objects.filter(ticket=ticket).values_list("pk", "due_at"))


def _would_move(
    ticket: Ticket, clock: SlaClock, agreement: Agreement, target: Target | None, now: datetime
) -> Moved:
    before = reading(clock, now)
    event: ClockEvent = Cancelled(now)
    if target is not None:
        event = Retargeted(now, target, agreement.calendar_version.digest)
    calendar = domain_calendar(clock.calendar_version)
    after = read([*clock.domain_events(), event], calendar, now, calendar_of=calendar_of)
    is_kept = after.promises == before.promises and after.cancelled_at == before.cancelled_at
    return Moved(ticket, clock, before.due_at, after.due_at, is_kept)


def _targets(agreement: Agreement, severity: int) -> dict[ClockKind, Target]:
    if agreement.policy_version is None:
        return {}
    return {target.kind: target for target in targets_of(agreement.policy_version, severity)}
