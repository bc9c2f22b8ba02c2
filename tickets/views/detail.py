"""One ticket: what was said, where it stands and until when, why, and what its reader can do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import designated_contacts, whom_to_contact
from lynnsupport.common import clock
from tickets import explanations, queries
from tickets.clock_faces import ClockFace, faces_by_ticket
from tickets.domain.intake import Channel, missing_answers
from tickets.domain.lifecycle import State
from tickets.forms import ReplyForm
from tickets.models import Attachment, Message, SeverityAssessment, SlaClock, Ticket
from tickets.models.ticket import CHANNEL_LABELS
from tickets.story import told

from .kept import take_kept, typed_by
from .reach import ticket_or_404, writer_of


@dataclass(frozen=True)
class File:
    """An attachment as the `file_list` component shows it."""

    name: str
    size: int
    url: str


@dataclass(frozen=True)
class Entry:
    """One message of the conversation; `whose` says on which side its author stands."""

    pk: int
    side: str
    author: str
    whose: str
    channel: str
    body: str
    at: datetime
    files: list[File]


@require_safe
@login_required
def detail(request: HttpRequest, number: str) -> HttpResponse:
    ticket = ticket_or_404(request, number)
    kept = take_kept(request, reverse("tickets:detail", args=[number]))
    form = ReplyForm(initial=kept or {})
    return show(request, ticket, clock.now(), form=form, came_back=kept is not None)


def show(
    request: HttpRequest, ticket: Ticket, now: datetime, *, form: ReplyForm, **context: Any
) -> HttpResponse:
    """The ticket's page around a reply form, which may hold text or errors."""
    messages = list(queries.conversation(ticket, with_internal=False).only(*_OF_MESSAGE))
    story = queries.story(ticket, with_internal=False).only(*_OF_EVENT)
    clocks = SlaClock.objects.filter(ticket=ticket).in_reading_order()
    faces = faces_by_ticket(clocks, now)[ticket.pk]
    assessments = list(ticket.assessments.select_related("by", "contact"))
    writer = writer_of(request)
    designated = list(designated_contacts(ticket.customer, now))
    has_evidence = queries.has_evidence(ticket, messages)
    return render(
        request,
        "tickets/detail.html",
        {
            "ticket": ticket,
            "form": form,
            "entries": [_entry(ticket, message, writer) for message in messages],
            "clocks": faces,
            "next_clock": _falling_due_first(faces),
            "why_severity": explanations.why_severity(_deciding(assessments)) if assessments else "",
            "assessments": [(each, explanations.why_severity(each)) for each in assessments],
            "no_target": explanations.no_target(ticket.no_target_rule) if ticket.no_target_rule else "",
            "impact": explanations.percent(ticket.impact_percent),
            "detected_zone": ZoneInfo(ticket.detected_zone),
            "reported": _reported(ticket),
            "missing": explanations.missing_names(missing_answers(ticket, has_evidence=has_evidence)),
            "story": [told(event) for event in story],
            "designated": designated,
            "executive": whom_to_contact(ticket.customer.partner),
            "acts": acts_of(ticket, writer, designated),
            "typed_by": typed_by(request),
            **context,
        },
    )


@dataclass(frozen=True)
class Acts:
    """What the reader can do now; the page says why not where something is closed."""

    can_write: bool
    can_escalate: bool
    can_judge_solution: bool
    is_customer_side: bool


def acts_of(ticket: Ticket, writer: Contact | None, designated: list[Contact]) -> Acts:
    return Acts(
        can_write=writer is not None and not ticket.is_closed,
        can_escalate=writer in designated and ticket.state == State.REGISTERED,
        can_judge_solution=writer is not None and ticket.state == State.SOLUTION_PROPOSED,
        is_customer_side=writer is not None,
    )


# INT-3, in the order of the form; the description is the first message.
REPORTED = (
    "impact_description",
    "workaround",
    "urgency",
    "products",
    "social_networks",
    "session_reference",
    "test_data",
    "troubleshooting",
    "previous_engineer",
    "lccd_name",
    "lccd_email",
    "lccd_phone",
)


def _reported(ticket: Ticket) -> list[tuple[str, str]]:
    """What else was said, as label and text, without what was left open."""
    labels = explanations.REPORTED_NAMES
    said = [(labels[name], getattr(ticket, name)) for name in REPORTED if getattr(ticket, name)]
    if ticket.has_workaround is not None:
        said.insert(0, (labels["has_workaround"], _("Yes") if ticket.has_workaround else _("No")))
    said.append((labels["priority"], ticket.get_priority_display()))
    return [(str(label), str(text)) for label, text in said]


def _falling_due_first(faces: list[ClockFace]) -> ClockFace | None:
    open_ones = [face for face in faces if face.left is not None and face.due_at is not None]
    return min(open_ones, key=lambda face: face.due_at, default=None)


# Of people only the names: the page is asked for often, and its rows are many.
_OF_MESSAGE = (
    "ticket",
    "side",
    "channel",
    "body",
    "at",
    "author__name",
    "contact__name",
    "contact__partner",
    "contact__customer",
)
_OF_EVENT = ("ticket", "kind", "at", "reason", "data", "message", "by__name", "contact__name")
_CHANNELS = dict(CHANNEL_LABELS)


def _entry(ticket: Ticket, message: Message, writer: Contact | None) -> Entry:
    return Entry(
        pk=message.pk,
        side=message.side,
        author=message.author_name,
        whose=_whose(ticket, message, writer),
        channel="" if message.channel == Channel.PORTAL else str(_CHANNELS[message.channel]),
        body=message.body,
        at=message.at,
        files=[_file(ticket, attachment) for attachment in message.attachments.all()],
    )


def _whose(ticket: Ticket, message: Message, writer: Contact | None) -> str:
    if message.side != Message.Side.CUSTOMER:
        return _("Lynn support")
    contact = message.contact
    if contact == writer:
        return _("You")
    if contact.customer_id is None and contact.partner_id == ticket.customer.partner_id:
        return ticket.customer.partner.name
    return ticket.customer.name


def _file(ticket: Ticket, attachment: Attachment) -> File:
    url = reverse("tickets:attachment", args=[ticket.number, attachment.public_id])
    return File(attachment.name, attachment.size, url)


def _deciding(assessments: list[SeverityAssessment]) -> SeverityAssessment:
    """SEV-4: the latest decision, else the latest suggestion."""
    for step in (SeverityAssessment.Step.DECIDED, SeverityAssessment.Step.SUGGESTED):
        found = [each for each in assessments if each.step == step]
        if found:
            return found[-1]
    return assessments[-1]
