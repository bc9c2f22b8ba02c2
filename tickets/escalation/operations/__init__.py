"""Every way in which an escalation comes about and goes on: one function per change, each one transaction."""

from .deputies import end_deputy, name_deputy
from .desk import answer_at_desk, record_call, record_mail
from .handling import acknowledge, ask_desk, comment, resolve, return_escalation
from .priority import ask_priority, decide_priority
from .raising import raise_to_desk, raise_to_executive
from .sweep import Swept, sweep_escalations

__all__ = [
    "Swept",
    "acknowledge",
    "answer_at_desk",
    "ask_desk",
    "ask_priority",
    "comment",
    "decide_priority",
    "end_deputy",
    "name_deputy",
    "raise_to_desk",
    "raise_to_executive",
    "record_call",
    "record_mail",
    "resolve",
    "return_escalation",
    "sweep_escalations",
]
