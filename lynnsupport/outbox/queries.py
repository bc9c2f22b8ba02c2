"""Reads over outgoing mail, for the health page and whoever watches it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Min

from .models import OutboxMessage, Suspension


def unfinished_by_state() -> dict[str, int]:
    """How many messages wait, are being sent, and were given up; every state named, zeros too.

    Sent ones are not counted: that number only ever grows, and counting it would cost more each day.
    """
    rows = OutboxMessage.objects.exclude(state="sent").order_by().values("state")
    counted = dict(rows.annotate(number=Count("pk")).values_list("state", "number"))
    return {state: counted.get(state, 0) for state in OutboxMessage.State.values if state != "sent"}


def oldest_pending_age(now: datetime) -> timedelta | None:
    """How long the longest-waiting message has waited that was never put to a mail server; None without any.

    It grows while no worker runs and while the mail server cannot be reached, whatever the reason. A message
    that a server asked to bring again later is not counted: it waits its turn.
    """
    untried = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING, attempts=0)
    oldest = untried.aggregate(at=Min("created_at"))["at"]
    return None if oldest is None else now - oldest


def suspended_among(addresses: Iterable[str]) -> set[str]:
    """Those of the addresses to which nothing is sent, in small letters; one query."""
    wanted = {address.lower() for address in addresses}
    in_force = Suspension.objects.filter(address__in=wanted, lifted_at__isnull=True)
    return set(in_force.values_list("address", flat=True))
