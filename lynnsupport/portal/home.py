"""The first page: what needs its reader, most urgent first; then what is open and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.decorators import login_required
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from credits.queries import claimable, claims_of, waiting_for_executive
from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.queries import whom_to_contact
from lynnsupport.common import clock
from tickets import queries
from tickets.cooperation.closing import closings_of
from tickets.domain.lifecycle import State
from tickets.escalation.queries import queue_of as escalations_of
from tickets.escalation.rows import rows_of as escalation_rows
from tickets.incidents.queries import lasting
from tickets.incidents.queries import visible_to as incidents_visible_to
from tickets.rows import Row, rows_of, with_clocks

STRIPS = 10
ROWS = 10


class Need(StrEnum):
    """Why a ticket stands on top."""

    CRITICAL = "critical"  # severity 1, open
    ANSWER = "answer"
    SOLUTION = "solution"
    ESCALATION = "escalation"


_NEED_OF_STATE = {
    State.WAITING_CUSTOMER: Need.ANSWER,
    State.SOLUTION_PROPOSED: Need.SOLUTION,
    State.REGISTERED: Need.ESCALATION,
}


@dataclass(frozen=True)
class Strip:
    """One thing that needs the reader; `need` says what to do, `is_critical` that it cannot wait."""

    need: Need
    ticket: Row
    is_critical: bool
    closes_at: datetime | None = None  # without an answer (CRP-1, CRP-2)


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:
        return render(request, "portal/home.html", {"at_desk": True})
    now = clock.now()
    visible = queries.open_tickets(queries.queue_of(request.user))
    severe = Coalesce("decided_severity", "suggested_severity")
    critical = rows_of(visible.filter(queries.counts_as(1)).order_by("id")[:STRIPS])
    needing = rows_of(queries.needs_customer(visible).order_by(severe, "state_since", "id")[:STRIPS])
    due = rows_of(visible.order_by(*queries.BY_DEADLINE)[:ROWS])
    rows = {row.pk: row for row in with_clocks([*critical, *needing, *due], now)}
    contact = contact_of(request.user)
    return render(
        request,
        "portal/home.html",
        {
            "strips": _strips(
                [rows[row.pk] for row in critical],
                [rows[row.pk] for row in needing],
                closings_of([row.pk for row in (*critical, *needing)]),
            ),
            "rows": [rows[row.pk] for row in due],
            "escalations": escalation_rows(escalations_of(request.user)[:STRIPS], now)
            if request.user.has_perm("escalation.handle")
            else [],
            "has_critical": bool(critical),
            "incidents": lasting(incidents_visible_to(request.user))[:STRIPS],
            "credits": claimable(claims_of(request.user), now)[:STRIPS],
            "claims_to_decide": _claims_to_decide(request),
            "contact": contact,
            "executive": whom_to_contact(contact.partner) if contact else None,
        },
    )


def _claims_to_decide(request: HttpRequest) -> int:
    """How many credit claims wait for the executive (CRD-3)."""
    if not request.user.has_perm("credits.decide_claim"):
        return 0
    return waiting_for_executive(claims_of(request.user)).count()


def _strips(critical: list[Row], needing: list[Row], closings: Mapping[int, datetime]) -> list[Strip]:
    """Severity 1 first, whatever it waits for; then what waits for the customer, longest first."""
    criticals = {ticket.pk for ticket in critical}
    ordered = [*critical, *(ticket for ticket in needing if ticket.pk not in criticals)]
    return [
        Strip(
            need=_NEED_OF_STATE.get(State(ticket.state), Need.CRITICAL),
            ticket=ticket,
            is_critical=ticket.pk in criticals,
            closes_at=closings.get(ticket.pk),
        )
        for ticket in ordered
    ]
