"""COP-2: support asks for remote access, a named contact decides, either side ends it; all is on record."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact, User
from lynnsupport.common.moments import describe_instant
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.cooperation import notifications
from tickets.cooperation.domain.remote_access import LIVE, State
from tickets.cooperation.models import CustomerRequest, RemoteAccess
from tickets.models import Ticket, TicketEvent
from tickets.operations.conversation import sent_before
from tickets.operations.record import locked, record
from tickets.queries import visible_to

from .requests import answer, ask
from .requests import withdraw as withdraw_request

SWEEP_BATCH = 200


@transaction.atomic
def ask_for_access(
    ticket: Ticket,
    *,
    by: User,
    contact: Contact,
    purpose: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    submission_key: UUID | None = None,
) -> RemoteAccess:
    """Ask `contact` for access, for a stated purpose and period; restoration pauses until they decide.

    The same key gives the same request. Raises Refused without a purpose, for a period that is empty or over,
    and for a contact who cannot decide: of another organisation, or without a login.
    """
    if not purpose.strip():
        raise Refused(_("Say what the access is for: who decides reads it."), rule="COP-2")
    if ends_at <= max(starts_at, now):
        raise Refused(
            _("The period is over before it begins."), rule="COP-2", instead=_("Write a later end.")
        )
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before is not None:
        return before.customer_request.remote_access
    _require_decider(ticket, contact)
    request = ask(
        ticket,
        by=by,
        kind=CustomerRequest.Kind.ACCESS,
        body=_question(ticket, contact, purpose, starts_at, ends_at),
        now=now,
        submission_key=submission_key,
    )
    access = RemoteAccess.objects.create(
        request=request,
        ticket=ticket,
        contact=contact,
        purpose=purpose.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        expiry_check_at=ends_at,
    )
    event = _record(access, "asked", by=by, now=now, reason=access.purpose)
    enqueue(notifications.access_asked(ticket, access, event), now=now)
    return access


@transaction.atomic
def decide_access(
    access: RemoteAccess, *, by: User, approves: bool, now: datetime, words: str = ""
) -> RemoteAccess:
    """The named contact approves or refuses, signed in; either answers the request, and restoration goes on.

    Deciding the same again changes nothing. Raises Refused for anybody else, for a period that is over, for
    what was decided otherwise or ended meanwhile, and for a refusal without a word.
    """
    _ticket, access = _held(access)
    if contact_of(by) != access.contact or not by.has_perm("tickets.reply_as_customer"):
        raise Refused(
            _("%(name)s decides about this access.") % {"name": access.contact.name},
            rule="COP-2",
            instead=_("Ask them, or write it in the reply box."),
        )
    if access.is_approved is approves and access.ended_at is None:
        return access
    if access.state_at(now) is not State.ASKED:
        raise Refused(_not_open_any_more(access, now), rule="COP-2")
    if not approves and not words.strip():
        raise Refused(_("Say why not: support then looks for another way."), rule="COP-2")
    access.is_approved, access.decided_at, access.decided_by = approves, now, by
    if not approves:
        access.expiry_check_at = None
    access.save()
    _record(access, "approved" if approves else "refused", by=by, now=now, reason=words)
    if access.request.is_open:
        answer(access.request, by=by, body=_decision(access, by, words), now=now)
    return access


@transaction.atomic
def revoke_access(access: RemoteAccess, *, by: User, reason: str, now: datetime) -> RemoteAccess:
    """Either side ends an access before its period does; from now on nothing is allowed. Twice is once.

    What nobody has decided yet support withdraws with its request. Raises Refused without a reason, for who
    has no part in it, and where nothing is left to revoke.
    """
    if not reason.strip():
        raise Refused(_("Say why; it stays on record."), rule="COP-2")
    ticket, access = _held(access)
    by_support = by.has_perm("tickets.change_state")
    by_customer = by.has_perm("tickets.reply_as_customer") and visible_to(by).filter(pk=ticket.pk).exists()
    if not (by_support or by_customer):
        raise Refused(_("Support or the customer's side revokes an access."), rule="COP-2")
    if access.ended_at is not None:
        return access
    state = access.state_at(now)
    if state is State.ASKED and by_support:
        withdraw_request(access.request, by=by, reason=reason, now=now)
        access.refresh_from_db()
    elif state in LIVE - {State.ASKED}:
        access.ended_at, access.ended_by, access.end_reason = now, by, reason.strip()
        access.expiry_check_at = None
        access.save()
    else:
        raise Refused(_not_open_any_more(access, now), rule="COP-2")
    event = _record(access, "revoked", by=by, now=now, reason=reason)
    enqueue(notifications.access_revoked(ticket, access, event, by_support=by_support), now=now)
    return access


def sweep_remote_access(*, now: datetime, limit: int | None = None) -> int:
    """Put on record, once, each access whose period has ended by itself; returns how many.

    Nothing waits for this: whether an access is allowed is read from its period.
    """
    total = 0
    while limit is None or total < limit:
        size = SWEEP_BATCH if limit is None else min(SWEEP_BATCH, limit - total)
        found = _sweep_batch(now=now, size=size)
        total += found
        if found < size:
            break
    return total


@transaction.atomic
def _sweep_batch(*, now: datetime, size: int) -> int:
    due = (
        RemoteAccess.objects.filter(expiry_check_at__lte=now)
        .order_by("expiry_check_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("ticket")[:size]
    )
    over = list(due)
    for access in over:
        _record(access, "expired" if access.is_approved else "lapsed", now=now, at=access.ends_at)
    RemoteAccess.objects.filter(pk__in=[access.pk for access in over]).update(expiry_check_at=None)
    return len(over)


def _held(access: RemoteAccess) -> tuple[Ticket, RemoteAccess]:
    ticket = locked(access.ticket)
    held = RemoteAccess.objects.select_for_update(of=("self",)).select_related("request", "contact__user")
    access = held.get(pk=access.pk)
    access.ticket = access.request.ticket = ticket
    return ticket, access


def _record(
    access: RemoteAccess,
    step: str,
    *,
    now: datetime,
    at: datetime | None = None,
    by: User | None = None,
    reason: str = "",
) -> TicketEvent:
    return record(
        access.ticket,
        TicketEvent.Kind.REMOTE_ACCESS,
        now=now,
        at=at,
        by=by,
        contact=contact_of(by) if by else None,
        reason=reason.strip(),
        step=step,
        access=access.pk,
        starts_at=access.starts_at.isoformat(),
        ends_at=access.ends_at.isoformat(),
    )


def _require_decider(ticket: Ticket, contact: Contact) -> None:
    if not contact.belongs_to(ticket.customer):
        raise Refused(_("This contact belongs to another organisation."), rule="COP-2")
    if contact.user is None or not contact.user.is_active:
        raise Refused(
            _("%(name)s has no access to the portal, so they cannot decide there.") % {"name": contact.name},
            rule="COP-2",
            instead=_("Choose another contact, or have the partner's administrator invite them."),
        )


def _not_open_any_more(access: RemoteAccess, now: datetime) -> str:
    match access.state_at(now):
        case State.LAPSED | State.EXPIRED:
            return _("The period of this access is over.")
        case State.ENDED:
            return _("This access has ended already.")
        case State.REFUSED:
            return _("This access was refused.")
        case _:
            return _("This access was decided already.")


def _question(ticket: Ticket, contact: Contact, purpose: str, starts_at: datetime, ends_at: datetime) -> str:
    """The request as a message, in the language of who decides and on the tenant's clock."""
    zone = ZoneInfo(ticket.tenant.time_zone)
    with translation.override(contact.user.language):
        told = gettext(
            "We ask for remote access from %(start)s until %(end)s. %(name)s decides about it in the portal."
        ) % {
            "start": describe_instant(starts_at, zone),
            "end": describe_instant(ends_at, zone),
            "name": contact.name,
        }
    return f"{told}\n\n{purpose.strip()}"


def _decision(access: RemoteAccess, by: User, words: str) -> str:
    with translation.override(by.language):
        decided = (
            gettext("I approve the remote access.")
            if access.is_approved
            else gettext("I do not approve the remote access.")
        )
    return f"{decided}\n\n{words.strip()}".strip()
