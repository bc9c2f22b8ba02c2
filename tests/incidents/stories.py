"""Short ways to tell an incident's story in tests."""

from datetime import datetime
from typing import Any

from lynnsupport.accounts.models import User
from tests.tickets.stories import Cast
from tickets.incidents.domain.words import Cause, Impact, Reach, Scope
from tickets.incidents.models import CaseSummary, Decision, Incident
from tickets.incidents.operations import decide, open_incident, write_summary
from tickets.models import Ticket


def summarise(ticket: Ticket, *, by: User, now: datetime, **changes: str) -> CaseSummary:
    """The case summary that a solution needs (RCA-2)."""
    said = {
        "incident": "El bot no respondía.",
        "findings": "El conector perdió su sesión.",
        "measures": "Reiniciamos el conector.",
    }
    return write_summary(ticket, by=by, now=now, **said | changes)


def begin(cast: Cast, *, now: datetime, **changes: Any) -> Incident:
    """A full outage since `now` of the cast's own tenant alone, opened by its engineer."""
    said: dict[str, Any] = {
        "title": "Plataforma caída",
        "description": "Ningún bot responde.",
        "started_at": now,
        "impact": Impact.FULL,
        "reach": Reach.LISTED,
        "tenants": [cast.tenant],
    }
    return open_incident(by=cast.engineer, now=now, **said | changes)


def call_it_platform(cast: Cast, incident: Incident, *, now: datetime, **changes: Any) -> Decision:
    said: dict[str, Any] = {
        "scope": Scope.PLATFORM,
        "cause": Cause.OWN,
        "reason": "Ningún servicio responde en ninguna región.",
    }
    return decide(incident, by=cast.engineer, now=now, **said | changes)
