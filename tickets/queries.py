"""Reads over tickets. Everything a person sees starts at `visible_to`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from lynnsupport.accounts.access import customer_scope, customers_visible_to
from lynnsupport.accounts.models import Tenant, User
from lynnsupport.common.prepared import prepared
from lynnsupport.common.search import fold
from sla.domain.readings import ClockState
from sla.models import CalendarVersion, PolicyVersion

from .domain.lifecycle import State
from .domain.similarity import ALIKE, likeness, telling_words
from .models import (
    Attachment,
    ClockMilestone,
    Message,
    SeverityAssessment,
    SlaClock,
    Ticket,
    TicketEvent,
    TicketLink,
)
from .trigrams import has_trigrams

BY_DEADLINE = ("queue_at", "id")


def visible_to(user: User | AnonymousUser) -> QuerySet[Ticket]:
    """The tickets whose existence `user` may know of. A foreign ticket is as unknown as an absent one."""
    return Ticket.objects.filter(customer_scope(user, "customer__"))


def queue_of(user: User | AnonymousUser, customers: Sequence[int] | None = None) -> QuerySet[Ticket]:
    """The same tickets, for going through many of them in order.

    The customers are named one by one (`customers`, where the caller knows their ids already): the
    database then knows how many rows to expect, and reads a small organisation's tickets by customer and a
    large one's in the order of the queue.
    """
    if user.is_authenticated and user.is_active and user.is_staff:
        return Ticket.objects.all()
    if customers is None:
        customers = list(customers_visible_to(user).values_list("pk", flat=True))
    return Ticket.objects.filter(customer__in=customers)


# What apps above read together with the ticket of a page, by the name of the attribute it gets.
_READ_WITH: dict[str, Any] = {}


def read_with(**expressions: Any) -> None:
    """A page then has it without a query more. Called once, as an app gets ready; a name is one app's own."""
    taken = [name for name in expressions if name in _READ_WITH]
    if taken:
        raise ValueError(f"read already under that name: {', '.join(taken)}")
    _READ_WITH.update(expressions)


def page_of(user: User | AnonymousUser, number: str) -> Ticket | None:
    """The ticket of that number as `for_page` reads it, if `user` may know of it."""
    found = _pages_of(customer_scope(user, "customer__"), number)
    return found[0] if found else None


@prepared
def _pages_of(scope: Q, number: str) -> QuerySet[Ticket]:
    return for_page(Ticket.objects.filter(scope, number=number))


def assessments_of(ticket: Ticket) -> list[SeverityAssessment]:
    """How severe it was found to be and by whom, the latest last."""
    found = _assessments(ticket.pk)
    for each in found:
        each.ticket = ticket
    return found


@prepared
def _assessments(ticket: int) -> QuerySet[SeverityAssessment]:
    return SeverityAssessment.objects.filter(ticket=ticket).select_related("by", "contact")


def for_page(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The same tickets with the people and organisations that a ticket's page names."""
    people = ("reporter", "escalated_by", "owner")
    return with_links_known(tickets).select_related("tenant", "customer__partner__executive", *people)


def with_links_known(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The same tickets, each with `has_links` and what `read_with` adds: most have none, and their pages need
    not ask."""
    either = Q(source=OuterRef("pk")) | Q(target=OuterRef("pk"))
    return tickets.annotate(has_links=Exists(TicketLink.objects.filter(either)), **_READ_WITH)


# What a row of a list names beside the ticket.
ROW_RELATIONS = ("tenant", "customer", "owner")


def open_tickets(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.exclude(state=State.CLOSED)


def under_older_versions(now: datetime) -> QuerySet[Ticket]:
    """Open, escalated tickets bound to a version that another of the same policy or calendar has followed."""

    def follows(model: type[PolicyVersion] | type[CalendarVersion], pinned: str, of: str) -> Exists:
        newer = {of: OuterRef(f"{pinned}__{of}"), "number__gt": OuterRef(f"{pinned}__number")}
        return Exists(model.objects.filter(effective_at__lte=now, **newer))

    return (
        open_tickets(Ticket.objects.filter(escalated_at__isnull=False, policy_version__isnull=False))
        .filter(
            follows(PolicyVersion, "policy_version", "policy")
            | follows(CalendarVersion, "calendar_version", "calendar")
        )
        .select_related("tenant", "customer", "policy_version__policy", "calendar_version__calendar")
        .order_by("id")
    )


def search(tickets: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """Tickets that hold every one of the words, whatever their accents and capitals."""
    for word in fold(words).split():
        tickets = tickets.filter(search_text__contains=word)
    return tickets


def counts_as(severity: int | str) -> Q:
    """That this severity counts: decided so, or suggested and not decided yet (SEV-4)."""
    return Q(decided_severity=severity) | Q(decided_severity__isnull=True, suggested_severity=severity)


def breached_clocks() -> QuerySet[SlaClock]:
    """For Exists over tickets: a deadline has passed, and what it promised is still owed."""
    return SlaClock.objects.filter(ticket=OuterRef("pk"), state=ClockState.BREACHED, stopped_at__isnull=True)


def excused_clocks() -> QuerySet[SlaClock]:
    """For Exists over tickets: an exclusion holds, so a deadline does not apply (EXC)."""
    return SlaClock.objects.filter(ticket=OuterRef("pk"), state=ClockState.EXCUSED)


def clocks_at_risk() -> QuerySet[SlaClock]:
    """For Exists over tickets: a clock runs of which a warning has been reached (RST-8)."""
    warned = ClockMilestone.objects.filter(clock=OuterRef("pk"))
    return SlaClock.objects.filter(Exists(warned), ticket=OuterRef("pk"), state=ClockState.RUNNING)


def needs_customer(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """What waits for the partner: an answer, a decision on a solution, an escalation (CON-2)."""
    return tickets.filter(
        state__in=[State.WAITING_CUSTOMER, State.SOLUTION_PROPOSED, State.REGISTERED]
    ).order_by("state_since", "id")


# So many tickets are measured against a subject; a tenant with more open ones has other worries.
MEASURED = 200


def similar_open(tenant: Tenant, subject: str, *, limit: int = 5) -> list[Ticket]:
    """Open tickets of the same tenant with a similar subject, the most alike first (INT-7)."""
    return _most_alike(open_tickets(Ticket.objects.filter(tenant=tenant)), subject, limit)


def similar_of_customer(ticket: Ticket, *, limit: int = 5) -> list[Ticket]:
    """Open tickets of the same customer that `ticket` may be a duplicate of, the most alike first (INT-6)."""
    others = Ticket.objects.filter(customer=ticket.customer_id).exclude(pk=ticket.pk)
    return _most_alike(open_tickets(others), ticket.subject, limit)


def _most_alike(tickets: QuerySet[Ticket], subject: str, limit: int) -> list[Ticket]:
    words = telling_words(subject)
    if not words:
        return []
    if has_trigrams():
        near = TrigramWordSimilarity(words, "search_text")
        candidates = tickets.annotate(near=near).order_by("-near", "-id")[:MEASURED]
    else:
        candidates = tickets.order_by("-id")[:MEASURED]
    measured = [(likeness(subject, ticket.subject), ticket.pk, ticket) for ticket in candidates]
    alike = sorted((each for each in measured if each[0] >= ALIKE), key=lambda each: each[:2], reverse=True)
    return [ticket for *_, ticket in alike[:limit]]


def survivor_of(ticket: Ticket) -> Ticket:
    """Where what is written on `ticket` belongs: the ticket it was merged into, else itself (INT-6)."""
    seen = {ticket.pk}
    while True:
        merged = TicketLink.objects.filter(kind=TicketLink.Kind.DUPLICATE, source__state=State.CLOSED)
        link = merged.filter(source=ticket).select_related("target").first()
        if link is None or link.target_id in seen:
            return ticket
        ticket = link.target
        seen.add(ticket.pk)


def merged_into(ticket: Ticket) -> QuerySet[Ticket]:
    """The closed duplicates that go on in `ticket`."""
    return Ticket.objects.filter(
        leads_to__kind=TicketLink.Kind.DUPLICATE, leads_to__target=ticket, state=State.CLOSED
    ).order_by("pk")


def links_of(ticket: Ticket) -> QuerySet[TicketLink]:
    """Every ticket that it came from or goes on in, in one query."""
    either = Q(source=ticket) | Q(target=ticket)
    return TicketLink.objects.filter(either).select_related("source", "target", "by")


def conversation(ticket: Ticket | int, *, with_internal: bool) -> QuerySet[Message]:
    """The messages of a ticket, or of the ticket with that id."""
    messages = (
        Message.objects.filter(ticket=ticket)
        .select_related("author", "contact")
        .prefetch_related("attachments")
    )
    return messages if with_internal else messages.filter(is_internal=False)


PUBLIC_EVENTS = frozenset(TicketEvent.Kind) - {TicketEvent.Kind.NOTE_WRITTEN}


def story(ticket: Ticket | int, *, with_internal: bool) -> QuerySet[TicketEvent]:
    """The record of a ticket (or of the ticket with that id) in order, without the internal notes for the
    customer's side."""
    events = TicketEvent.objects.filter(ticket=ticket).select_related("by", "contact")
    return events if with_internal else events.filter(kind__in=PUBLIC_EVENTS)


def attachments_visible_to(user: User | AnonymousUser) -> QuerySet[Attachment]:
    """Evidence of visible tickets; what hangs on an internal note is for the desk alone."""
    attachments = Attachment.objects.filter(
        customer_scope(user, "message__ticket__customer__")
    ).select_related("message")
    if user.is_authenticated and user.is_staff:
        return attachments
    return attachments.filter(message__is_internal=False)


def desk_queue() -> QuerySet[Ticket]:
    """What the desk works on, ordered by what falls due."""
    return open_tickets(Ticket.objects.all()).select_related(*ROW_RELATIONS).order_by(*BY_DEADLINE)


def desk_counts(now: datetime) -> dict[str, int]:
    """The figures of the desk's start page, in one query."""
    return open_tickets(Ticket.objects.all()).aggregate(
        open=Count("pk"),
        unassigned=Count("pk", filter=Q(owner__isnull=True)),
        waiting=Count("pk", filter=Q(state__in=[State.WAITING_CUSTOMER, State.WAITING_PROVIDER])),
        registered=Count("pk", filter=Q(state=State.REGISTERED)),
        critical=Count("pk", filter=counts_as(1)),
        at_risk=Count("pk", filter=Exists(clocks_at_risk())),
        breached=Count("pk", filter=Exists(breached_clocks())),
        customer_waits=Count("pk", filter=Q(customer_waits_since__isnull=False)),
    )


def has_evidence(ticket: Ticket, messages: Sequence[Message] | None = None) -> bool:
    """Whether any file hangs on the ticket; answered from loaded messages where there are some."""
    if messages is not None:
        return any(message.attachments.all() for message in messages)
    return Attachment.objects.filter(message__ticket=ticket).exists()
