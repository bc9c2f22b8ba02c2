"""Invented escalations on the sample's tickets, told through the same operations that people use."""

import uuid
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from lynnsupport.common.refusal import Refused
from tickets.domain.intake import Priority
from tickets.domain.lifecycle import State
from tickets.models import Ticket

from .domain.eligibility import Ground
from .letter import content_of
from .models import Escalation, PriorityRequest
from .operations import acknowledge, ask_priority, comment, raise_to_desk, raise_to_executive

_KEYS = uuid.UUID("9a3a0d1e-3f0b-4b39-8a53-1f3a6f1f7c52")
_IMPACT = "Las ventas en línea están detenidas mientras dure."
_DESCRIPTION = "Llevamos horas sin novedades y el problema sigue igual."


@transaction.atomic
def tell_escalations(*, now: datetime) -> int:
    """Escalate a few of the open tickets, each as far as its place says; returns how many.

    Nothing where anybody has escalated before. What the rules refuse is left out.
    """
    if Escalation.objects.exists() or PriorityRequest.objects.exists():
        return 0
    tickets = (
        Ticket.objects.filter(state=State.OPEN, escalated_at__isnull=False, reporter__user__isnull=False)
        .select_related("reporter__user", "customer__partner__executive")
        .order_by("pk")[:4]
    )
    return sum(_tell(ticket, place, now=now) for place, ticket in enumerate(tickets))


def _tell(ticket: Ticket, place: int, *, now: datetime) -> int:
    by, key = ticket.reporter.user, uuid.uuid5(_KEYS, ticket.number)
    try:
        with transaction.atomic():
            if place == 3:
                ask_priority(
                    ticket, by=by, ground=Ground.URGENCY_CHANGED, wanted=_another(ticket),
                    reason="Mañana comienza una campaña.", now=now, submission_key=key,
                )  # fmt: skip
                return 1
            raise_to_desk(
                ticket, by=by, ground=Ground.NOT_SATISFIED, description=_DESCRIPTION, impact=_IMPACT,
                now=now, submission_key=key,
            )  # fmt: skip
            if place < 2:
                _to_executive(ticket, acknowledged=place == 1, key=key, now=now)
            return 1
    except Refused:
        return 0


def _to_executive(ticket: Ticket, *, acknowledged: bool, key: uuid.UUID, now: datetime) -> None:
    contact = ticket.reporter
    content = content_of(ticket, contact)
    if not content.impact:
        content = replace(content, impact=_IMPACT)
    escalation = raise_to_executive(
        ticket, by=contact.user, ground=Ground.NOT_SATISFIED, content=content, now=now,
        submission_key=uuid.uuid5(key, "executive"),
    )  # fmt: skip
    executive = ticket.customer.partner.executive
    if acknowledged and executive.is_active:
        acknowledge(escalation, by=executive, words="Lo tomo hoy mismo.", now=now)
        comment(
            escalation, by=executive, words="El equipo trabaja en ello; le cuento antes de las 18.", now=now
        )


def _another(ticket: Ticket) -> Priority:
    return Priority.NORMAL if ticket.priority == Priority.HIGH else Priority.HIGH
