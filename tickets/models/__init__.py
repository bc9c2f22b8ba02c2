"""What happened: tickets, what was said, the record, and the clocks that run on them."""

from .clocks import ClockMilestone, SlaClock, StoredClockEvent
from .conversation import Attachment, CallDraft, Draft, Message
from .decisions import Exclusion, PatchPlan, ProviderDealing
from .links import TicketLink
from .news import ClockNews
from .record import AppendOnlyError, SeverityAssessment, TicketEvent
from .ticket import Ticket, TicketSequence

__all__ = [
    "AppendOnlyError",
    "Attachment",
    "CallDraft",
    "ClockMilestone",
    "ClockNews",
    "Draft",
    "Exclusion",
    "Message",
    "PatchPlan",
    "ProviderDealing",
    "SeverityAssessment",
    "SlaClock",
    "StoredClockEvent",
    "Ticket",
    "TicketEvent",
    "TicketLink",
    "TicketSequence",
]
