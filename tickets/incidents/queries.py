"""Reads over incidents. Everything a person sees starts at `visible_to`; what counts, at `outages_of`."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects

from lynnsupport.accounts.access import customer_scope
from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.intervals import Interval
from sla.domain.targets import ClockKind
from sla.models import ContractPolicy
from sla.queries import contracts_in_force
from tickets.models import SlaClock, Ticket
from tickets.models.clocks import SlaClockQuerySet

from .domain.segments import Segment
from .domain.words import Cause, Impact, Scope
from .models import (
    AffectedTenant,
    CaseSummary,
    Decision,
    ImpactSegment,
    Incident,
    LinkedTicket,
    Rca,
    RcaTerm,
    Revision,
)


@dataclass(frozen=True, slots=True)
class OutageFact:
    """A span of impact that a person vouches for: of which incident, how bad, and who decided what it is.

    `start` and `end` are uncut; no `end` while it lasts. `cause` is own, third_party, beyond_control,
    customer or preview; `scope` platform or feature; `impact` full or degraded; `decided_by` a name.
    """

    incident: str
    start: datetime
    end: datetime | None
    cause: str
    scope: str
    impact: str
    decided_by: str
    decided_at: datetime
    reason: str


def outages_of(tenant: Tenant, period: Interval) -> list[OutageFact]:
    """What befell the tenant within `period`, as it is known now, by start and incident (AVL-3, AVL-5).

    Only incidents on whose reach a person has decided, and that touch the tenant; the last revision of the
    segments and the last decision hold. Two queries whatever there is.
    """
    segments = list(
        _segments_in_force()
        .filter(
            Q(end__isnull=True) | Q(end__gt=period.start),
            revision__incident__affected_tenants__tenant=tenant,
            revision__incident__affected_tenants__withdrawn_at__isnull=True,
            **({} if period.end is None else {"start__lt": period.end}),
        )
        .select_related("revision__incident")
        .order_by("start", "revision__incident__number")
    )
    decided = {
        decision.incident_id: decision
        for decision in decisions_in_force()
        .filter(incident__in={segment.revision.incident_id for segment in segments})
        .exclude(scope=Scope.OPEN)
        .select_related("by")
    }
    return [
        _fact(segment, decided[segment.revision.incident_id])
        for segment in segments
        if segment.revision.incident_id in decided
    ]


def outages_by_tenant(tenants: Collection[Tenant], period: Interval) -> dict[int, list[OutageFact]]:
    """What `outages_of` says of each tenant, by the tenant's key; three queries however many there are."""
    touched: dict[int, set[int]] = defaultdict(set)
    affected = AffectedTenant.objects.filter(tenant__in=tenants, withdrawn_at__isnull=True)
    if period.end is not None:
        affected = affected.filter(incident__started_at__lt=period.end)
    for incident, tenant in affected.values_list("incident", "tenant"):
        touched[incident].add(tenant)
    segments = _segments_in_force().filter(
        Q(end__isnull=True) | Q(end__gt=period.start),
        revision__incident__in=list(touched),
        **({} if period.end is None else {"start__lt": period.end}),
    )
    decided = {
        decision.incident_id: decision
        for decision in decisions_in_force()
        .filter(incident__in=list(touched))
        .exclude(scope=Scope.OPEN)
        .select_related("by")
    }
    found: dict[int, list[OutageFact]] = defaultdict(list)
    for segment in segments.select_related("revision__incident").order_by(
        "start", "revision__incident__number"
    ):
        incident = segment.revision.incident_id
        if incident in decided:
            for tenant in touched[incident]:
                found[tenant].append(_fact(segment, decided[incident]))
    return found


def needs_summary(ticket: Ticket) -> bool:
    """RCA-2: whether a case summary is owed and not written: for all but severity 1 at platform level."""
    if CaseSummary.objects.filter(ticket=ticket).exists():
        return False
    return not (ticket.severity == 1 and is_platform_level(ticket))


# What a ticket's page reads together with the ticket.
READ_WITH = {
    "has_case_summary": Exists(CaseSummary.objects.filter(ticket=OuterRef("pk"))),
    "has_incident": Exists(LinkedTicket.objects.filter(ticket=OuterRef("pk"))),
}


def summary_of(ticket: Ticket) -> CaseSummary | None:
    """The version that stands; asked once for each instance of `ticket`, however many parts of a page ask.

    A page that has read the ticket with `READ_WITH` asks nothing where there is none.
    """
    if not getattr(ticket, "has_case_summary", True):
        return None
    prefetch_related_objects([ticket], Prefetch("summaries", CaseSummary.objects.select_related("by")))
    return max(ticket.summaries.all(), key=lambda summary: summary.number, default=None)


def incident_of(ticket: Ticket) -> Incident | None:
    """The incident that the ticket is linked to; asked once for each instance, as in `summary_of`."""
    if not getattr(ticket, "has_incident", True):
        return None
    try:
        return ticket.incident_link.incident
    except LinkedTicket.DoesNotExist:
        return None


def is_platform_level(ticket: Ticket) -> bool:
    """Whether a person decided so of the incident that the ticket is linked to."""
    return decisions_in_force().filter(incident__links__ticket=ticket, scope=Scope.PLATFORM).exists()


def owes_rca(incident: Incident, ticket: Ticket) -> bool:
    """RCA-1, RCA-3: severity 1, at platform level, and not preview unless a contract has the clause."""
    decision = decision_on(incident)
    if ticket.severity != 1 or decision is None or decision.scope != Scope.PLATFORM:
        return False
    is_preview = ticket.is_preview or decision.cause == Cause.PREVIEW
    return not is_preview or covers_preview(ticket.tenant, incident.started_at)


def is_critical_platform_failure(incident: Incident) -> bool:
    """RCA-1: the whole platform in full, which is severity 1 by its definition (SEV-1), ticket or none."""
    decision = decision_on(incident)
    if decision is None or decision.scope != Scope.PLATFORM:
        return False
    return any(segment.impact == Impact.FULL for segment in segments_in_force(incident))


def customers_promised_rca(incident: Incident) -> list[Tenant]:
    """Affected tenants among whom every agreement is found: of those with the same calendar and no policy of
    their own, one. For preview those alone whose contract has the clause (RCA-3).
    """
    decision = decision_on(incident)
    affected = Tenant.objects.filter(
        affected_by__incident=incident, affected_by__withdrawn_at__isnull=True
    ).annotate(calendar=F("support_calendar__calendar"))
    own = Exists(ContractPolicy.objects.filter(contract__tenant=OuterRef("pk")))
    rows = list(affected.annotate(has_own_policy=own).order_by("pk"))
    if decision is not None and decision.cause == Cause.PREVIEW:
        return [tenant for tenant in rows if covers_preview(tenant, incident.started_at)]
    alike = {
        (tenant.deployment, tenant.calendar, tenant.pk if tenant.has_own_policy else None): tenant
        for tenant in reversed(rows)
    }
    return list(alike.values())


def rca_clocks_of(incident: Incident) -> SlaClockQuerySet:
    """Those of the linked tickets: each customer's own deadline of the analysis."""
    return SlaClock.objects.filter(ticket__incident_link__incident=incident, kind=ClockKind.RCA)


def has_published_rca(incident: Incident) -> bool:
    return incident.rcas.filter(stage=Rca.Stage.PUBLISHED).exists()


def rca_term_of(incident: Incident) -> RcaTerm | None:
    """The term that runs, or that the publication ended."""
    return incident.rca_terms.filter(cancelled_at__isnull=True).order_by("started_at").last()


def covers_preview(tenant: Tenant, at: datetime) -> bool:
    """EXC-2: whether a contract in force promises support for preview features."""
    return any(contract.covers_preview for contract in contracts_in_force(tenant, at))


def decision_on(incident: Incident) -> Decision | None:
    """The decision in force, `Scope.OPEN` among them; None where nobody has decided yet."""
    return incident.decisions.select_related("by").order_by("number").last()


def segments_in_force(incident: Incident) -> list[Segment]:
    """What the last revision says, in order."""
    last = incident.revisions.order_by("number").last()
    return [row.as_segment() for row in last.segments.order_by("start")] if last else []


def visible_to(user: User | AnonymousUser) -> QuerySet[Incident]:
    """The incidents that `user` may know of: Lynn's desk all, others those that touch their tenants.

    A foreign incident is as unknown as an absent one.
    """
    if user.is_authenticated and user.is_active and user.is_staff:
        return Incident.objects.all()
    touched = AffectedTenant.objects.filter(
        customer_scope(user, "tenant__customer__"), incident=OuterRef("pk"), withdrawn_at__isnull=True
    )
    return Incident.objects.filter(Exists(touched))


def lasting(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Those in which the service is not restored yet, the latest first."""
    return incidents.filter(restored_at__isnull=True).order_by("-started_at", "-id")


def affected_visible_to(user: User | AnonymousUser, incident: Incident) -> QuerySet[AffectedTenant]:
    """Which of the reader's own tenants it touches; nobody reads of others'."""
    rows = incident.affected_tenants.filter(
        customer_scope(user, "tenant__customer__"), withdrawn_at__isnull=True
    )
    return rows.select_related("tenant__customer").order_by("tenant__code")


def decisions_in_force() -> QuerySet[Decision]:
    """The last decision on each incident."""
    last = Decision.objects.filter(incident=OuterRef("incident")).order_by("-number").values("number")[:1]
    return Decision.objects.filter(number=Subquery(last))


def _segments_in_force() -> QuerySet[ImpactSegment]:
    of_same = Revision.objects.filter(incident=OuterRef("revision__incident"))
    last = of_same.order_by("-number").values("number")[:1]
    return ImpactSegment.objects.filter(revision__number=Subquery(last))


def _fact(segment: ImpactSegment, decision: Decision) -> OutageFact:
    return OutageFact(
        incident=segment.revision.incident.number,
        start=segment.start,
        end=segment.end,
        cause=decision.cause,
        scope=decision.scope,
        impact=segment.impact,
        decided_by=decision.by.name,
        decided_at=decision.at,
        reason=decision.reason,
    )
