"""Tickets that belong together (INT-6, CRP-3), as the pages of each of them show it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User

from . import addresses
from .models import Message, Ticket, TicketLink
from .page_parts import Part, Place
from .queries import conversation, links_of

_KIND = TicketLink.Kind
# kind → how the earlier ticket names the later one, and the later one the earlier
_WORDS: Mapping[str, tuple[Any, Any]] = {
    _KIND.SPLIT: (_("A part of it goes on in"), _("Split off from")),
    _KIND.DUPLICATE: (_("Duplicate of"), _("Its duplicate")),
    _KIND.FOLLOWS: (_("Followed by"), _("Follows")),
}

type Address = Callable[[Ticket], str]


@dataclass(frozen=True)
class Linked:
    """One ticket beside another: how it relates, and where it is found."""

    words: Any
    ticket: Ticket
    url: str
    at: datetime
    kind: str
    goes_on: bool  # the shown ticket came first


@dataclass(frozen=True)
class File:
    """An attachment as the `file_list` component shows it."""

    name: str
    size: int
    url: str


@dataclass(frozen=True)
class Said:
    message: Message
    files: list[File]


def in_portal(ticket: Ticket) -> str:
    return addresses.in_portal(ticket.number)


def at_desk(ticket: Ticket) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk])


def links(address: Address) -> Callable[[Ticket, User, datetime], Part | None]:
    """The part beside the conversation: every linked ticket. One query."""

    def part(ticket: Ticket, reader: User, now: datetime) -> Part | None:
        linked = _linked(ticket, address)
        return Part("tickets/_linked.html", Place.RAIL, {"linked": linked}) if linked else None

    return part


def duplicates(address: Address, *, with_internal: bool) -> Callable[[Ticket, User, datetime], Part | None]:
    """Below the conversation: what was said on each duplicate. Two queries for each that there is."""

    def part(ticket: Ticket, reader: User, now: datetime) -> Part | None:
        merged = [
            (each, [_said(each.ticket, m) for m in conversation(each.ticket, with_internal=with_internal)])
            for each in _linked(ticket, address)
            if each.kind == _KIND.DUPLICATE and not each.goes_on and each.ticket.is_closed
        ]
        return Part("tickets/_duplicates.html", Place.MAIN, {"merged": merged}) if merged else None

    return part


def _linked(ticket: Ticket, address: Address) -> list[Linked]:
    """Asked once for each page, whose parts share the ticket; not at all where it is known to have none."""
    if not getattr(ticket, "has_links", True):
        return []
    known = ticket.__dict__.setdefault("_links_shown", {})
    if address not in known:
        known[address] = [_of(link, ticket, address) for link in links_of(ticket)]
    return known[address]


def _of(link: TicketLink, ticket: Ticket, address: Address) -> Linked:
    goes_on = link.source_id == ticket.pk
    other = link.target if goes_on else link.source
    return Linked(_WORDS[link.kind][0 if goes_on else 1], other, address(other), link.at, link.kind, goes_on)


def _said(ticket: Ticket, message: Message) -> Said:
    return Said(
        message,
        [
            File(each.name, each.size, reverse("tickets:attachment", args=[ticket.number, each.public_id]))
            for each in message.attachments.all()
        ],
    )
