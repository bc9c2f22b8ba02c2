"""Every way in which a ticket changes: one function per change, each one transaction."""

from .calls import Reached, take_call
from .clocks import start_deliverable
from .content import correct_content
from .conversation import answer_customer, record_call, reply_as_customer, write_note
from .exclusions import exclude, record_dealing, revert_exclusion
from .facts import reading
from .intake import Opening, escalate, open_ticket
from .merging import merge_ticket
from .overtaken import unless_overtaken
from .parts import split_ticket
from .patches import plan_patch
from .progress import (
    accept_solution,
    ask_customer,
    assign,
    close_ticket,
    close_unanswered,
    propose_solution,
    provider_answered,
    record_resolution,
    record_restoration,
    reject_solution,
    wait_for_provider,
    withdraw_question,
)
from .reachability import record_reached, record_unreachable
from .reopening import goes_on_in, reopens_until, will_follow
from .severity import decide_severity, dispute_severity, suggest
from .sweep import sweep_clocks
from .versions import Applied, Moved, apply_versions, preview_versions

__all__ = [
    "Applied",
    "Moved",
    "Opening",
    "Reached",
    "accept_solution",
    "answer_customer",
    "apply_versions",
    "ask_customer",
    "assign",
    "close_ticket",
    "close_unanswered",
    "correct_content",
    "decide_severity",
    "dispute_severity",
    "escalate",
    "exclude",
    "goes_on_in",
    "merge_ticket",
    "open_ticket",
    "plan_patch",
    "preview_versions",
    "propose_solution",
    "provider_answered",
    "reading",
    "record_call",
    "record_dealing",
    "record_reached",
    "record_resolution",
    "record_restoration",
    "record_unreachable",
    "reject_solution",
    "reopens_until",
    "reply_as_customer",
    "revert_exclusion",
    "split_ticket",
    "start_deliverable",
    "suggest",
    "sweep_clocks",
    "take_call",
    "unless_overtaken",
    "wait_for_provider",
    "will_follow",
    "withdraw_question",
    "write_note",
]
