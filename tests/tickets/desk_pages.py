"""Short ways to work at the desk in tests: addresses, acts, who sits there."""

from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from tickets.models import Ticket


def address(name: str, *args: Any) -> str:
    return reverse(f"admin:tickets_ticket_{name}", args=args)


def page_of(ticket: Ticket) -> str:
    return address("change", ticket.pk)


def last_event(ticket: Ticket) -> int:
    return ticket.events.latest("pk").pk


def do(client: Client, ticket: Ticket, act: str, *, seen: int | None = None, **data: Any):
    """Send the form of an act as the page would, having seen the last event unless told otherwise."""
    shown = last_event(ticket) if seen is None else seen
    return client.post(address(act.replace("-", "_"), ticket.pk), {"seen": shown, **data})


def write(client: Client, ticket: Ticket, way: str, body: str, **data: Any):
    sent = {"way": way, "body": body, "submission_key": str(uuid4())} | data
    return do(client, ticket, "write", **sent)
