"""What escalation adds to a ticket's page: the steps for both sides, the way there, what the desk owes."""

from datetime import datetime

from lynnsupport.accounts.models import User
from tickets.models import Ticket, TicketEvent
from tickets.page_parts import Maker, Part, Place

from .domain.course import Stage
from .domain.eligibility import Level
from .models import Escalation, PriorityRequest
from .queries import of_ticket

_KIND = TicketEvent.Kind


def link(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """The way to escalate, and to ask for another priority; for whoever may do it."""
    if ticket.is_closed or not reader.has_perm("escalation.raise_escalation"):
        return None
    return Part("escalation/_link.html", Place.RAIL)


def course(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """ESC-8: the partner sees each step, and how a change of priority was decided."""
    escalations = _escalations(ticket, with_internal=False)
    requests = _requests(ticket)
    if not escalations and not requests:
        return None
    context = {"escalations": escalations, "requests": requests}
    return Part("escalation/_course.html", Place.MAIN, context)


def at_desk(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """The current level and who waits; what a mail asked for; an open request to change the priority."""
    escalations = _escalations(ticket, with_internal=True)
    requests = _requests(ticket)
    raised_at = escalations[0].raised_at if escalations else ticket.registered_at
    asked = None
    # Answering it is deciding about it: what is recorded stands below, what is not was answered.
    if ticket.customer_waits_since and not ticket.is_closed and ticket.may_have(_KIND.ESCALATION_ASKED):
        wanted = ticket.events.filter(kind=_KIND.ESCALATION_ASKED, at__gte=raised_at)
        asked = wanted.select_related("by", "contact").order_by("at", "pk").last()
    if not (escalations or requests or asked):
        return None
    context = {
        "open": [each for each in escalations if each.is_open],
        "escalations": escalations,
        "waits_for_desk": [each for each in escalations if _waits_for_desk(each)],
        "requests": requests,
        "asked": asked,
    }
    return Part("escalation/_at_desk.html", Place.TOP, context)


def _waits_for_desk(escalation: Escalation) -> bool:
    own = escalation.level in (Level.DESK, Level.TELEPHONE) and escalation.is_open
    return own or escalation.stage == Stage.WITH_DESK


def _escalations(ticket: Ticket, *, with_internal: bool) -> list[Escalation]:
    if not ticket.may_have(_KIND.LEVEL_RAISED):
        return []
    return of_ticket(ticket, with_internal=with_internal)


def _requests(ticket: Ticket) -> list[PriorityRequest]:
    if not ticket.may_have(_KIND.PRIORITY_ASKED):
        return []
    return list(ticket.priority_requests.select_related("contact", "decided_by").order_by("-asked_at", "-pk"))


ON_PORTAL: tuple[Maker, ...] = (link, course)
AT_DESK: tuple[Maker, ...] = (at_desk,)
