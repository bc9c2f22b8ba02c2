"""Acts that replace what another person decided: whoever comes second is told of the first."""

from collections.abc import Callable, Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.models import Ticket, TicketEvent

from .record import locked


@transaction.atomic
def unless_overtaken[T](
    act: Callable[[], T], *, ticket: Ticket, by: User, seen: int, kinds: Collection[TicketEvent.Kind]
) -> T:
    """Do `act`, unless somebody else has done something of these `kinds` since the event `seen`.

    `seen` is the number of the last event its author knew of. Raises Refused, naming who was first.
    """
    locked(ticket)
    overtaking = (
        ticket.events.filter(pk__gt=seen, kind__in=kinds).exclude(by=by).select_related("by", "contact")
    )
    last = overtaking.order_by("pk").last()
    if last is not None:
        raise Refused(
            _("%(name)s was faster: %(what)s.")
            % {"name": last.actor_name, "what": last.get_kind_display().lower()},
            instead=_("Look at what stands there now; if you still want it, send it again."),
        )
    return act()
