"""The history of a ticket for people: who changed what, when and why. It is to be read, never put back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import DeletedObject

from lynnsupport.common.moments import describe_instant
from tickets.models import Ticket

if TYPE_CHECKING:
    from .ticket import TicketAdmin

PER_PAGE = 50
LONGEST_VALUE = 300
# Instants that move with every message say nothing to a reader of the history.
BOOKKEEPING = ("state_since", "last_message_at", "next_due_at", "customer_waits_since")
RELATIONS = ("history_user", "owner", "escalated_by", "policy_version__policy", "calendar_version__calendar")
# What the operations write down where nobody gave a reason of their own.
REASONS = {
    "registered": _("Ticket registered"),
    "escalated": _("Escalated by a designated contact"),
    "customer wrote": _("The customer wrote"),
    "support answered": _("Support answered"),
    "internal note": _("Internal note"),
    "call recorded": _("Telephone call"),
    "assigned": _("Owner changed"),
    "asked the customer": _("The customer was asked"),
    "restored": _("Service restored"),
    "resolved": _("Root cause removed"),
    "solution proposed": _("Solution proposed"),
    "solution accepted": _("Solution accepted"),
    "solution rejected": _("Solution rejected"),
}


@dataclass(frozen=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Version:
    at: datetime
    by: str
    reason: str
    changes: list[Change]


def show(desk: "TicketAdmin", request: HttpRequest, ticket: Ticket) -> HttpResponse:
    records = (
        ticket.history.select_related(*RELATIONS)
        .defer("calendar_version__definition")
        .order_by("-history_date", "-history_id")
    )
    page = Paginator(records, PER_PAGE).get_page(request.GET.get("page"))
    # one more than the page shows: what the last of them changed lies in comparing it with the one before
    shown = list(records[page.start_index() - 1 : page.end_index() + 1]) if page.paginator.count else []
    context = {
        "title": gettext("History of %(ticket)s") % {"ticket": ticket.number},
        "ticket": ticket,
        "versions": list(_versions(shown, len(page.object_list))),
        "page": page,
    }
    return desk.page(request, "admin/tickets/ticket/history.html", context)


def _versions(records: list[Any], count: int) -> Iterator[Version]:
    for newer, older in [*pairwise(records), (records[-1], None)][:count]:
        yield Version(
            at=newer.history_date,
            by=newer.history_user.name if newer.history_user else "",
            reason=str(REASONS.get(newer.history_change_reason, newer.history_change_reason or "")),
            changes=changes_between(newer, older) if older else [],
        )


def changes_between(newer: Any, older: Any) -> list[Change]:
    """What differs between two versions, in words; older and newer are rows of the history."""
    delta = newer.diff_against(older, excluded_fields=BOOKKEEPING, foreign_keys_are_objs=True)
    return [
        Change(
            capfirst(Ticket._meta.get_field(change.field).verbose_name),
            _in_words(change.field, change.old),
            _in_words(change.field, change.new),
        )
        for change in delta.changes
    ]


def _in_words(name: str, value: Any) -> str:
    field = Ticket._meta.get_field(name)
    if value in (None, "") or (isinstance(value, DeletedObject) and value.pk is None):
        return gettext("empty")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return describe_instant(value, timezone.get_current_timezone())
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    text = str(value) if isinstance(value, (str, models.Model)) else str(localize(value))
    return Truncator(text).chars(LONGEST_VALUE)
