"""One ticket: what was said, where it stands and until when, why, and what its reader can do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lynnsupport.accounts.models import Contact
from lynnsupport.accounts.queries import designated_contacts, whom_to_contact
from lynnsupport.common import clock
from lynnsupport.common.prepared import prepared
from tickets import explanations, queries
from tickets.clock_faces import ClockFace, faces_of
from tickets.decisions import deciding_assessment, decisions_of
from tickets.domain.intake import Channel, missing_answers
from tickets.domain.lifecycle import State
from tickets.forms import ReplyForm
from tickets.models import Attachment, Message, Ticket
from tickets.models.ticket import CHANNEL_LABELS
from tickets.page_parts import PORTAL, parts_of
from tickets.story import story_of

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
    quoted: str
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
    entries = conversation_of(ticket, writer_of(request))
    faces = faces_of(ticket, now)
    assessments = queries.assessments_of(ticket)
    story = story_of(ticket, with_internal=False)
    ticket.happened = frozenset(line.what for line in story)
    designated = list(designated_contacts(ticket.customer, now))
    has_evidence = any(entry.files for entry in entries)
    return render(
        request,
        "tickets/detail.html",
        {
            "ticket": ticket,
            "form": form,
            "entries": entries,
            "clocks": faces,
            "next_clock": _falling_due_first(faces),
            "why_severity": explanations.why_severity(deciding_assessment(assessments))
            if assessments
            else "",
            "decisions": decisions_of(ticket, assessments, story),
            "assessments": [(each, explanations.why_severity(each)) for each in assessments],
            "no_target": explanations.no_target(ticket.no_target_rule) if ticket.no_target_rule else "",
            "impact": explanations.impact(ticket),
            "detected_zone": ZoneInfo(ticket.detected_zone),
            "reported": _reported(ticket),
            "missing": explanations.missing_names(missing_answers(ticket, has_evidence=has_evidence)),
            "story": story,
            "designated": designated,
            "executive": whom_to_contact(ticket.customer.partner),
            "acts": acts_of(ticket, writer_of(request), designated),
            "typed_by": typed_by(request),
            "parts": parts_of(PORTAL, ticket, request.user, now),
            **context,
        },
    )


@dataclass(frozen=True)
class Acts:
    """What the reader can do now; the page says why not where something is closed."""

    can_write: bool
    can_escalate: bool
    can_judge_solution: bool
    can_dispute: bool
    is_customer_side: bool


def acts_of(ticket: Ticket, writer: Contact | None, designated: list[Contact]) -> Acts:
    return Acts(
        can_write=writer is not None,
        can_escalate=writer in designated and ticket.state == State.REGISTERED,
        can_judge_solution=writer is not None and ticket.state == State.SOLUTION_PROPOSED,
        can_dispute=writer is not None and not ticket.is_closed and ticket.severity_disputed_at is None,
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


_CHANNELS = dict(CHANNEL_LABELS)


def conversation_of(ticket: Ticket, writer: Contact | None) -> list[Entry]:
    """The public messages with their files; read as values, for this page is asked for often."""
    files = _files(ticket)
    return [
        Entry(
            pk=pk,
            side=side,
            author=(contact_name if side == Message.Side.CUSTOMER else author) or "",
            whose=_whose(ticket, side, contact, customer, writer),
            channel="" if channel == Channel.PORTAL else str(_CHANNELS[channel]),
            body=body,
            quoted=quoted,
            at=at,
            files=files.get(pk, []),
        )
        for pk, side, author, contact, contact_name, customer, channel, body, quoted, at in _messages(
            ticket.pk
        )
    ]


@prepared
def _messages(ticket: int) -> QuerySet[Message, tuple[Any, ...]]:
    messages = queries.conversation(ticket, with_internal=False).prefetch_related(None)
    who = ("author__name", "contact", "contact__name", "contact__customer")
    return messages.values_list("pk", "side", *who, "channel", "body", "quoted", "at")


def _whose(
    ticket: Ticket, side: str, contact: int | None, customer: int | None, writer: Contact | None
) -> str:
    """On whose side the author of a message stands; `contact` and their `customer` are ids."""
    if side != Message.Side.CUSTOMER:
        return _("Lynn support")
    if writer is not None and contact == writer.pk:
        return _("You")
    return ticket.customer.partner.name if customer is None else ticket.customer.name


def _files(ticket: Ticket) -> dict[int, list[File]]:
    """The files on public messages by the id of their message."""
    found: dict[int, list[File]] = {}
    for message, public_id, name, size in _attachments(ticket.pk):
        url = reverse("tickets:attachment", args=[ticket.number, public_id])
        found.setdefault(message, []).append(File(name, size, url))
    return found


@prepared
def _attachments(ticket: int) -> QuerySet[Attachment, tuple[Any, ...]]:
    public = Attachment.objects.filter(message__ticket=ticket, message__is_internal=False)
    return public.values_list("message", "public_id", "name", "size")
