"""What is kept of incidents: facts, decisions, news, root cause analyses, case summaries."""

from .incident import (
    AffectedTenant,
    Decision,
    ImpactSegment,
    Incident,
    IncidentSequence,
    Revision,
)

__all__ = [
    "AffectedTenant",
    "Decision",
    "ImpactSegment",
    "Incident",
    "IncidentSequence",
    "Revision",
]
