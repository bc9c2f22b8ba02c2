"""Who hears of an escalation by mail: each function returns the mails of one fact."""

from collections.abc import Iterator

from django.urls import reverse

from lynnsupport.accounts.models import User
from lynnsupport.accounts.queries import desk_leads
from lynnsupport.outbox.operations import Mail
from tickets.models import Ticket
from tickets.notifications import Person, mails_to

from .models import Escalation, EscalationStep, PriorityRequest


def to_executive(escalation: Escalation, people: list[User]) -> Iterator[Mail]:
    """ESC-2: the mail as its sender saw it; the deputies of the moment get it too."""
    yield from mails_to(
        "escalation_to_executive",
        escalation.ticket,
        people,
        fact=f"escalation-{escalation.pk}",
        mail_subject=escalation.mail_subject,
        mail_body=escalation.mail_body,
        contact=escalation.contact.name,
        acknowledge_by=escalation.acknowledge_by.isoformat(),
        path=_case(escalation),
    )


def called(escalation: Escalation) -> Iterator[Mail]:
    """ESC-3: owner and desk leads hear of a call that escalates, at once."""
    ticket = escalation.ticket
    owner = [ticket.owner] if ticket.owner else []
    yield from mails_to(
        "escalation_by_telephone",
        ticket,
        [*owner, *desk_leads()],
        fact=f"escalation-{escalation.pk}",
        contact=escalation.contact.name,
        text=escalation.description,
        impact=escalation.impact,
        at=escalation.raised_at.isoformat(),
    )


def stepped(step: EscalationStep) -> Iterator[Mail]:
    """ESC-8: the partner sees each step."""
    escalation = step.escalation
    yield from mails_to(
        "escalation_step",
        escalation.ticket,
        _customer_side(escalation.ticket, escalation),
        fact=f"escalation-step-{step.pk}",
        step=step.step,
        level=escalation.level,
        by=step.actor_name,
        on_behalf_of=step.on_behalf_of.name if step.on_behalf_of else "",
        words="" if step.is_internal else step.words,
        acknowledge_by=escalation.acknowledge_by.isoformat() if escalation.acknowledge_by else "",
        at=step.at.isoformat(),
    )


def desk_asked(step: EscalationStep) -> Iterator[Mail]:
    ticket = step.escalation.ticket
    yield from mails_to(
        "escalation_desk_asked",
        ticket,
        [ticket.owner] if ticket.owner else desk_leads(),
        fact=f"escalation-step-{step.pk}",
        by=step.actor_name,
        text=step.words,
    )


def desk_answered(step: EscalationStep, people: list[User]) -> Iterator[Mail]:
    yield from mails_to(
        "escalation_desk_answered",
        step.escalation.ticket,
        people,
        fact=f"escalation-step-{step.pk}",
        by=step.actor_name,
        text=step.words,
        path=_case(step.escalation),
    )


def late(escalation: Escalation, people: list[User]) -> Iterator[Mail]:
    """The time to acknowledge has passed: those in charge and the desk leads."""
    yield from mails_to(
        "escalation_late",
        escalation.ticket,
        [*people, *desk_leads()],
        fact=f"escalation-late-{escalation.pk}",
        contact=escalation.contact.name,
        acknowledge_by=escalation.acknowledge_by.isoformat(),
    )


def priority_asked(request: PriorityRequest) -> Iterator[Mail]:
    """ESC-6: the case owner discusses it; the desk leads while nobody owns the case."""
    ticket = request.ticket
    yield from mails_to(
        "priority_asked",
        ticket,
        [ticket.owner] if ticket.owner else desk_leads(),
        fact=f"priority-{request.pk}",
        by=request.contact.name,
        before=request.before,
        wanted=request.wanted,
        impact="" if request.impact_percent is None else str(request.impact_percent),
        reason=request.reason,
    )


def priority_decided(request: PriorityRequest) -> Iterator[Mail]:
    ticket = request.ticket
    yield from mails_to(
        "priority_decided",
        ticket,
        [request.contact, *_customer_side(ticket)],
        fact=f"priority-decided-{request.pk}",
        by=request.decided_by.name,
        before=request.before,
        wanted=request.wanted,
        is_accepted=request.answer == PriorityRequest.Answer.ACCEPTED,
        reason=request.decision_reason,
    )


def digest(person: User, week: str, context: dict[str, object]) -> Mail:
    """What waits, and what the week before brought; `week` is ISO 8601, such as 2026-W48."""
    return Mail.for_person(
        person,
        key=f"escalation_digest:{person.pk}:{week}",
        kind="escalation_digest",
        context={**context, "week": week, "path": reverse("escalation:queue")},
    )


def _case(escalation: Escalation) -> str:
    return reverse("escalation:case", args=[escalation.pk])


def _customer_side(ticket: Ticket, escalation: Escalation | None = None) -> list[Person]:
    raised_by = [escalation.contact] if escalation else []
    return [*raised_by, ticket.reporter, *([ticket.escalated_by] if ticket.escalated_by else [])]
