"""The record of a ticket told to the customer's side: what happened, when, by whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lynnsupport.common.moments import describe_instant
from lynnsupport.common.prepared import prepared
from sla.models import GROUND_LABELS

from . import queries
from .explanations import date_in_words
from .models import Ticket, TicketEvent
from .models.ticket import PRIORITY_LABELS, SEVERITY_LABELS, STATE_LABELS

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
    _KIND.EXCLUDED: ("warn", "slash-circle"),
    _KIND.READMITTED: ("info", "arrow-counterclockwise"),
    _KIND.PROVIDER_DEALING: ("info", "people"),
    _KIND.PATCH_PLANNED: ("info", "calendar-event"),
    _KIND.CONTACT_UNREACHABLE: ("warn", "telephone"),
    _KIND.CONTACT_REACHED: ("ok", "telephone"),
    _KIND.SEVERITY_DISPUTED: ("warn", "sliders"),
    _KIND.VERSIONS_APPLIED: ("info", "sliders"),
    _KIND.ESCALATION_ASKED: ("warn", "arrow-up-right"),
    _KIND.LEVEL_RAISED: ("warn", "arrow-up-right"),
    _KIND.EXECUTIVE_ACTED: ("info", "person-check"),
    _KIND.PRIORITY_ASKED: ("warn", "sliders"),
    _KIND.PRIORITY_DECIDED: ("info", "sliders"),
    _KIND.REMOTE_ACCESS: ("info", "lock"),
    _KIND.CLOSING_ANNOUNCED: ("warn", "calendar-event"),
    _KIND.SUMMARY_WRITTEN: ("info", "pencil"),
    _KIND.INCIDENT_LINKED: ("warn", "exclamation-triangle-fill"),
    _KIND.INCIDENT_UPDATED: ("info", "chat-left-text"),
    _KIND.RCA_PUBLISHED: ("info", "check2-circle"),
    _KIND.SPLIT: ("info", "arrow-right"),
    _KIND.MERGED: ("info", "arrow-right"),
    _KIND.FOLLOWED: ("info", "arrow-right"),
}
_LABELS: Mapping[str, Any] = dict(_KIND.choices)
_STATES: Mapping[object, Any] = dict(STATE_LABELS)
_SEVERITIES: Mapping[object, Any] = dict(SEVERITY_LABELS)
_GROUNDS: Mapping[object, Any] = dict(GROUND_LABELS)
_PRIORITIES: Mapping[object, Any] = dict(PRIORITY_LABELS)
_ANSWERS: Mapping[object, Any] = {"accepted": gettext_lazy("accepted"), "declined": gettext_lazy("declined")}
# What a colleague reads in the reason of these is not written for the customer.
_REASON_IS_INTERNAL = frozenset({_KIND.ASSIGNED})


@dataclass(frozen=True)
class Told:
    """One line of the timeline; `what` is the kind of event, `message_id` the message it brought, if any."""

    what: str
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
    """Each of these events, in their order."""
    return [_told(*event) for event in _as_values(events)]


def story_of(ticket: Ticket, *, with_internal: bool) -> list[Told]:
    """The record of a ticket in order, without the internal notes for the customer's side."""
    return [_told(*event) for event in _story(ticket.pk, with_internal)]


@prepared
def _story(ticket: int, with_internal: bool) -> QuerySet[TicketEvent, tuple[Any, ...]]:
    return _as_values(queries.story(ticket, with_internal=with_internal))


def _as_values(events: QuerySet[TicketEvent]) -> QuerySet[TicketEvent, tuple[Any, ...]]:
    actor = Coalesce("by__name", "contact__name", Value(""))
    return events.values_list("kind", "at", "reason", "data", "message_id", actor)


def _told(kind: str, at: datetime, reason: str, data: Mapping, message_id: int | None, actor: str) -> Told:
    look, icon = _LOOKS[kind]
    return Told(
        what=kind,
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
        if "withdrawn" in data:
            return _("Request to the customer withdrawn")
        return _change(label, _labelled(_STATES, before), _labelled(_STATES, after))
    if kind == _KIND.SEVERITY_DECIDED:
        return _change(label, _labelled(_SEVERITIES, before), _labelled(_SEVERITIES, after))
    if kind in _SAYS_MORE:
        return _SAYS_MORE[kind](label, data)
    if kind == _KIND.ASSIGNED:
        return f"{label}: {after}" if after else _("Back at the support desk")
    return label


def _excluded(label: str, data: Mapping) -> str:
    """With the ground, and the third party's name where there is one."""
    ground = _labelled(_GROUNDS, data["ground"])
    return f"{label}: {ground} ({data['provider']})" if data.get("provider") else f"{label}: {ground}"


def _dealing(label: str, data: Mapping) -> str:
    return f"{label}: {data['provider']}"


def _patch(label: str, data: Mapping) -> str:
    before, after = data.get("before"), data["planned_on"]
    return _change(label, _day(before or after), _day(after))


def _disputed(label: str, data: Mapping) -> str:
    return _change(label, _labelled(_SEVERITIES, data["before"]), _labelled(_SEVERITIES, data["wanted"]))


def _raised(label: str, data: Mapping) -> str:
    level = data.get("level")
    if not level:
        return label
    return _("%(label)s: level %(level)s") % {"label": label, "level": level}


# What a commercial executive, or the desk, does about an escalation (ESC-8).
_STEPS = {
    "acknowledge": gettext_lazy("acknowledged"),
    "comment": gettext_lazy("commented"),
    "ask_desk": gettext_lazy("asked the desk"),
    "resolve": gettext_lazy("resolved"),
    "return": gettext_lazy("returned"),
}


def _acted(label: str, data: Mapping) -> str:
    step = data.get("step")
    return f"{label}: {_labelled(_STEPS, step)}" if step else label


def _priority(label: str, data: Mapping) -> str:
    changed = _change(label, _labelled(_PRIORITIES, data["before"]), _labelled(_PRIORITIES, data["wanted"]))
    answer = data.get("answer")
    return f"{changed} · {_labelled(_ANSWERS, answer)}" if answer else changed


def _registered(label: str, data: Mapping) -> str:
    return f"{label} ({data['called_from']})" if data.get("called_from") else label


def _split(label: str, data: Mapping) -> str:
    if data.get("is_new"):
        return _("Split off from %(number)s") % {"number": data["number"]}
    return _("A part of it goes on in %(number)s") % {"number": data["number"]}


def _merged(label: str, data: Mapping) -> str:
    if data.get("survives"):
        return _("%(number)s is a duplicate and goes on here") % {"number": data["number"]}
    return _("Duplicate: it goes on in %(number)s") % {"number": data["number"]}


_ACCESS_STEPS: Mapping[str, Any] = {
    "asked": gettext_lazy("asked for"),
    "approved": gettext_lazy("approved"),
    "refused": gettext_lazy("refused"),
    "revoked": gettext_lazy("revoked"),
    "expired": gettext_lazy("its period is over"),
    "lapsed": gettext_lazy("its period ended before anybody decided"),
}


def _access(label: str, data: Mapping) -> str:
    step = _ACCESS_STEPS[data["step"]]
    period = f"{_moment(data['starts_at'])} – {_moment(data['ends_at'])}"
    return f"{label}: {step} ({period})"


def _announced(label: str, data: Mapping) -> str:
    closes_at = _moment(data["closes_at"])
    return _("Closing announced: without an answer it closes on %(moment)s") % {"moment": closes_at}


def _followed(label: str, data: Mapping) -> str:
    if data.get("is_new"):
        return _("It follows %(number)s") % {"number": data["other"]}
    return f"{label}: {data['other']}"


def _of_incident(label: str, data: Mapping) -> str:
    return f"{label}: {data['incident']}"


_SAYS_MORE: Mapping[str, Callable[[str, Mapping], str]] = {
    _KIND.REGISTERED: _registered,
    _KIND.REMOTE_ACCESS: _access,
    _KIND.CLOSING_ANNOUNCED: _announced,
    _KIND.FOLLOWED: _followed,
    _KIND.EXCLUDED: _excluded,
    _KIND.READMITTED: _excluded,
    _KIND.PROVIDER_DEALING: _dealing,
    _KIND.PATCH_PLANNED: _patch,
    _KIND.SEVERITY_DISPUTED: _disputed,
    _KIND.LEVEL_RAISED: _raised,
    _KIND.EXECUTIVE_ACTED: _acted,
    _KIND.PRIORITY_ASKED: _priority,
    _KIND.PRIORITY_DECIDED: _priority,
    _KIND.SPLIT: _split,
    _KIND.MERGED: _merged,
    _KIND.INCIDENT_LINKED: _of_incident,
    _KIND.INCIDENT_UPDATED: _of_incident,
    _KIND.RCA_PUBLISHED: _of_incident,
}


def _day(iso: str) -> str:
    return date_in_words(date.fromisoformat(iso))


def _moment(iso: str) -> str:
    return describe_instant(datetime.fromisoformat(iso), timezone.get_current_timezone())


def _change(label: str, before: str, after: str) -> str:
    return f"{label}: {after}" if before == after else f"{label}: {before} → {after}"


def _labelled(labels: Mapping[object, Any], value: object) -> str:
    return str(labels.get(value, value))
