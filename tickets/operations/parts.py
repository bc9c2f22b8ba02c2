"""INT-6: a ticket that turns out to hold two incidents is split in two."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.targets import ClockKind
from tickets import notifications
from tickets.domain.parts import goes_along
from tickets.models import (
    ClockMilestone,
    Message,
    PatchPlan,
    ProviderDealing,
    SeverityAssessment,
    SlaClock,
    StoredClockEvent,
    Ticket,
    TicketEvent,
    TicketLink,
)

from .clocks import refresh_deadline
from .facts import EVENTS, keep_facts, known_milestones, reading
from .intake import search_text
from .numbers import next_number
from .record import locked, record, save, store
from .responses import start_next_response

# Read on the ticket where its message is, and nowhere else.
_TOLD_BY_MESSAGE = frozenset(
    {
        TicketEvent.Kind.CUSTOMER_WROTE,
        TicketEvent.Kind.SUPPORT_ANSWERED,
        TicketEvent.Kind.NOTE_WRITTEN,
        TicketEvent.Kind.CALL_RECORDED,
    }
)


@transaction.atomic
def split_ticket(
    ticket: Ticket,
    *,
    by: User,
    messages: Collection[int],
    subject: str,
    reason: str,
    now: datetime,
    submission_key: UUID | None = None,
) -> Ticket:
    """The second incident goes on in a ticket of its own, with these messages and their attachments.

    The new ticket keeps the original's registration, escalation, severity, agreement and record, and its
    clocks the events from their original start with the pauses that happened (docs/adr/0007). The same key
    gives the same ticket. Raises Refused without a subject or a reason; for messages that are not on the
    ticket, all of its messages, or none; and on a closed ticket.
    """
    if not by.has_perm("tickets.change_ticket"):
        raise Refused(_("Only support splits a ticket."), rule="INT-6")
    ticket = locked(ticket)
    before = _split_before(ticket, submission_key)
    if before:
        return before
    if not reason.strip():
        raise Refused(_("Say why: both tickets show it."), rule="INT-6")
    if not subject.strip():
        raise Refused(_("Give the new ticket a subject."), rule="INT-6")
    if ticket.is_closed:
        raise Refused(_("This ticket is closed."), rule="INT-6", instead=_("Reopen it before splitting it."))
    moved = _chosen(ticket, messages)
    part = _new_part(ticket, moved, subject=subject.strip(), by=by, now=now, key=submission_key)
    Message.objects.filter(pk__in=[message.pk for message in moved]).update(ticket=part)
    exclusions = _copy_decisions(ticket, part)
    copies = _copy_record(ticket, part, {message.pk for message in moved}, exclusions)
    TicketLink.objects.create(kind=TicketLink.Kind.SPLIT, source=ticket, target=part, by=by, at=now)
    told = {"now": now, "by": by, "reason": reason.strip()}
    split = record(ticket, TicketEvent.Kind.SPLIT, number=part.number, is_new=False, **told)
    cause = record(part, TicketEvent.Kind.SPLIT, number=ticket.number, is_new=True, **told)
    _copy_clocks(ticket, part, copies, moved, cause=cause, now=now)
    for each, event in ((ticket, split), (part, cause)):
        _see_who_waits(each, whole=(ticket, part), cause=event, now=now)
        said = each.messages.filter(is_internal=False).order_by("-at").values_list("at", flat=True)
        each.last_message_at = said.first() or each.registered_at
        refresh_deadline(each)
        save(each, by=by, reason=reason.strip())
    enqueue(notifications.split(ticket, part, split), now=now)
    return part


def _split_before(ticket: Ticket, key: UUID | None) -> Ticket | None:
    """The ticket that the same form made when it was sent the first time."""
    if key is None:
        return None
    links = TicketLink.objects.filter(kind=TicketLink.Kind.SPLIT, source=ticket, target__submission_key=key)
    link = links.select_related("target").first()
    return link.target if link else None


def _chosen(ticket: Ticket, wanted: Collection[int]) -> list[Message]:
    """A message of another ticket is as unknown as one that does not exist."""
    messages = list(ticket.messages.select_related("contact"))
    chosen = [message for message in messages if message.pk in set(wanted)]
    if not chosen:
        raise Refused(_("Choose the messages that belong to the new ticket."), rule="INT-6")
    if len(chosen) < len(set(wanted)):
        raise Refused(_("A message that you chose is not on this ticket."), rule="INT-6")
    if all(message in chosen or message.is_internal for message in messages):
        raise Refused(_("At least one message stays on this ticket."), rule="INT-6")
    return chosen


def _new_part(
    ticket: Ticket, moved: Sequence[Message], *, subject: str, by: User, now: datetime, key: UUID | None
) -> Ticket:
    """The original once more, under a number, a subject and a description of its own."""
    said = [message for message in moved if message.side == Message.Side.CUSTOMER]
    own = {
        "number": next_number(now),
        "subject": subject,
        "description": said[0].body if said else ticket.description,
        "reporter": said[0].contact if said else ticket.reporter,
        "channel": said[0].channel if said else ticket.channel,
        "submission_key": key,
    }
    kept = {
        field.attname: getattr(ticket, field.attname)
        for field in Ticket._meta.concrete_fields
        if not (field.primary_key or field.generated) and field.name not in own
    }
    part = Ticket(**kept, **own)
    part.search_text = search_text(part)
    store(part, by=by, reason=f"split from {ticket.number}", now=now)
    return part


def _copy_decisions(ticket: Ticket, part: Ticket) -> dict[int, int]:
    """What support decided about the whole holds for the part. Returns each exclusion's copy by its key."""
    SeverityAssessment.objects.bulk_create(_copies(ticket.assessments.order_by("pk"), ticket=part))
    PatchPlan.objects.bulk_create(_copies(ticket.patch_plans.order_by("pk"), ticket=part))
    copies = {}
    for exclusion in ticket.exclusions.order_by("pk"):
        (copy,) = _copies([exclusion], ticket=part)
        copy.save()
        copies[exclusion.pk] = copy.pk
        ProviderDealing.objects.bulk_create(_copies(exclusion.dealings.order_by("pk"), exclusion=copy))
    return copies


def _copy_record(
    ticket: Ticket, part: Ticket, moved: set[int], exclusions: Mapping[int, int]
) -> dict[int, TicketEvent]:
    """What happened to the whole happened to the part; what was written, only where it now stands."""
    copies = {}
    for event in ticket.events.order_by("pk"):
        if event.kind in _TOLD_BY_MESSAGE and event.message_id not in moved:
            continue
        (copy,) = _copies([event], ticket=part)
        if event.message_id not in moved:
            copy.message = None
        if event.data.get("exclusion") in exclusions:
            copy.data = event.data | {"exclusion": exclusions[event.data["exclusion"]]}
        copy.save()
        copies[event.pk] = copy
    return copies


def _copy_clocks(
    ticket: Ticket,
    part: Ticket,
    copies: Mapping[int, TicketEvent],
    moved: Sequence[Message],
    *,
    cause: TicketEvent,
    now: datetime,
) -> None:
    """The promises of the whole, event by event; their facts are known already and are not told again."""
    moved_ids = {message.pk for message in moved}
    clocks = ticket.clocks.select_related("calendar_version").prefetch_related(EVENTS, "milestones")
    for clock in clocks.order_by("pk"):
        events = list(clock.events.all())
        starter = TicketEvent.objects.get(pk=events[0].cause_id)
        if not goes_along(ClockKind(clock.kind), starter_moved=starter.message_id in moved_ids):
            continue
        shown = reading(clock, now)
        copy = SlaClock(
            ticket=part, policy_version_id=clock.policy_version_id, calendar_version=clock.calendar_version
        )
        copy.project(shown)
        copy.save()
        StoredClockEvent.objects.bulk_create(
            _copies([event], clock=copy, cause=copies.get(event.cause_id, cause))[0] for event in events
        )
        ClockMilestone.objects.bulk_create(_copies(clock.milestones.all(), clock=copy))
        keep_facts([copy], [shown], known=known_milestones([copy]), now=now)


def _copies(rows, **changes):
    """New rows that say the same, but for `changes`."""
    made = []
    for row in rows:
        said = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
        copy = type(row)(**said)
        for name, value in changes.items():
            setattr(copy, name, value)
        made.append(copy)
    return made


def _see_who_waits(
    ticket: Ticket, *, whole: tuple[Ticket, Ticket], cause: TicketEvent, now: datetime
) -> None:
    """Since when the customer waits on this part; an unanswered message is owed its answer here (RSP-4)."""
    if ticket.customer_waits_since is None:
        return
    answers = Message.objects.filter(ticket__in=whole, side=Message.Side.SUPPORT, is_internal=False)
    answered = answers.order_by("-at").values_list("at", flat=True).first()
    words = ticket.messages.filter(side=Message.Side.CUSTOMER)
    if answered is not None:
        words = words.filter(at__gt=answered)
    first = words.order_by("at", "id").values_list("at", flat=True).first()
    ticket.customer_waits_since = first
    if first is not None and ticket.escalated_at:
        start_next_response(ticket, at=max(first, ticket.escalated_at), cause=cause, now=now)
