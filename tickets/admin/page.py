"""The ticket's page at the desk: everything it shows, in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from lynnsupport.accounts.models import User
from lynnsupport.accounts.queries import designated_contacts, whom_to_contact
from lynnsupport.common.refusal import Refused
from tickets import explanations, queries
from tickets.clock_faces import ClockFace, faces_of
from tickets.decisions import deciding_assessment, decisions_of
from tickets.desk_forms.acts import WAYS as WAY_LABELS
from tickets.desk_forms.base import DeskForm
from tickets.domain.intake import missing_answers
from tickets.domain.lifecycle import State
from tickets.models import Message, Ticket, TicketEvent
from tickets.page_parts import DESK, parts_of

from .acts import SEVERITY, TAKE, WRITE, DeskAct, acts_on_top
from .story import told
from .writing import WAYS

# What the page reads of the ticket itself, in one query.
RELATIONS = (
    "tenant__product_administrator",
    "customer__partner__executive",
    "reporter__customer",
    "reporter__partner",
    "registered_by",
    "escalated_by",
    "owner",
    "policy_version__policy",
    "calendar_version__calendar",
)
# What of the content stands beside the conversation, in this order (INT-3).
FACTS = (
    "impact_percent",
    "impact_description",
    "has_workaround",
    "workaround",
    "urgency",
    "priority",
    "country",
    "products",
    "social_networks",
    "session_reference",
    "test_data",
    "previous_engineer",
    "troubleshooting",
    "is_custom_development",
    "is_preview",
)
# Long texts of these are not shown on the page.
UNREAD = ("calendar_version__definition",)


@dataclass(frozen=True)
class Panel:
    """An act as the page shows it: its form, or why it is closed; `refusal` is what the last try met."""

    act: DeskAct
    url: str
    form: DeskForm
    closed: Refused | None
    refusal: Refused | None = None

    @property
    def is_unfolded(self) -> bool:
        return self.refusal is not None or self.form.is_bound


@dataclass(frozen=True)
class WayShown:
    value: str
    label: Any
    hint: Any
    closed: Refused | None
    is_chosen: bool


@dataclass(frozen=True)
class File:
    """An attachment as the `file_list` component shows it."""

    name: str
    size: int
    url: str


@dataclass(frozen=True)
class Entry:
    """One message of the conversation; `look` ends its class."""

    message: Message
    look: str
    label: str
    files: list[File]


@dataclass(frozen=True)
class Attempt:
    """An act that did not go through: its form as it was typed, and what it met."""

    act: DeskAct
    form: DeskForm
    refusal: Refused | None


def posted_number(request: HttpRequest, name: str) -> int:
    """A whole number of the form, such as the last event that a page had shown; 0 for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def ticket_page(
    request: HttpRequest, ticket: Ticket, now: datetime, *, attempt: Attempt | None = None, seen: int = 0
) -> dict[str, Any]:
    """The context of the page. After an `attempt`, what has happened since the event `seen` is told."""
    user: User = request.user
    messages = list(queries.conversation(ticket, with_internal=True))
    events = list(queries.story(ticket, with_internal=True))
    ticket.happened = frozenset(event.kind for event in events)
    clocks = faces_of(ticket, now)
    assessments = queries.assessments_of(ticket)
    has_evidence = queries.has_evidence(ticket, messages)
    designated = list(designated_contacts(ticket.customer, now))
    story = [told(event) for event in events]
    decisions = decisions_of(ticket, assessments, story)  # before the acts, which ask what is in force

    def panel(act: DeskAct) -> Panel:
        if attempt and attempt.act is act:
            return Panel(act, _url(act, ticket), attempt.form, None, attempt.refusal)
        closed = act.why_closed(ticket, user)
        return Panel(act, _url(act, ticket), act.form(ticket=ticket, now=now), closed)

    panels = [panel(act) for act in acts_on_top()]
    write = panel(WRITE)
    return {
        "ticket": ticket,
        "title": f"{ticket.number} · {ticket.subject}",
        "now": now,
        "seen": max((event.pk for event in events), default=0),
        "entries": [_entry(ticket, message) for message in messages],
        "write": write,
        "ways": ways_shown(ticket, user, write.form),
        "take": panel(TAKE),
        "severity_panel": panel(SEVERITY),
        "open_panels": [each for each in panels if each.closed is None],
        "closed_panels": [each for each in panels if each.closed is not None],
        "attempt": attempt,
        "meanwhile": [told(event) for event in events if event.pk > seen] if attempt else [],
        "clocks": clocks,
        "pressing": next_deadline(clocks),
        "why_severity": explanations.why_severity(deciding_assessment(assessments)) if assessments else "",
        "assessments": [(each, explanations.why_severity(each)) for each in assessments],
        "no_target": explanations.no_target(ticket.no_target_rule) if ticket.no_target_rule else "",
        "facts": facts_of(ticket),
        "detected_zone": ZoneInfo(ticket.detected_zone),
        "tenant_zone": ZoneInfo(ticket.tenant.time_zone),
        "missing": explanations.missing_names(missing_answers(ticket, has_evidence=has_evidence)),
        "story": story,
        "decisions": decisions,
        "designated": designated,
        "executive": whom_to_contact(ticket.customer.partner),
        "may_correct": user.has_perm("tickets.change_ticket"),
        "is_registered": ticket.state == State.REGISTERED,
        "parts": parts_of(DESK, ticket, user, now),
    }


def _url(act: DeskAct, ticket: Ticket) -> str:
    return reverse(f"admin:{act.url_name}", args=[ticket.pk])


def ways_shown(ticket: Ticket, user: User, form: DeskForm) -> list[WayShown]:
    closed = {value: way.why_closed(ticket, user) for value, way in WAYS.items()}
    chosen = form["way"].value()
    if closed.get(chosen) is not None:
        chosen = next((value for value, why in closed.items() if why is None), chosen)
    return [
        WayShown(value, label, WAYS[value].hint, closed[value], value == chosen)
        for value, label in WAY_LABELS
    ]


def next_deadline(clocks: list[ClockFace]) -> ClockFace | None:
    """Of the clocks that are not settled the one that falls due first."""
    unsettled = [face for face in clocks if face.left is not None and face.due_at is not None]
    return min(unsettled, key=lambda face: face.due_at, default=None)


def facts_of(ticket: Ticket) -> list[tuple[str, str]]:
    """What was said, as label and text, without what was left open."""
    said = [(name, getattr(ticket, name)) for name in FACTS]
    fields = {name: Ticket._meta.get_field(name) for name in FACTS}
    return [
        (capfirst(fields[name].verbose_name), _fact(ticket, name, value))
        for name, value in said
        if value not in (None, "") and not (value is False and name.startswith("is_"))
    ]


def _fact(ticket: Ticket, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return explanations.percent(value)
    return str(getattr(ticket, f"get_{name}_display")() if Ticket._meta.get_field(name).choices else value)


def _entry(ticket: Ticket, message: Message) -> Entry:
    files = [
        File(each.name, each.size, reverse("tickets:attachment", args=[ticket.number, each.public_id]))
        for each in message.attachments.all()
    ]
    if message.side == Message.Side.SYSTEM:
        return Entry(message, "automatic", _("Automatic"), files)
    if message.is_internal:
        return Entry(message, "internal", _("Internal note: the customer does not see it"), files)
    if message.side == Message.Side.SUPPORT:
        return Entry(message, "support", _("Support"), files)
    return Entry(message, "customer", ticket.customer.name, files)


def events_meanwhile(ticket: Ticket, *, seen: int, by: User) -> list[TicketEvent]:
    """What others have done on the ticket since the event `seen`."""
    news = ticket.events.filter(pk__gt=seen).exclude(by=by)
    return list(news.select_related("by", "contact").order_by("pk"))
