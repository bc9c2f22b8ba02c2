"""What is asked of the customer, what they decide, and what happens when they do not: one function each."""

from .closing import Swept, sweep_closings
from .contacts import agree_designation, decline_designation, propose_designation, sweep_reminders
from .remote_access import ask_for_access, decide_access, revoke_access, sweep_remote_access
from .requests import answer, ask, withdraw

__all__ = [
    "Swept",
    "agree_designation",
    "answer",
    "ask",
    "ask_for_access",
    "decide_access",
    "decline_designation",
    "propose_designation",
    "revoke_access",
    "sweep_closings",
    "sweep_reminders",
    "sweep_remote_access",
    "withdraw",
]
