"""Short ways to escalate in tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.tickets.stories import chile, raise_ticket
from tickets.escalation.domain.eligibility import Ground
from tickets.escalation.letter import Content
from tickets.escalation.operations import raise_to_desk, raise_to_executive

NOW = chile("2026-11-23 10:00")  # an ordinary Monday morning in Chile
MINUTE = timedelta(minutes=1)
CONTENT = Content("Bot caído", "Nadie puede entrar.", "No se vende nada.", "Lynn Chat", "+56 2 5555 0200")

__all__ = ["CONTENT", "MINUTE", "NOW", "raise_ticket", "to_desk", "to_executive"]


def to_desk(ticket, by, **changes: Any):
    said = {
        "ground": Ground.NOT_SATISFIED,
        "description": "Nadie puede entrar.",
        "impact": "No se vende nada.",
        "now": NOW + MINUTE,
        "submission_key": uuid4(),
    }
    return raise_to_desk(ticket, by=by, **said | changes)


def to_executive(ticket, by, **changes: Any):
    said = {
        "ground": Ground.NOT_SATISFIED,
        "content": CONTENT,
        "now": NOW + 2 * MINUTE,
        "submission_key": uuid4(),
    }
    return raise_to_executive(ticket, by=by, **said | changes)
