"""No target applies, by a recorded decision that can be reverted (EXC-1 to EXC-3, SUP-3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.clock_events import Ground
from sla.queries import agreement_for
from tickets import notifications
from tickets.models import Exclusion, ProviderDealing, Ticket, TicketEvent
from tickets.models.decisions import RULES

from .clocks import exclude_clocks, grounds_in_force, readmit_clocks
from .record import locked, record, save

# The grounds that the ticket itself states; the field that says so.
STATED_IN = {Ground.PREVIEW: "is_preview", Ground.CUSTOM_DEVELOPMENT: "is_custom_development"}


@transaction.atomic
def exclude(
    ticket: Ticket,
    *,
    by: User,
    ground: Ground,
    finding: str,
    now: datetime,
    provider: str = "",
    is_managed: bool = False,
    evidence: str = "",
) -> Exclusion:
    """From now on no target applies on this ground; the customer is told and reads the finding.

    A third party lifts restoration (EXC-1), what the agreement does not cover lifts every target (EXC-2,
    SUP-3). What was met stays met; a breach stays on record, excused (RST-7). Raises Refused without a
    finding or the third party's name, before the escalation, on a closed ticket, where the ground is in
    force already, and where a contract covers it.
    """
    ground = Ground(ground)
    rule = RULES[ground]
    _require(by, rule)
    if not finding.strip():
        raise Refused(_("Write the finding behind it: the customer reads it."), rule=rule)
    if ground is Ground.THIRD_PARTY and not provider.strip():
        raise Refused(_("Name the third party in which the incident originates."), rule=rule)
    ticket = locked(ticket)
    _require_running(ticket, ground)
    if ground in grounds_in_force(ticket):
        raise Refused(_("This exclusion is in force already."), rule=rule)
    if ground in STATED_IN:
        _refuse_if_covered(ticket, ground)
        setattr(ticket, STATED_IN[ground], True)
    exclusion = Exclusion.objects.create(
        ticket=ticket,
        ground=ground,
        provider=provider.strip() if ground is Ground.THIRD_PARTY else "",
        is_managed=is_managed and ground is Ground.THIRD_PARTY,
        finding=finding.strip(),
        evidence=evidence.strip(),
        decided_by=by,
        decided_at=now,
    )
    event = _record(TicketEvent.Kind.EXCLUDED, exclusion, by=by, reason=exclusion.finding, now=now)
    exclude_clocks(ticket, ground, at=now, cause=event, now=now)
    _tell_coverage(ticket)
    save(ticket, by=by, reason=exclusion.finding)
    enqueue(notifications.exclusion(ticket, event, exclusion, kind="exclusion_decided"), now=now)
    return exclusion


@transaction.atomic
def revert_exclusion(exclusion: Exclusion, *, by: User, reason: str, now: datetime) -> Exclusion:
    """EXC-3: the exclusion did not hold; the clocks are what they would have been without it.

    A deadline that passed meanwhile is a breach from that instant. Raises Refused without a reason and
    where it is reverted already.
    """
    _require(by, "EXC-3")
    if not reason.strip():
        raise Refused(_("Say why it is reverted: the reason stays on record."), rule="EXC-3")
    ticket = locked(exclusion.ticket)
    exclusion = Exclusion.objects.select_for_update().get(pk=exclusion.pk)
    if not exclusion.is_in_force:
        raise Refused(_("This exclusion is reverted already."), rule="EXC-3")
    exclusion.ticket = ticket
    exclusion.reverted_by, exclusion.reverted_at = by, now
    exclusion.revert_reason = reason.strip()
    exclusion.save()
    ground = Ground(exclusion.ground)
    if ground in STATED_IN:
        setattr(ticket, STATED_IN[ground], False)
    event = _record(TicketEvent.Kind.READMITTED, exclusion, by=by, reason=exclusion.revert_reason, now=now)
    readmit_clocks(ticket, ground, at=now, cause=event, now=now)
    _tell_coverage(ticket)
    save(ticket, by=by, reason=exclusion.revert_reason)
    clocks = ticket.clocks.running_first()
    mails = notifications.exclusion(ticket, event, exclusion, kind="exclusion_reverted", clocks=clocks)
    enqueue(mails, now=now)
    return exclusion


@transaction.atomic
def record_dealing(
    exclusion: Exclusion, *, by: User, words: str, now: datetime, at: datetime | None = None
) -> ProviderDealing:
    """EXC-1: what Lynn did at a provider that it manages, at `at`; the partner sees it and is told."""
    _require(by, "EXC-1")
    if not words.strip():
        raise Refused(_("Write what was done at the provider."), rule="EXC-1")
    ticket = locked(exclusion.ticket)
    at = at or now
    if not (exclusion.is_managed and exclusion.is_in_force):
        raise Refused(
            _("Dealings are recorded for a third party that Lynn manages, while its exclusion is in force."),
            rule="EXC-1",
        )
    if at > now:
        raise Refused(_("That moment lies in the future."), rule="EXC-1", instead=_("Check date and time."))
    dealing = ProviderDealing.objects.create(
        exclusion=exclusion, at=at, words=words.strip(), by=by, recorded_at=now
    )
    event = record(
        ticket, TicketEvent.Kind.PROVIDER_DEALING, at=at, now=now, by=by, reason=dealing.words,
        provider=exclusion.provider,
    )  # fmt: skip
    save(ticket, by=by, reason="dealings with the provider")
    enqueue(notifications.exclusion(ticket, event, exclusion, kind="provider_dealing"), now=now)
    return dealing


def _record(
    kind: TicketEvent.Kind, exclusion: Exclusion, *, by: User, reason: str, now: datetime
) -> TicketEvent:
    return record(
        exclusion.ticket,
        kind,
        now=now,
        by=by,
        reason=reason,
        ground=exclusion.ground,
        provider=exclusion.provider,
        exclusion=exclusion.pk,
    )


def _tell_coverage(ticket: Ticket) -> None:
    """The rule by which no target of any kind applies, if one does. The caller saves the ticket."""
    stated = [ground for ground in grounds_in_force(ticket) if ground in STATED_IN]
    ticket.no_target_rule = RULES[stated[0]] if stated else ""


def _refuse_if_covered(ticket: Ticket, ground: Ground) -> None:
    agreement = agreement_for(ticket.tenant, at=ticket.escalated_at, **{STATED_IN[ground]: True})
    if ground not in agreement.grounds:
        raise Refused(
            _("The contract covers it: its targets apply."),
            rule=RULES[ground],
            instead=_("Look at the clauses of the tenant's contract."),
        )


def _require_running(ticket: Ticket, ground: Ground) -> None:
    if not ticket.is_escalated:
        raise Refused(
            _("No clock runs before a designated contact escalates the ticket."),
            rule="CON-2",
            instead=_("Correct what the ticket says, or wait for the escalation."),
        )
    if ticket.policy_version is None:
        raise Refused(_("No target applies to this ticket anyway."), rule=ticket.no_target_rule)
    if ticket.is_closed:
        raise Refused(_("The ticket is closed; reopen it first."), rule=RULES[ground])


def _require(by: User, rule: str) -> None:
    if not by.has_perm("tickets.decide_exclusion"):
        raise Refused(_("Only a support engineer decides an exclusion."), rule=rule)
