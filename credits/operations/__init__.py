"""What may be done about availability and credit; everything is refused by `Refused` with rule and reason."""

from .closing import Swept, catch_up, measure_again, open_cycles, sweep_cycles
from .deciding import adjust_claim, approve_claim, reject_claim
from .evidence import check_announcement, record_announced_downtime, revert_announced_downtime
from .filing import file_claim, withdraw_claim
from .notes import issue_note, reverse_note, settle_claim
from .policies import publish_credit_policy
from .reminders import send_reminders

__all__ = [
    "Swept",
    "adjust_claim",
    "approve_claim",
    "catch_up",
    "check_announcement",
    "file_claim",
    "issue_note",
    "measure_again",
    "open_cycles",
    "publish_credit_policy",
    "record_announced_downtime",
    "reject_claim",
    "reverse_note",
    "revert_announced_downtime",
    "send_reminders",
    "settle_claim",
    "sweep_cycles",
    "withdraw_claim",
]
