"""What an engineer of the sample writes before a solution is proposed (RCA-2)."""

from datetime import datetime

from lynnsupport.accounts.models import User
from tickets.incidents.operations import write_summary
from tickets.models import Ticket


def summarise(ticket: Ticket, by: User, now: datetime) -> None:
    write_summary(
        ticket,
        by=by,
        incident=f"{ticket.subject}. Afectó a {ticket.tenant.name} desde que se detectó.",
        findings="El conector del canal agotó sus conexiones tras un aumento del tráfico.",
        measures="Reiniciamos el conector y duplicamos su límite de conexiones.",
        now=now,
    )
