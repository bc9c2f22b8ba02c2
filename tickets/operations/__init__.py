"""Every way in which a ticket changes: one function per change, each one transaction."""

from .clocks import reading, sweep_clocks
from .content import correct_content
from .conversation import answer_customer, record_call, reply_as_customer, write_note
from .intake import Opening, escalate, open_ticket
from .overtaken import unless_overtaken
from .progress import (
    accept_solution,
    ask_customer,
    assign,
    close_ticket,
    propose_solution,
    provider_answered,
    record_resolution,
    record_restoration,
    reject_solution,
    wait_for_provider,
    withdraw_question,
)
from .severity import decide_severity, suggest

__all__ = [
    "Opening",
    "accept_solution",
    "answer_customer",
    "ask_customer",
    "assign",
    "close_ticket",
    "correct_content",
    "decide_severity",
    "escalate",
    "open_ticket",
    "propose_solution",
    "provider_answered",
    "reading",
    "record_call",
    "record_resolution",
    "record_restoration",
    "reject_solution",
    "reply_as_customer",
    "suggest",
    "sweep_clocks",
    "unless_overtaken",
    "wait_for_provider",
    "withdraw_question",
    "write_note",
]
