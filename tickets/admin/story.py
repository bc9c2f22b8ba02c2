"""The record of a ticket as the desk reads it: what the customer is told, and what is ours alone."""

from dataclasses import replace

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from tickets import story
from tickets.models import Ticket, TicketEvent
from tickets.story import Told


def told(event: TicketEvent) -> Told:
    if event.kind == TicketEvent.Kind.NOTE_WRITTEN:
        return Told(
            what=event.kind,
            title=event.get_kind_display(),
            detail="",
            at=event.at,
            by=event.actor_name,
            kind="plain",
            icon="lock",
            message_id=event.message_id,
        )
    line = story.told(event)
    if event.kind == TicketEvent.Kind.CONTENT_CHANGED:
        return replace(line, detail=f"{_corrected(event)} {event.reason}".strip())
    return replace(line, detail=event.reason)


def _corrected(event: TicketEvent) -> str:
    labels = [str(Ticket._meta.get_field(name).verbose_name) for name in event.data.get("changed", {})]
    return get_text_list(labels, _("and")) + "." if labels else ""
