"""The terms of tickets: read from what happened on them, for pages and for the sweep alike."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sla.domain.business_time import BusinessCalendar
from sla.models import CaseTerms
from sla.queries import domain_calendar
from tickets.domain.lifecycle import TERM_CLOSES, CloseReason, State
from tickets.models import Message, Ticket

from .domain.closing import Days, Step, Term, began_at, next_step, term
from .models import ClosingTerm, CustomerRequest


@dataclass(frozen=True)
class Case:
    """A case whose customer is awaited: its term, the terms that it is counted by, and what was announced."""

    ticket: Ticket
    term: Term
    terms: CaseTerms
    calendar: BusinessCalendar
    announced: ClosingTerm | None

    @property
    def days(self) -> Days:
        return Days(self.terms.notice_days, self.terms.closing_days)

    @property
    def reason(self) -> CloseReason:
        return TERM_CLOSES[State(self.ticket.state)]

    @property
    def closes_at(self) -> datetime:
        return self.announced.closes_at if self.announced else self.term.closes_at

    @property
    def next_at(self) -> datetime:
        """When something falls due next."""
        return self.announced.closes_at if self.announced else self.term.notice_at

    def closes_at_if_told(self, at: datetime) -> datetime:
        return self.term.closes_at_after(at, self.calendar, self.days)

    def step(self, now: datetime) -> Step:
        announced_at = self.announced.announced_at if self.announced else None
        return next_step(self.term, announced_at=announced_at, closes_at=self.closes_at, now=now)


def cases_of(tickets: Iterable[Ticket]) -> dict[int, Case]:
    """By ticket: the case of each whose customer's term runs. Four queries, however many there are.

    The tickets bring their `calendar_version`; one without has no term (nobody escalated it).
    """
    waiting = [t for t in tickets if t.state in TERM_CLOSES and t.customer_waits_since is None]
    waiting = [t for t in waiting if t.calendar_version_id is not None]
    if not waiting:
        return {}
    versions = list(CaseTerms.objects.order_by("-effective_at", "-number"))
    requests = _by_ticket(CustomerRequest.objects.filter(ticket__in=waiting).order_by("id"))
    said = _by_ticket(
        Message.objects.filter(ticket__in=waiting, is_internal=False)
        .exclude(side=Message.Side.SYSTEM)
        .only("ticket_id", "side", "at")
        .order_by("at", "id")
    )
    announced = {
        (each.ticket_id, each.began_at): each for each in ClosingTerm.objects.filter(ticket__in=waiting)
    }
    cases = {}
    for ticket in waiting:
        since = ticket.state_since
        asked = [each for each in requests.get(ticket.pk, ()) if each.asked_at >= since]
        began = began_at(
            since,
            questions=[each.asked_at for each in asked],
            said=[
                (each.at, each.side == Message.Side.CUSTOMER)
                for each in said.get(ticket.pk, ())
                if each.at > since
            ],
        )
        if began is None:
            continue
        terms = next(version for version in versions if version.effective_at <= began)
        calendar = domain_calendar(ticket.calendar_version)
        granted = [each.due_at for each in asked if each.is_open and each.due_at]
        cases[ticket.pk] = Case(
            ticket=ticket,
            term=term(
                began,
                calendar,
                Days(terms.notice_days, terms.closing_days),
                granted_until=max(granted, default=None),
            ),
            terms=terms,
            calendar=calendar,
            announced=announced.get((ticket.pk, began)),
        )
    return cases


def closings_of(tickets: Collection[int]) -> dict[int, datetime]:
    """When each of these tickets closes without an answer, for those whose term runs."""
    waiting = Ticket.objects.filter(pk__in=tickets, state__in=list(TERM_CLOSES))
    cases = cases_of(waiting.select_related("calendar_version"))
    return {pk: case.closes_at for pk, case in cases.items()}


def _by_ticket[Row: (CustomerRequest, Message)](rows: Iterable[Row]) -> Mapping[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.ticket_id, []).append(row)
    return found
