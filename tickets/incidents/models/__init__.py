"""What is kept of incidents: facts, decisions, news, root cause analyses, case summaries, monitors."""

from .incident import (
    AffectedTenant,
    Decision,
    ImpactSegment,
    Incident,
    IncidentSequence,
    Revision,
)
from .monitors import HealthAddress, HeardSignature, MonitorGap, MonitorSource, MonitorTurn, Proposal
from .news import Entry, LinkedTicket, Update
from .rca import Rca, RcaAction, RcaDowntime, RcaMoment
from .summary import CaseSummary
from .term import RcaTerm, RcaTermMilestone

__all__ = [
    "AffectedTenant",
    "CaseSummary",
    "Decision",
    "Entry",
    "HealthAddress",
    "HeardSignature",
    "ImpactSegment",
    "Incident",
    "IncidentSequence",
    "LinkedTicket",
    "MonitorGap",
    "MonitorSource",
    "MonitorTurn",
    "Proposal",
    "Rca",
    "RcaAction",
    "RcaDowntime",
    "RcaMoment",
    "RcaTerm",
    "RcaTermMilestone",
    "Revision",
    "Update",
]
