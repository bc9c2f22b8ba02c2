"""RCA-1: the incident's own deadline of its analysis, with warnings and breach like every clock's."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from lynnsupport.accounts.models import Tenant
from lynnsupport.outbox.operations import enqueue
from sla.domain.clock_events import Cancelled, ClockEvent, Started, Stopped
from sla.domain.readings import ClockState, Reading
from sla.domain.stopwatch import read
from sla.domain.targets import ClockKind, Target
from sla.models import CalendarVersion, PolicyVersion
from sla.queries import NoVersionInForce, agreement_for, domain_calendar, targets_of
from tickets.incidents import notifications
from tickets.incidents.domain.words import Scope
from tickets.incidents.models import Incident, RcaTerm, RcaTermMilestone
from tickets.incidents.queries import (
    customers_promised_rca,
    decisions_in_force,
    has_published_rca,
    is_critical_platform_failure,
    rca_clocks_of,
)

BATCH = 100
CRITICAL = 1


@dataclass(frozen=True)
class Owed:
    """By when, and whose agreement says so."""

    due_at: datetime
    tenant: Tenant
    policy_version: PolicyVersion
    calendar_version: CalendarVersion


def match_rca_term(incident: Incident, *, now: datetime) -> None:
    """Begin the term where an analysis is owed, move it where the earliest promise is another, end it where
    none is owed. It counts from the last restoration. The caller holds the incident.
    """
    if has_published_rca(incident):
        return
    owed = _owed(incident) if incident.is_restored and is_critical_platform_failure(incident) else None
    running = _running(incident)
    if owed is None:
        running.update(cancelled_at=now, next_check_at=now)
        return
    running.exclude(started_at=incident.restored_at).update(cancelled_at=now, next_check_at=now)
    RcaTerm.objects.update_or_create(
        incident=incident,
        started_at=incident.restored_at,
        defaults={
            "due_at": owed.due_at,
            "tenant": owed.tenant,
            "policy_version": owed.policy_version,
            "calendar_version": owed.calendar_version,
            "cancelled_at": None,
            "next_check_at": now,
        },
    )


def stop_rca_term(incident: Incident, *, at: datetime) -> None:
    """The analysis is published; what became true before is still kept by the next sweep."""
    _running(incident).update(stopped_at=at, next_check_at=at)


def _running(incident: Incident) -> QuerySet[RcaTerm]:
    return incident.rca_terms.filter(stopped_at__isnull=True, cancelled_at__isnull=True)


def incidents_without_term() -> QuerySet[Incident]:
    """Restored failures of the platform without a published analysis, and without a term from then on."""
    decided = decisions_in_force().filter(scope=Scope.PLATFORM).values("incident")
    begun = RcaTerm.objects.filter(incident=OuterRef("pk"), started_at=OuterRef("restored_at"))
    restored = Incident.objects.filter(restored_at__isnull=False, pk__in=decided)
    return restored.exclude(rcas__stage="published").filter(~Exists(begun))


@transaction.atomic
def sweep_rca_terms(*, now: datetime) -> int:
    """Keep each warning and breach that has become true, once, and tell the latest; how many facts."""
    due = (
        RcaTerm.objects.filter(next_check_at__lte=now)
        .order_by("next_check_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("incident", "policy_version", "calendar_version")[:BATCH]
    )
    return sum(_keep(term, now=now) for term in due)


def read_term(term: RcaTerm, now: datetime) -> Reading:
    """The term as a clock shows it at `now`."""
    events: list[ClockEvent] = [Started(term.started_at, _target(term.policy_version))]
    if term.stopped_at:
        events.append(Stopped(term.stopped_at))
    elif term.cancelled_at:
        events.append(Cancelled(max(term.cancelled_at, term.started_at)))
    return read(events, domain_calendar(term.calendar_version), now)


def _keep(term: RcaTerm, *, now: datetime) -> int:
    shown = read_term(term, now)
    reached = [(each.percent, each.at) for each in shown.reached]
    if shown.breached_at:
        reached.append((RcaTermMilestone.BREACH, shown.breached_at))
    known = set(term.milestones.values_list("percent", flat=True))
    facts = [
        RcaTermMilestone(term=term, percent=percent, at=at, recorded_at=now)
        for percent, at in reached
        if percent not in known
    ]
    RcaTermMilestone.objects.bulk_create(facts)
    term.next_check_at = shown.next_check_at
    term.save(update_fields=["next_check_at"])
    is_running = term.stopped_at is None and term.cancelled_at is None
    tells_itself = rca_clocks_of(term.incident).exclude(state=ClockState.CANCELLED)
    if facts and is_running and not tells_itself.exists():
        enqueue(notifications.rca_due(term, facts[-1]), now=now)
    return len(facts)


def _owed(incident: Incident) -> Owed | None:
    """The earliest promise; None where nobody was promised an analysis."""
    try:
        return _earliest(incident, incident.restored_at)
    except NoVersionInForce:  # restored before the portal knew any agreement
        return None


def _earliest(incident: Incident, at: datetime) -> Owed | None:
    found = []
    for tenant in customers_promised_rca(incident):
        agreement = agreement_for(tenant, at=at)
        target = _target(agreement.policy_version) if agreement.has_targets else None
        if target is not None:
            calendar = domain_calendar(agreement.calendar_version)
            due_at = read([Started(at, target)], calendar, at).due_at
            found.append(Owed(due_at, tenant, agreement.policy_version, agreement.calendar_version))
    return min(found, key=lambda owed: owed.due_at, default=None)


def _target(version: PolicyVersion) -> Target | None:
    return next((each for each in targets_of(version, CRITICAL) if each.kind is ClockKind.RCA), None)
