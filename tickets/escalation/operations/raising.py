"""The customer's side escalates: to the desk (ESC-1), or to the commercial executive (ESC-2, ESC-7)."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.domain.intake import Channel
from tickets.escalation import letter, notifications
from tickets.escalation.domain.course import Step
from tickets.escalation.domain.eligibility import Ground, Level, Request
from tickets.escalation.models import Escalation
from tickets.escalation.queries import acknowledge_by, in_charge
from tickets.models import Ticket, TicketEvent
from tickets.operations import escalate, reply_as_customer
from tickets.operations.record import locked, record

from .record import require_eligible, sent_before, take_step


@transaction.atomic
def raise_to_desk(
    ticket: Ticket,
    *,
    by: User,
    ground: Ground,
    description: str,
    impact: str,
    now: datetime,
    submission_key: UUID | None = None,
) -> Escalation:
    """Level 1, in the portal: the words stand on the ticket, and an answer is owed anew (ESC-1, RSP-4).

    On a ticket that no designated contact has escalated yet, one who asks for it does that first (CON-2).
    The same key gives the same escalation. Raises Refused as `eligibility.judge` says.
    """
    contact = _customer_side(by)
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    request = Request(Level.DESK, ground, description, impact)
    verdict = require_eligible(ticket, request, contact=contact, at=now)
    if not ticket.is_escalated:
        ticket = escalate(ticket, by=by, now=now)
    escalation = store(
        ticket, request, rule=verdict.rule, contact=contact, by=by, at=now, now=now,
        submission_key=submission_key,
    )  # fmt: skip
    reply_as_customer(
        ticket,
        by=by,
        body=f"{description.strip()}\n\n{gettext('Business impact')}: {impact.strip()}",
        now=now,
        submission_key=submission_key,
        mail="escalation_to_desk",
    )
    return escalation


@transaction.atomic
def raise_to_executive(
    ticket: Ticket,
    *,
    by: User,
    ground: Ground,
    content: letter.Content,
    now: datetime,
    submission_key: UUID | None = None,
) -> Escalation:
    """Level 2: the agreement's mail goes to the executive, once, in the ticket's thread (ESC-2, ESC-7).

    The same key gives the same escalation. Raises Refused as `eligibility.judge` says, and without a
    statement, a description or an impact.
    """
    contact = _customer_side(by)
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before:
        return before
    if not all(text.strip() for text in (content.statement, content.description, content.impact)):
        raise Refused(
            _("The mail needs a brief statement, a description and the impact or the urgency."), rule="ESC-2"
        )
    request = Request(Level.EXECUTIVE, ground, content.description, content.impact)
    verdict = require_eligible(ticket, request, contact=contact, at=now)
    executive = ticket.customer.partner.executive
    mail = letter.compose(ticket, contact, content, language=executive.language)
    minutes = settings.ESCALATION_ACKNOWLEDGE_MINUTES[ticket.severity]
    escalation = store(
        ticket, request, rule=verdict.rule, contact=contact, by=by, at=now, now=now,
        submission_key=submission_key, executive=executive, mail_subject=mail.subject, mail_body=mail.body,
        acknowledge_by=acknowledge_by(ticket, now, minutes=minutes),
    )  # fmt: skip
    enqueue(
        notifications.to_executive(escalation, in_charge(ticket.customer.partner, now)),
        now=now,
    )
    enqueue(notifications.stepped(escalation.steps.get(step=Step.RAISE)), now=now)
    return escalation


def store(
    ticket: Ticket,
    request: Request,
    *,
    rule: str,
    contact: Contact,
    by: User,
    at: datetime,
    now: datetime,
    submission_key: UUID | None,
    channel: Channel = Channel.PORTAL,
    **fields: object,
) -> Escalation:
    """Keep an eligible escalation with its first step and the event on the ticket, which the caller holds."""
    escalation = Escalation.objects.create(
        ticket=ticket,
        level=request.level,
        ground=request.ground,
        rule=rule,
        channel=channel,
        contact=contact,
        description=request.description.strip(),
        impact=request.impact.strip(),
        raised_at=at,
        stage_since=at,
        submission_key=submission_key,
        next_check_at=fields.get("acknowledge_by"),
        **fields,
    )
    take_step(escalation, Step.RAISE, now=now, at=at, by=by, contact=contact, submission_key=submission_key)
    record(
        ticket,
        TicketEvent.Kind.LEVEL_RAISED,
        now=now,
        at=at,
        by=by,
        contact=contact,
        level=int(request.level),
        ground=str(request.ground),
        rule=rule,
    )
    return escalation


def _customer_side(by: User) -> Contact:
    contact = contact_of(by)
    if contact is None or not by.has_perm("escalation.raise_escalation"):
        raise Refused(_("Only the customer's side escalates."), rule="ESC-1")
    return contact
