"""Reads over incidents. Everything a person sees starts at `visible_to`; what counts, at `outages_of`."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval

from .domain.words import Scope
from .models import AffectedTenant, Decision, ImpactSegment, Revision


@dataclass(frozen=True, slots=True)
class OutageFact:
    """A span of impact that a person vouches for: of which incident, how bad, and who decided what it is.

    `start` and `end` are uncut; no `end` while it lasts. `cause` is own, third_party, beyond_control,
    customer or preview; `scope` platform or feature; `impact` full or degraded; `decided_by` the person's name.
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
