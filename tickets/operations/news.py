"""Who hears of a warning or a breach, and when: one mail for each person and sweep (RST-8).

A fact and what is to be told of it are stored together; telling is a step of its own, so that an outage with
thousands of breaches makes one mail for each reader, and a warning at night waits for the morning.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from lynnsupport.accounts.models import User
from lynnsupport.accounts.queries import desk_leads
from lynnsupport.common.inserting import insert
from lynnsupport.outbox.operations import enqueue
from sla.domain.readings import ClockState
from sla.queries import working_calendar
from tickets import notifications
from tickets.models import ClockMilestone, ClockNews, Ticket

Fate = ClockNews.Fate
NO_TIME = timedelta()
ROWS_PER_UPDATE = 1000


class Hearers(NamedTuple):
    """Who may hear of a ticket's clocks, by their keys: its owner, the partner's executive; its severity."""

    owner: int | None
    executive: int
    severity: int


def hearers_of(ticket: Ticket) -> Hearers:
    """As the ticket is in memory: an operation may not have saved it yet."""
    return Hearers(ticket.owner_id, ticket.customer.partner.executive_id, ticket.severity)


def hearers_of_tickets(tickets: Collection[int]) -> dict[int, Hearers]:
    """As they are stored; one query."""
    rows = Ticket.objects.filter(pk__in=tickets).values_list(
        "pk", "owner", "customer__partner__executive", Coalesce("decided_severity", "suggested_severity")
    )
    return {key: Hearers(*heard) for key, *heard in rows}


def store_news(told: Iterable[tuple[ClockMilestone, Hearers]], *, now: datetime) -> None:
    """Write down who is to hear of these new facts, and from when. In the facts' own transaction."""
    recipients = _Recipients(now)
    insert(
        ClockNews(milestone_id=fact.pk, recipient_id=person, tell_at=tell_at)
        for fact, hearers in told
        for person, tell_at in recipients.of(fact, hearers)
    )


class _Recipients:
    """RST-8, with each person's working hours looked up once.

    A warning goes to the owner, to the desk leads while nobody owns the ticket; a breach to owner, desk leads
    and, for severity 1, the partner's executive.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.leads = [lead.pk for lead in desk_leads()]
        self.openings: dict[int, datetime] = {}

    def of(self, fact: ClockMilestone, hearers: Hearers) -> list[tuple[int, datetime]]:
        owner = [hearers.owner] if hearers.owner else []
        if fact.percent < ClockMilestone.BREACH:
            people = owner or self.leads
        else:
            executive = [hearers.executive] if hearers.severity == 1 else []
            people = list(dict.fromkeys([*owner, *self.leads, *executive]))
        can_wait = fact.percent < ClockMilestone.BREACH and hearers.severity != 1
        return [(person, self._opening(person) if can_wait else self.now) for person in people]

    def _opening(self, person: int) -> datetime:
        """Now, or when the person's next working day begins."""
        if person not in self.openings:
            zone = User.objects.values_list("time_zone", flat=True).get(pk=person)
            calendar = working_calendar(zone, self.now)
            self.openings[person] = max(self.now, calendar.add(self.now, NO_TIME))
        return self.openings[person]


def tell_news(*, now: datetime) -> int:
    """One mail to each person to whom something is due by `now`; returns how many mails.

    What has been overtaken meanwhile (done, excused, a later warning, the breach) is settled without a mail.
    Each person's news and their mail are one transaction; a person whom another sweep is writing to is left
    to it.
    """
    due = ClockNews.objects.filter(fate=Fate.PENDING, tell_at__lte=now)
    people = list(due.order_by("recipient").values_list("recipient", flat=True).distinct())
    return sum(_tell(person, now=now) for person in people)


@transaction.atomic
def _tell(recipient: int, *, now: datetime) -> int:
    held = User.objects.select_for_update(skip_locked=True, no_key=True)
    person = held.filter(pk=recipient).first()
    if person is None:
        return 0
    due = ClockNews.objects.filter(fate=Fate.PENDING, tell_at__lte=now, recipient=person)
    if not person.is_active:
        _settle(list(due.values_list("pk", flat=True)), Fate.OVERTAKEN, now=now)
        return 0
    _settle(list(due.filter(_is_overtaken()).values_list("pk", flat=True)), Fate.OVERTAKEN, now=now)
    facts = list(_in_order(due).values_list("pk", "milestone__percent"))
    if not facts:
        return 0
    _settle([pk for pk, _ in facts], Fate.TOLD, now=now)
    breaches = sum(percent == ClockMilestone.BREACH for _, percent in facts)
    first = _with_tickets([pk for pk, _ in facts[: notifications.NEWS_IN_FULL]])
    mail = notifications.clock_news(person, first, breaches=breaches, warnings=len(facts) - breaches)
    return enqueue([mail], now=now)


def _is_overtaken() -> Q:
    """Of a warning: its clock runs no longer, or something later is known of it."""
    later = ClockMilestone.objects.filter(
        clock=OuterRef("milestone__clock"), percent__gt=OuterRef("milestone__percent")
    )
    runs = Q(milestone__clock__state=ClockState.RUNNING)
    return Q(milestone__percent__lt=ClockMilestone.BREACH) & (~runs | Exists(later))


def _in_order(due: QuerySet[ClockNews]) -> QuerySet[ClockNews]:
    """Breaches first, the oldest deadline first."""
    return due.order_by("-milestone__percent", "milestone__clock__due_at", "pk")


def _with_tickets(news: Sequence[int]) -> list[ClockNews]:
    """These few, with what a mail says of them: of thousands at once the rest is only counted."""
    told = _in_order(ClockNews.objects.filter(pk__in=news))
    return list(told.select_related("milestone__clock__ticket__customer", "milestone__clock__ticket__tenant"))


def _settle(news: Sequence[int], fate: Fate, *, now: datetime) -> None:
    for some in batched(news, ROWS_PER_UPDATE):
        ClockNews.objects.filter(pk__in=some).update(fate=fate, settled_at=now)
