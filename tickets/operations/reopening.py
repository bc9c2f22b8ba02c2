"""CRP-3: the customer answers a closed case. In time it goes on; later a new ticket, linked to it, does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from lynnsupport.accounts.models import Contact, User
from lynnsupport.outbox.operations import enqueue
from sla.domain.targets import RESTORATION_KINDS
from sla.queries import calendar_version_for, case_terms_at, domain_calendar
from tickets import notifications
from tickets.conditions import step
from tickets.domain.intake import Answers, Channel, Priority, Receipt
from tickets.domain.lifecycle import Act, CloseReason, State
from tickets.evidence import Upload
from tickets.models import Message, Ticket, TicketEvent, TicketLink

from .clocks import reopen_clocks, uncancel_clocks
from .intake import open_ticket
from .record import record, save

# The customer had nothing to add, so an answer says that it does not work after all.
_WAS_SOLVED = frozenset({CloseReason.ACCEPTED, CloseReason.NO_PROBLEM_REPORTED})
# What a new ticket takes over from the one that it follows; the detection is a new one, not said yet.
_TAKEN_OVER = (
    "subject",
    "impact_percent",
    "impact_description",
    "has_workaround",
    "workaround",
    "products",
    "social_networks",
    "lccd_name",
    "lccd_email",
    "lccd_phone",
    "is_custom_development",
    "is_preview",
    "country",
)


def reopens_until(ticket: Ticket) -> datetime:
    """Up to which instant, included, an answer reopens this closed ticket: the end of a business day.

    Counted like the term that closed it: by the ticket's calendar, without the day it was closed on.
    """
    version = ticket.calendar_version or calendar_version_for(ticket.tenant, ticket.closed_at)
    days = case_terms_at(ticket.closed_at).reopen_days
    return domain_calendar(version).end_of_business_day(ticket.closed_at, days)


def goes_on_in(ticket: Ticket) -> Ticket | None:
    """The ticket in which a closed one goes on: whose duplicate it is, or which followed it."""
    one = (TicketLink.Kind.DUPLICATE, TicketLink.Kind.FOLLOWS)
    link = ticket.leads_to.filter(kind__in=one).select_related("target").first()
    return link.target if link else None


def will_follow(ticket: Ticket, *, now: datetime) -> Ticket | None:
    """The ticket that a new one would follow if an answer to `ticket` came now (CRP-3); None where the answer
    is added to a ticket that there is."""
    while ticket.is_closed:
        goes_on = goes_on_in(ticket)
        if goes_on is None:
            return ticket if now > reopens_until(ticket) else None
        ticket = goes_on
    return None


def reopen(ticket: Ticket, *, by: User | None, contact: Contact, message: Message, now: datetime) -> None:
    """The case goes on with its clocks, without the time it was closed. The caller holds and saves it."""
    # Nobody designated ever escalated it: its clocks still wait for that (CON-2).
    after = step(ticket, Act.REOPEN, now) if ticket.is_escalated else State.REGISTERED
    was_solved = ticket.close_reason in _WAS_SOLVED
    before, ticket.state, ticket.state_since = ticket.state, after, now
    ticket.closed_at, ticket.close_reason = None, ""
    event = record(
        ticket, TicketEvent.Kind.STATE_CHANGED, now=now, by=by, contact=contact, message=message,
        before=before, after=after,
    )  # fmt: skip
    uncancel_clocks(ticket, at=now, cause=event, now=now)
    if was_solved:
        ticket.restored_at = None
        reopen_clocks(ticket, RESTORATION_KINDS, at=now, cause=event, now=now)
    enqueue(notifications.reopened(ticket, event), now=now)


def follow(
    ticket: Ticket,
    *,
    by: User | None,
    contact: Contact,
    body: str,
    channel: Channel,
    evidence: Sequence[Upload],
    quoted: str,
    submission_key: UUID | None,
    receipt: Receipt,
    now: datetime,
) -> Message:
    """A new ticket in the words of the answer, linked both ways; its first message is returned."""
    answers = Answers(
        tenant=ticket.tenant.code,
        description=body.strip() or _("See the attached files."),
        detected_at=None,
        detected_zone=ticket.detected_zone,
        priority=Priority(ticket.priority),
        **{name: getattr(ticket, name) for name in _TAKEN_OVER},
    )
    opening = open_ticket(
        by=by, channel=channel, answers=answers, reporter=contact, evidence=evidence, quoted=quoted,
        submission_key=submission_key, receipt=receipt, now=now,
    )  # fmt: skip
    new = opening.ticket
    TicketLink.objects.create(kind=TicketLink.Kind.FOLLOWS, source=ticket, target=new, by=by, at=now)
    for one, other in ((ticket, new), (new, ticket)):
        record(
            one, TicketEvent.Kind.FOLLOWED, now=now, by=by, contact=contact,
            other=other.number, is_new=one is new,
        )  # fmt: skip
    save(ticket, by=by, reason="followed by a new ticket")
    return new.messages.order_by("id")[0]


def first_words_of(ticket: Ticket, contact: Contact, submission_key: UUID | None) -> Message | None:
    """The first message of a ticket that the same form opened, when it was sent the first time."""
    if submission_key is None or ticket.submission_key != submission_key or ticket.reporter != contact:
        return None
    return ticket.messages.order_by("id").first()
