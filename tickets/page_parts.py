"""What apps above this one add to a ticket's page, in the portal and at the desk.

An app registers makers as it gets ready. A maker sees ticket, reader and moment, and gives a part or None; it
may ask the database a constant number of times.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lynnsupport.accounts.models import User

from .models import Ticket


class Place(StrEnum):
    TOP = "top"  # above the conversation: what needs the reader now
    MAIN = "main"  # below the conversation
    RAIL = "rail"  # beside it: facts


@dataclass(frozen=True)
class Part:
    """A template, which sees `part` (this), `ticket` and the page's own context, and where it stands."""

    template: str
    place: Place
    context: Mapping[str, Any] = field(default_factory=dict)


type Maker = Callable[[Ticket, User, datetime], Part | None]

PORTAL: list[Maker] = []
DESK: list[Maker] = []


def add_part(maker: Maker, *, to: list[Maker]) -> None:
    """`maker` is asked for every page of `to` (PORTAL or DESK). Called once, as an app gets ready."""
    if maker not in to:
        to.append(maker)


def parts_of(makers: list[Maker], ticket: Ticket, reader: User, now: datetime) -> dict[str, list[Part]]:
    """The parts of one page by their place, in the order in which apps registered."""
    made = [part for maker in makers if (part := maker(ticket, reader, now)) is not None]
    return {place.value: [part for part in made if part.place is place] for place in Place}
