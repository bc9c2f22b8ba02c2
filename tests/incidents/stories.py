"""Short ways to tell an incident's story in tests."""

from datetime import datetime

from lynnsupport.accounts.models import User
from tickets.incidents.models import CaseSummary
from tickets.incidents.operations import write_summary
from tickets.models import Ticket


def summarise(ticket: Ticket, *, by: User, now: datetime, **changes: str) -> CaseSummary:
    """The case summary that a solution needs (RCA-2)."""
    said = {
        "incident": "El bot no respondía.",
        "findings": "El conector perdió su sesión.",
        "measures": "Reiniciamos el conector.",
    }
    return write_summary(ticket, by=by, now=now, **said | changes)
