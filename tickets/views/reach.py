"""Which ticket a view is about, and what its reader may do there."""

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact
from tickets.models import Ticket
from tickets.queries import page_of

NOT_ON_CUSTOMERS_SIDE = gettext_lazy("Only the customer's side does this.")


def ticket_or_404(request: HttpRequest, number: str) -> Ticket:
    """The ticket of that number if its reader may know of it; a foreign one is as absent as any other."""
    found = page_of(request.user, number)
    if found is None:
        raise Http404(_("There is no such ticket."))
    return found


def writer_of(request: HttpRequest) -> Contact | None:
    """The contact as whom the reader writes on the customer's side; None for everyone else."""
    if not request.user.has_perm("tickets.reply_as_customer"):
        return None
    return contact_of(request.user)


class TicketNumber:
    """A path converter for `LYN-2026-000123`, in any case."""

    regex = "[Ll][Yy][Nn]-[0-9]{4}-[0-9]{6,12}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value
