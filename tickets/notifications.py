"""Who hears of what by mail. Each function returns the mails of one fact; operations enqueue them.

A mail's key names the fact and the reader, so the same fact is never told twice to the same person.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from lynnsupport.accounts.models import Contact, User
from lynnsupport.accounts.queries import designated_contacts, desk_leads
from lynnsupport.outbox.operations import Mail
from sla.domain.targets import RESPONSE_KINDS
from sla.queries import case_terms_at, domain_calendar

from .addresses import in_portal
from .domain.intake import Receipt, missing_answers
from .models import ClockMilestone, ClockNews, Exclusion, Message, PatchPlan, SlaClock, Ticket, TicketEvent
from .queries import merged_into

Person = User | Contact

NEWS_IN_FULL = 20
# Of a mail that may be from anybody nothing is sent on to people whom its writer may have chosen.
_UNVERIFIED = {"subject": "", "is_unverified": True}
# A case that waits for its customer closes by itself (CRP): these mails say when.
WAITS_FOR_CUSTOMER = frozenset({"question_asked", "solution_proposed"})
# A sweep comes every few seconds; what it notices later than this, it says so.
NOTICED_LATE = timedelta(minutes=5)


def _mail(kind: str, ticket: Ticket, person: Person, *, fact: object, **context: object) -> Mail:
    return Mail.for_person(
        person,
        key=f"{kind}:{ticket.number}:{fact}:{person.email.lower()}",
        kind=kind,
        about=ticket.number,
        thread=ticket.number,
        context={
            "number": ticket.number,
            "subject": ticket.subject,
            "customer": ticket.customer.name,
            "tenant": str(ticket.tenant),
            "severity": ticket.severity,
            "path": in_portal(ticket.number),  # the page there leads support on to the desk
            **context,
        },
    )


def _to(kind: str, ticket: Ticket, people: Iterable[Person], **options: object) -> Iterator[Mail]:
    seen: set[str] = set()
    for person in people:
        reachable = not isinstance(person, User) or person.is_active
        if reachable and person.email.lower() not in seen:
            seen.add(person.email.lower())
            yield _mail(kind, ticket, person, **options)  # type: ignore[arg-type]


mails_to = _to  # for apps above this one: one mail a person about a ticket, in its thread


def registered(
    ticket: Ticket, clocks: list[SlaClock], receipt: Receipt, *, has_evidence: bool
) -> Iterator[Mail]:
    """INT-1: the number, what is promised, and what is still missing (INT-3)."""
    yield from _to(
        "ticket_registered",
        ticket,
        [ticket.reporter],
        fact="registered",
        is_escalated=ticket.is_escalated,
        no_target_rule=ticket.no_target_rule,
        executive=_card(ticket.customer.partner.executive),
        missing=list(missing_answers(ticket, has_evidence=has_evidence)),
        deadlines=_deadlines(clocks),
        also=list(receipt.also),
        **({} if receipt.is_verified else _UNVERIFIED),
    )


def escalation_wanted(ticket: Ticket, *, now: datetime, is_verified: bool = True) -> Iterator[Mail]:
    """CON-2: the designated contacts are asked to escalate a colleague's ticket."""
    people = designated_contacts(ticket.customer, now).select_related("user")
    yield from _to(
        "escalation_wanted", ticket, people, fact="registered", reporter=ticket.reporter.name,
        **({} if is_verified else _UNVERIFIED),
    )  # fmt: skip


def escalated(
    ticket: Ticket, clocks: list[SlaClock], event: TicketEvent, *, at_registration: bool = False
) -> Iterator[Mail]:
    """The reporter learns that the clocks run; a severity 1 calls the desk leads at once.

    `at_registration`: the acknowledgement says the former already.
    """
    if not at_registration:
        yield from _to(
            "ticket_escalated",
            ticket,
            [ticket.reporter],
            fact=event.pk,
            by=event.contact.name if event.contact else "",
            no_target_rule=ticket.no_target_rule,
            deadlines=_deadlines(clocks),
        )
    if ticket.severity == 1:
        yield from _to(
            "critical_ticket",
            ticket,
            [ticket.owner] if ticket.owner else desk_leads(),
            fact=event.pk,
            impact="" if ticket.impact_percent is None else str(ticket.impact_percent),
            reporter=_card(ticket.reporter),
            deadlines=_deadlines(clocks),
        )


def support_wrote(ticket: Ticket, message: Message, *, kind: str = "support_answered") -> Iterator[Mail]:
    """An answer, a question or a proposed solution; the customer's people on the ticket hear of it."""
    yield from _to(
        kind,
        ticket,
        _customer_side(ticket),
        fact=f"message-{message.pk}",
        author=message.author_name,
        text=message.body,
        at=message.at.isoformat(),
        closes_at=_closes_at(ticket, message.at) if kind in WAITS_FOR_CUSTOMER else None,
        **(
            {"path": reverse("tickets:solution", args=[ticket.number])} if kind == "solution_proposed" else {}
        ),
    )


def _closes_at(ticket: Ticket, at: datetime) -> str | None:
    """CRP-1, CRP-2: when a case that waits for its customer since `at` closes, if nothing is said."""
    if ticket.calendar_version is None:
        return None
    days = case_terms_at(at).closing_days
    return domain_calendar(ticket.calendar_version).end_of_business_day(at, days).isoformat()


def customer_wrote(ticket: Ticket, message: Message, *, kind: str = "customer_wrote") -> Iterator[Mail]:
    yield from _to(
        kind,
        ticket,
        [ticket.owner] if ticket.owner else desk_leads(),
        fact=f"message-{message.pk}",
        author=message.author_name,
        text=message.body,
        at=message.at.isoformat(),
        deadlines=_deadlines(ticket.clocks.running_first().filter(kind__in=RESPONSE_KINDS)[:1]),
    )


def moved(
    ticket: Ticket, event: TicketEvent, *, kind: str, clocks: Iterable[SlaClock] = ()
) -> Iterator[Mail]:
    """A change the customer is told without a message of its own: restored, closed, reopened, severity."""
    yield from _to(
        kind,
        ticket,
        _customer_side(ticket),
        fact=event.pk,
        at=event.at.isoformat(),
        reason=event.reason,
        close_reason=ticket.close_reason,
        deadlines=_deadlines(clocks),
    )


def closed(ticket: Ticket, event: TicketEvent, *, reopens_until: datetime) -> Iterator[Mail]:
    """Why it is closed, and until when an answer opens it again (CRP-3)."""
    yield from _to(
        "ticket_closed",
        ticket,
        _customer_side(ticket),
        fact=event.pk,
        at=event.at.isoformat(),
        reason=event.reason,
        close_reason=ticket.close_reason,
        reopens_until=reopens_until.isoformat(),
    )


def reopened(ticket: Ticket, event: TicketEvent) -> Iterator[Mail]:
    """CRP-3: an answer to a closed case has opened it again; whoever wrote it learns that it arrived so."""
    people: list[Person] = [*_customer_side(ticket), *([event.contact] if event.contact else [])]
    yield from _to(
        "ticket_reopened", ticket, people, fact=event.pk, by=event.actor_name, at=event.at.isoformat()
    )


def exclusion(
    ticket: Ticket, event: TicketEvent, exclusion: Exclusion, *, kind: str, clocks: Iterable[SlaClock] = ()
) -> Iterator[Mail]:
    """EXC-1 to EXC-3: decided, reverted, or dealings with the provider."""
    yield from _to(
        kind,
        ticket,
        _customer_side(ticket),
        fact=event.pk,
        at=event.at.isoformat(),
        reason=event.reason,
        ground=exclusion.ground,
        provider=exclusion.provider,
        rule=exclusion.rule,
        deadlines=_deadlines(clocks),
    )


def patch_planned(
    ticket: Ticket, event: TicketEvent, plan: PatchPlan, *, clocks: Iterable[SlaClock]
) -> Iterator[Mail]:
    """RST-5: the plan, beside the deadline that stays."""
    yield from _to(
        "patch_planned",
        ticket,
        _customer_side(ticket),
        fact=event.pk,
        details=plan.details,
        planned_on=plan.planned_on.isoformat(),
        deadlines=_deadlines(clocks),
    )


def call_us(ticket: Ticket, event: TicketEvent) -> Iterator[Mail]:
    """CON-5: nobody could be reached, so the restoration clock stands still until somebody can."""
    designated = designated_contacts(ticket.customer, event.at).select_related("user")
    yield from _to(
        "contact_unreachable",
        ticket,
        [*_customer_side(ticket), *designated],
        fact=event.pk,
        at=event.at.isoformat(),
        reason=event.reason,
    )


def severity_disputed(ticket: Ticket, event: TicketEvent, *, wanted: int) -> Iterator[Mail]:
    """SEV-4: an engineer decides anew."""
    yield from _to(
        "severity_disputed",
        ticket,
        [ticket.owner] if ticket.owner else desk_leads(),
        fact=event.pk,
        by=event.actor_name,
        wanted=wanted,
        reason=event.reason,
        at=event.at.isoformat(),
    )


def assigned(ticket: Ticket, event: TicketEvent) -> Iterator[Mail]:
    if ticket.owner and ticket.owner != event.by:
        next_due = _deadlines(ticket.clocks.running_first()[:1])
        yield from _to(
            "ticket_assigned", ticket, [ticket.owner], fact=event.pk, by=event.actor_name, deadlines=next_due
        )


def split(ticket: Ticket, part: Ticket, event: TicketEvent) -> Iterator[Mail]:
    """INT-6: the people of both parts learn where the second one goes on; in the new ticket's thread."""
    yield from _to(
        "ticket_split",
        part,
        [*_customer_side(ticket), *_customer_side(part)],
        fact=event.pk,
        original=ticket.number,
        reason=event.reason,
    )


def merged(duplicate: Ticket, survivor: Ticket, event: TicketEvent) -> Iterator[Mail]:
    """INT-6: the people of both tickets learn on which one the case goes on; in the survivor's thread."""
    yield from _to(
        "ticket_merged",
        survivor,
        [*_customer_side(duplicate), *_customer_side(survivor)],
        fact=event.pk,
        duplicate=duplicate.number,
        duplicate_subject=duplicate.subject,
        reason=event.reason,
    )


def clock_news(person: User, first: Sequence[ClockNews], *, breaches: int, warnings: int) -> Mail:
    """RST-8: the warnings and breaches that are due to one person, most urgent first, in one mail.

    One alone is told in its ticket's thread. Of many the `first` (NEWS_IN_FULL) are told in full, the others
    counted.
    """
    told = [_clock_fact(each) for each in first]
    alone = first[0].milestone.clock.ticket if breaches + warnings == 1 else None
    return Mail.for_person(
        person,
        key=f"clock_news:{first[0].pk}",
        kind="clock_news",
        about=alone.number if alone else "",
        thread=alone.number if alone else "",
        context={
            "news": told,
            "breaches": breaches,
            "warnings": warnings,
            "more": breaches + warnings - len(told),
            "path": in_portal(alone.number) if alone else reverse("home"),
        },
    )


def _clock_fact(news: ClockNews) -> dict[str, object]:
    fact = news.milestone
    clock = fact.clock
    ticket = clock.ticket
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "customer": ticket.customer.name,
        "tenant": str(ticket.tenant),
        "severity": ticket.severity,
        "clock": clock.kind,
        "percent": fact.percent,
        "is_breach": fact.percent == ClockMilestone.BREACH,
        "at": fact.at.isoformat(),
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "stopped_at": clock.stopped_at.isoformat() if clock.stopped_at else None,
        "noticed_at": fact.recorded_at.isoformat() if fact.recorded_at - fact.at > NOTICED_LATE else None,
        "path": in_portal(ticket.number),
    }


def _customer_side(ticket: Ticket) -> list[Person]:
    people: list[Person] = [ticket.reporter]
    if ticket.escalated_by:
        people.append(ticket.escalated_by)
    # who reported what turned out to be a duplicate waits for the same news (INT-6)
    people += [duplicate.reporter for duplicate in merged_into(ticket).select_related("reporter__user")]
    return people


def _card(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "phone": person.phone}


def _deadlines(clocks: Iterable[SlaClock]) -> list[dict[str, str]]:
    return [
        {"clock": clock.kind, "due_at": clock.due_at.isoformat()}
        for clock in clocks
        if clock.due_at is not None
    ]
