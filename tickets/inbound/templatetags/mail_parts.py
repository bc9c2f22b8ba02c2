"""`{% load mail_parts %}`: what incoming mail reads of a ticket's page."""

from collections.abc import Iterable

from django import template

from tickets.models import TicketEvent
from tickets.story import Told

register = template.Library()

_KIND = TicketEvent.Kind
# What deals with a wish for escalation: an answer, a call, or that it was raised.
_DEALS_WITH_IT = frozenset({_KIND.SUPPORT_ANSWERED, _KIND.CALL_RECORDED, _KIND.LEVEL_RAISED})


@register.filter
def escalation_asked(story: Iterable[Told]) -> Told | None:
    """The last wish for escalation that came by mail and that support has not dealt with yet (ESC-1)."""
    asked = None
    for line in story:
        if line.what == _KIND.ESCALATION_ASKED:
            asked = line
        elif line.what in _DEALS_WITH_IT:
            asked = None
    return asked
