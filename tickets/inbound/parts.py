"""What incoming mail adds to a ticket's page at the desk."""

from datetime import datetime

from lynnsupport.accounts.models import User
from tickets.models import Ticket
from tickets.page_parts import Part, Place


def escalation_asked(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """ESC-1: that the customer asked by mail to escalate. The template finds it in the story that the page
    has read, so it costs no query."""
    return None if ticket.is_closed else Part("admin/inbound/escalation_asked.html", Place.TOP)
