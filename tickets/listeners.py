"""What apps above this one hear of: each event of a ticket, in the transaction that records it.

The one domain signal of the house. A listener writes rows of its own app; the ticket itself is changed by
`tickets.operations` alone.
"""

from collections.abc import Callable
from datetime import datetime

from .models import Ticket, TicketEvent

type Listener = Callable[[Ticket, TicketEvent, datetime], None]

_LISTENERS: dict[str, list[Listener]] = {}


def listen(to: TicketEvent.Kind, listener: Listener) -> None:
    """`listener` hears of every event of that kind. Called once, as an app gets ready."""
    heard = _LISTENERS.setdefault(to, [])
    if listener not in heard:
        heard.append(listener)


def ticket_transitioned(ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    """Tell those who listen. The ticket is held, and may not be saved yet."""
    for listener in _LISTENERS.get(event.kind, ()):
        listener(ticket, event, now)
