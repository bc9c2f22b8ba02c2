"""Who hears of what this app does, by mail; each function gives the mails of one fact."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from lynnsupport.accounts.models import Certification, Contact, Designation, User
from lynnsupport.accounts.queries import desk_leads
from lynnsupport.outbox.operations import Mail
from tickets.domain.lifecycle import CloseReason
from tickets.models import Ticket, TicketEvent
from tickets.notifications import Person, mails_to

from .models import ClosingTerm, DesignationProposal, RemoteAccess


def closing_announced(ticket: Ticket, term: ClosingTerm, *, reason: CloseReason) -> Iterator[Mail]:
    """The prior notice of CRP-1 and CRP-2: what happens when, and what stops it."""
    yield from mails_to(
        "closing_announced",
        ticket,
        [ticket.reporter, *([ticket.escalated_by] if ticket.escalated_by else [])],
        fact=f"term-{term.pk}",
        since=term.began_at.isoformat(),
        closes_at=term.closes_at.isoformat(),
        close_reason=reason,
    )


def access_asked(ticket: Ticket, access: RemoteAccess, event: TicketEvent) -> Iterator[Mail]:
    """COP-2: the named contact is asked; the link leads to the page on which they decide."""
    yield from mails_to(
        "access_asked", ticket, [access.contact], fact=event.pk, **_access(access), by=event.actor_name,
        path=reverse("cooperation:access", args=[ticket.number, access.pk]),
    )  # fmt: skip


def access_revoked(
    ticket: Ticket, access: RemoteAccess, event: TicketEvent, *, by_support: bool
) -> Iterator[Mail]:
    """The other side hears of it at once."""
    support: list[Person] = [ticket.owner] if ticket.owner else list(desk_leads())
    people: list[Person] = [access.contact] if by_support else support
    yield from mails_to(
        "access_revoked", ticket, people, fact=event.pk, **_access(access), by=event.actor_name,
        reason=event.reason,
    )  # fmt: skip


def _access(access: RemoteAccess) -> dict[str, str]:
    return {
        "purpose": access.purpose,
        "starts_at": access.starts_at.isoformat(),
        "ends_at": access.ends_at.isoformat(),
    }


def ends_soon(
    what: Certification | Designation, people: list[Person], *, days_before: int, today: date
) -> Iterator[Mail]:
    """CON-3: to the contact, the partner's administrators and the executive, once each."""
    is_certification = isinstance(what, Certification)
    kind = "certification" if is_certification else "designation"
    seen: set[str] = set()
    for person in people:
        address = person.email.lower()
        if address in seen:
            continue
        seen.add(address)
        yield _mail(
            "ends_soon",
            person,
            key=f"ends_soon:{kind}:{what.pk}:{what.last_day_on}:{days_before}:{address}",
            what=kind,
            name=what.contact.name,
            is_reader=address == what.contact.email.lower(),
            customer="" if is_certification else what.customer.name,
            number=what.number if is_certification else "",
            last_day_on=what.last_day_on.isoformat(),
            days_left=(what.last_day_on - today).days,
        )


def designation_proposed(proposal: DesignationProposal) -> Iterator[Mail]:
    for person in desk_leads():
        yield _mail(
            "designation_proposed",
            person,
            key=f"designation_proposed:{proposal.pk}:{person.email.lower()}",
            **_proposal(proposal),
            path=reverse("admin:cooperation_designationproposal_change", args=[proposal.pk]),
        )


def designation_decided(proposal: DesignationProposal) -> Iterator[Mail]:
    people: list[Person] = [proposal.proposed_by]
    if proposal.state == DesignationProposal.State.AGREED and proposal.contact.email != people[0].email:
        people.append(proposal.contact)
    for person in people:
        yield _mail(
            "designation_decided",
            person,
            key=f"designation_decided:{proposal.pk}:{person.email.lower()}",
            **_proposal(proposal),
            is_agreed=proposal.state == DesignationProposal.State.AGREED,
            reason=proposal.decline_reason,
        )


def _proposal(proposal: DesignationProposal) -> dict[str, object]:
    return {
        "name": proposal.contact.name,
        "customer": proposal.customer.name,
        "by": proposal.proposed_by.name,
        "starts_on": proposal.starts_on.isoformat(),
        "last_day_on": proposal.last_day_on.isoformat() if proposal.last_day_on else "",
        "words": proposal.words,
    }


def _mail(kind: str, person: User | Contact, *, key: str, **context: object) -> Mail:
    return Mail.for_person(
        person,
        key=key,
        kind=kind,
        context={"path": reverse("cooperation:contacts"), **context},
    )
