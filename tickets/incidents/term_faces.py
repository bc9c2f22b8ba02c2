"""The term of an incident's analysis as people see it: its state, until when, and what is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .models import Incident
from .operations import read_term
from .queries import rca_term_of


@dataclass(frozen=True, slots=True)
class TermFace:
    """`badge` is a state of the `clock_badge` component; `left` is business time, negative once overdue."""

    badge: str
    due_at: datetime
    left: timedelta | None


def term_face(incident: Incident, now: datetime) -> TermFace | None:
    """None where no analysis of its own is owed."""
    term = rca_term_of(incident)
    if term is None:
        return None
    shown = read_term(term, now)
    is_at_risk = shown.state == "running" and bool(shown.reached)
    left = None if term.stopped_at else shown.remaining
    return TermFace("at_risk" if is_at_risk else str(shown.state), term.due_at, left)
