"""What was promised: calendars and policies in versions, who is bound to which, and clocks."""

from .calendars import BusinessCalendar, CalendarDay, CalendarVersion
from .case_terms import CaseTerms
from .clocks import GROUND_LABELS, PAUSE_LABELS, STATE_LABELS, Clock
from .commitments import ContractPolicy, MaintenanceAgreement, TenantCalendar
from .policies import KIND_LABELS, SEVERITY_CHOICES, UNIT_LABELS, PolicyTarget, PolicyVersion, SlaPolicy

__all__ = [
    "GROUND_LABELS",
    "KIND_LABELS",
    "PAUSE_LABELS",
    "SEVERITY_CHOICES",
    "STATE_LABELS",
    "UNIT_LABELS",
    "BusinessCalendar",
    "CalendarDay",
    "CalendarVersion",
    "CaseTerms",
    "Clock",
    "ContractPolicy",
    "MaintenanceAgreement",
    "PolicyTarget",
    "PolicyVersion",
    "SlaPolicy",
    "TenantCalendar",
]
