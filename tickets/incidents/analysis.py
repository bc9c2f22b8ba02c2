"""A stored root cause analysis as values, and what it still lacks."""

from datetime import datetime

from .domain.rca import SECTIONS, Action, Analysis, Facts, Hole, Moment, holes
from .models import AffectedTenant, Incident, Rca
from .statements import downtime_of


def as_values(rca: Rca) -> Analysis:
    return Analysis(
        prose={section: getattr(rca, section) for section in SECTIONS},
        timeline=[Moment(row.at, row.words) for row in rca.timeline.all()],
        actions=[Action(row.words, row.owner, row.due_on) for row in rca.actions.all()],
        downtime={row.tenant.code: row.seconds for row in rca.downtimes.select_related("tenant")},
    )


def facts_of(incident: Incident, *, now: datetime) -> Facts:
    affected = AffectedTenant.objects.filter(incident=incident, withdrawn_at__isnull=True)
    return Facts(
        started=incident.started_at,
        detected=incident.detected_at,
        restored=incident.restored_at,
        downtime={
            row.tenant.code: downtime_of(incident, row.tenant, now=now)
            for row in affected.select_related("tenant")
        },
    )


def holes_of(rca: Rca, *, now: datetime) -> list[Hole]:
    """What keeps the analysis from being approved and published."""
    return holes(as_values(rca), facts_of(rca.incident, now=now), now=now)
