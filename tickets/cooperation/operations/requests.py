"""COP-1: support asks for steps, tests or data; each request is answered or withdrawn on its own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets import notifications as ticket_notifications
from tickets.cooperation import hearing
from tickets.cooperation.models import CustomerRequest
from tickets.domain.lifecycle import State
from tickets.evidence import Upload
from tickets.models import Message, Ticket, TicketEvent
from tickets.operations import ask_customer, reply_as_customer, withdraw_question
from tickets.operations.conversation import sent_before, write_as_support
from tickets.operations.record import locked, record, save


@transaction.atomic
def ask(
    ticket: Ticket,
    *,
    by: User,
    kind: CustomerRequest.Kind,
    body: str,
    now: datetime,
    due_at: datetime | None = None,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> CustomerRequest:
    """Ask the customer for something; restoration pauses until they write (COP-1, RST-6).

    While the ticket waits already, this is one more request, and the customer's term begins anew with it.
    `due_at`: until when support leaves them time; the case does not close before that. The same key gives the
    same request. Raises Refused for a due time that is over, IllegalTransition where nothing can be asked.
    """
    _require_desk(by)
    if due_at is not None and due_at <= now:
        raise Refused(
            _("The time for the answer is over already."), rule="COP-1", instead=_("Write a later moment.")
        )
    ticket = locked(ticket)
    before = sent_before(ticket, submission_key)
    if before is not None:
        return before.customer_request
    if ticket.state == State.WAITING_CUSTOMER:
        message = _ask_also(ticket, by=by, body=body, now=now, evidence=evidence, key=submission_key)
        request = CustomerRequest(ticket=ticket, message=message, asked_by=by, asked_at=now)
    else:
        message = ask_customer(
            ticket, by=by, question=body, now=now, evidence=evidence, submission_key=submission_key
        )
        request = message.customer_request
    request.kind, request.due_at = kind, due_at
    request.save()
    return request


def _ask_also(
    ticket: Ticket, *, by: User, body: str, now: datetime, evidence: Sequence[Upload], key: UUID | None
) -> Message:
    message = write_as_support(ticket, by=by, body=body, now=now, evidence=evidence, key=key)
    save(ticket, by=by, reason="asked the customer for more")
    enqueue(ticket_notifications.support_wrote(ticket, message, kind="question_asked"), now=now)
    return message


@transaction.atomic
def answer(
    request: CustomerRequest,
    *,
    by: User,
    body: str,
    now: datetime,
    evidence: Sequence[Upload] = (),
    submission_key: UUID | None = None,
) -> Message:
    """The customer answers this one request; any answer sets restoration going again.

    The other requests stay open beside it: what is still missing holds up the customer's answer to nobody's
    disadvantage but support's, which may ask again. The same key gives the same message. Raises Refused for
    a request that is settled. On a closed ticket it does what any answer does (CRP-3).
    """
    ticket = locked(request.ticket)
    before = sent_before(ticket, submission_key)
    if before is not None:
        return before
    request = CustomerRequest.objects.select_for_update().get(pk=request.pk)
    if not request.is_open:
        raise Refused(
            _("This request is settled already: %(state)s.") % {"state": request.get_state_display().lower()},
            rule="COP-1",
            instead=_("Write it in the reply box: support reads it there."),
        )
    if not by.has_perm("tickets.reply_as_customer"):
        raise Refused(_("Only the customer's side answers."), rule="COP-1")
    return reply_as_customer(
        ticket,
        by=by,
        body=body,
        now=now,
        evidence=evidence,
        submission_key=submission_key,
        about={"request": request.pk},
    )


@transaction.atomic
def withdraw(request: CustomerRequest, *, by: User, reason: str, now: datetime) -> CustomerRequest:
    """Support no longer needs this answer; with the last one, restoration goes on. Twice is once."""
    _require_desk(by)
    if not reason.strip():
        raise Refused(_("Say why: the customer reads it."), rule="COP-1")
    ticket = locked(request.ticket)
    request = CustomerRequest.objects.select_for_update().get(pk=request.pk)
    if request.state == CustomerRequest.State.WITHDRAWN:
        return request
    if not request.is_open:
        raise Refused(_("The customer has answered it already."), rule="COP-1")
    others = hearing.open_requests(ticket).exclude(pk=request.pk)
    if ticket.state == State.WAITING_CUSTOMER and not others.exists():
        withdraw_question(ticket, by=by, reason=reason, now=now)  # which withdraws the request
    else:
        event = record(
            ticket, TicketEvent.Kind.STATE_CHANGED, now=now, by=by, reason=reason,
            before=ticket.state, after=ticket.state, withdrawn=request.pk,
        )  # fmt: skip
        hearing.withdraw(CustomerRequest.objects.filter(pk=request.pk), event)
        save(ticket, by=by, reason=reason)
    request.refresh_from_db()
    return request


def _require_desk(by: User) -> None:
    if not by.has_perm("tickets.change_state"):
        raise Refused(_("Only a support engineer asks the customer."), rule="COP-1")
