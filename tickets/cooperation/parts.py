"""What this app adds to a ticket's page: until when it waits, what is asked, which access is allowed."""

from datetime import datetime

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import User
from tickets.models import Ticket
from tickets.operations import goes_on_in, reopens_until
from tickets.page_parts import Part, Place

from .closing import cases_of
from .domain.remote_access import State
from .models import CustomerRequest
from .queries import accesses_of, requests_of


def closing(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """When the case closes without an answer; of a closed one, what an answer does."""
    if ticket.is_closed:
        other = goes_on_in(ticket)
        until = None if other else reopens_until(ticket)
        context = {"goes_on_in": other, "until": until, "reopens": until is not None and now <= until}
        return Part("cooperation/_closed.html", Place.TOP, context)
    case = cases_of([ticket]).get(ticket.pk)
    if case is None:
        return None
    return Part("cooperation/_closing.html", Place.TOP, {"case": case})


def requests(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """Each request with its state; the open ones with the way to answer them."""
    asked = requests_of(ticket)
    if not asked:
        return None
    context = {
        "open": [each for each in asked if each.is_open],
        "settled": [each for each in asked if not each.is_open],
        "can_answer": reader.has_perm("tickets.reply_as_customer") and contact_of(reader) is not None,
        "access_kind": CustomerRequest.Kind.ACCESS,
        "now": now,
    }
    return Part("cooperation/_requests.html", Place.TOP, context)


def remote_access(ticket: Ticket, reader: User, now: datetime) -> Part | None:
    """Whether support may be on the customer's machines now, and every access that was asked for."""
    accesses = accesses_of(ticket)
    if not accesses:
        return None
    told = [(access, access.state_at(now)) for access in accesses]
    context = {
        "accesses": told,
        "allowed": [access for access, state in told if state is State.ALLOWED],
        "is_desk": reader.is_staff,
        "contact": contact_of(reader),
    }
    return Part("cooperation/_accesses.html", Place.RAIL, context)


PORTAL_PARTS = (requests, closing, remote_access)
DESK_PARTS = (requests, closing, remote_access)
