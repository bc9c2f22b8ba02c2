"""The forms of the portal's pages about tickets."""

from .acts import DisputeForm, RejectForm, ReplyForm
from .ticket import TicketForm
from .typed import FILES_AGAIN, LONG, NOT_KEPT, refuse, typed_answers

__all__ = [
    "FILES_AGAIN",
    "LONG",
    "NOT_KEPT",
    "DisputeForm",
    "RejectForm",
    "ReplyForm",
    "TicketForm",
    "refuse",
    "typed_answers",
]
