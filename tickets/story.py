"""The record of a ticket told to the customer's side: what happened, when, by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from .models import TicketEvent
from .models.ticket import SEVERITY_LABELS, STATE_LABELS

_KIND = TicketEvent.Kind

# kind of event → (kind of the timeline_item component, icon)
_LOOKS: Mapping[str, tuple[str, str]] = {
    _KIND.REGISTERED: ("plain", "inbox"),
    _KIND.ESCALATED: ("info", "arrow-up-right"),
    _KIND.CUSTOMER_WROTE: ("plain", "reply"),
    _KIND.SUPPORT_ANSWERED: ("info", "chat-left-text"),
    _KIND.CALL_RECORDED: ("info", "telephone"),
    _KIND.ASSIGNED: ("plain", "person-check"),
    _KIND.STATE_CHANGED: ("plain", "arrow-right"),
    _KIND.SEVERITY_DECIDED: ("warn", "sliders"),
    _KIND.RESTORED: ("ok", "check-circle-fill"),
    _KIND.RESOLVED: ("ok", "check2-circle"),
    _KIND.CONTENT_CHANGED: ("plain", "pencil"),
}
_LABELS: Mapping[str, Any] = dict(_KIND.choices)
_STATES: Mapping[object, Any] = dict(STATE_LABELS)
_SEVERITIES: Mapping[object, Any] = dict(SEVERITY_LABELS)
# What a colleague reads in the reason of these is not written for the customer.
_REASON_IS_INTERNAL = frozenset({_KIND.ASSIGNED})


@dataclass(frozen=True)
class Told:
    """One line of the timeline; `message_id` is the message it brought, if any."""

    title: str
    detail: str
    at: datetime
    by: str
    kind: str
    icon: str
    message_id: int | None


def told(event: TicketEvent) -> Told:
    return _told(event.kind, event.at, event.reason, event.data, event.message_id, event.actor_name)


def tell(events: QuerySet[TicketEvent]) -> list[Told]:
    """Each of these events, in their order; read as values, for a ticket's page tells them every time."""
    actor = Coalesce("by__name", "contact__name", Value(""))
    return [
        _told(*event) for event in events.values_list("kind", "at", "reason", "data", "message_id", actor)
    ]


def _told(kind: str, at: datetime, reason: str, data: Mapping, message_id: int | None, actor: str) -> Told:
    look, icon = _LOOKS[kind]
    return Told(
        title=_title(kind, data),
        detail="" if kind in _REASON_IS_INTERNAL else reason,
        at=at,
        by=actor,
        kind=look,
        icon=icon,
        message_id=message_id,
    )


def _title(kind: str, data: Mapping) -> str:
    label = str(_LABELS[kind])
    before, after = data.get("before"), data.get("after")
    if kind == _KIND.STATE_CHANGED:
        return _change(label, _labelled(_STATES, before), _labelled(_STATES, after))
    if kind == _KIND.SEVERITY_DECIDED:
        return _change(label, _labelled(_SEVERITIES, before), _labelled(_SEVERITIES, after))
    if kind == _KIND.ASSIGNED:
        return f"{label}: {after}" if after else _("Back at the support desk")
    return label


def _change(label: str, before: str, after: str) -> str:
    return f"{label}: {after}" if before == after else f"{label}: {before} → {after}"


def _labelled(labels: Mapping[object, Any], value: object) -> str:
    return str(labels.get(value, value))
