"""What is owed: the policy in versions, evidence by hand, cycles and their statements, claims, the ledger."""

from .claims import ACT_LABELS, STATE_LABELS, Claim, ClaimEvent
from .cycles import BillingCycle, Statement
from .evidence import AnnouncedDowntime
from .ledger import LedgerEntry, NoteSequence
from .policies import READING_LABELS, CreditPolicyVersion

__all__ = [
    "ACT_LABELS",
    "READING_LABELS",
    "STATE_LABELS",
    "AnnouncedDowntime",
    "BillingCycle",
    "Claim",
    "ClaimEvent",
    "CreditPolicyVersion",
    "LedgerEntry",
    "NoteSequence",
    "Statement",
]
