"""Short ways to read receipts in tests; each one read is counted again from its own data."""

import json
from datetime import UTC, datetime

import time_machine
from django.urls import reverse

from lynnsupport.accounts.models import User
from tickets.models import Ticket

from .naive_receipts import recount
from .pages import signed_in

SEVERITY_1 = {"impact_percent": 95}
SEVERITY_3 = {"impact_percent": 5}


class Receipt:
    """The receipt of a clock at an instant, the latest of its kind unless one is named: page and data."""

    def __init__(
        self,
        cast,
        ticket: Ticket,
        kind: str,
        at: datetime,
        *,
        clock: int | None = None,
        zone: str = "America/Santiago",
    ) -> None:
        reader = cast.designated.user
        User.objects.filter(pk=reader.pk).update(time_zone=zone)
        which = [ticket.number, kind, *([clock] if clock else [])]
        with time_machine.travel(at, tick=False):
            client = signed_in(reader)
            self.page = client.get(reverse("tickets:receipt", args=which))
            self.text = client.get(reverse("tickets:receipt_json", args=which)).content.decode()
        self.data = json.loads(self.text)
        self.sentences = self.page.context["sentences"]
        self.days = [(day.label, [*day.counted, *day.notes]) for day in self.page.context["days"]]
        assert recount(self.text) == {name: self.data[name] for name in ("due_at", "outcome")}

    @property
    def due_at(self) -> datetime | None:
        return self.data["due_at"] and datetime.fromisoformat(self.data["due_at"])


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
