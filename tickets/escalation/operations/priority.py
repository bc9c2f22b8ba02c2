"""A changed urgency or impact: asked of the case owner, who accepts or declines it (ESC-5, ESC-6)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from tickets.domain.intake import Priority
from tickets.escalation import notifications
from tickets.escalation.domain.eligibility import CHANGES, Ground
from tickets.escalation.models import PriorityRequest
from tickets.models import Ticket, TicketEvent
from tickets.operations import correct_content, decide_severity
from tickets.operations.record import locked, record

Answer = PriorityRequest.Answer


@transaction.atomic
def ask_priority(
    ticket: Ticket,
    *,
    by: User,
    ground: Ground,
    wanted: Priority,
    reason: str,
    now: datetime,
    impact_percent: Decimal | None = None,
    submission_key: UUID | None = None,
) -> PriorityRequest:
    """The customer's side asks for another priority; nothing moves until the owner decides (ESC-5).

    `impact_percent` is the impact as it is now, where it has changed. The same key gives the same request.
    Raises Refused without a reason, where nothing would change, on a closed ticket, and while an earlier
    request is open.
    """
    contact = contact_of(by)
    if contact is None or not by.has_perm("escalation.ask_priority"):
        raise Refused(_("Only the customer's side asks for a change of priority."), rule="ESC-5")
    if ground not in CHANGES:
        raise ValueError(f"{ground} is no ground to change a priority")
    ticket = locked(ticket)
    before = PriorityRequest.objects.filter(ticket=ticket, submission_key=submission_key)
    if submission_key is not None and before.exists():
        return before.get()
    _require_request(ticket, wanted, impact_percent, reason)
    request = PriorityRequest.objects.create(
        ticket=ticket,
        ground=ground,
        before=ticket.priority,
        wanted=wanted,
        impact_percent=impact_percent if impact_percent != ticket.impact_percent else None,
        reason=reason.strip(),
        contact=contact,
        asked_at=now,
        submission_key=submission_key,
    )
    record(
        ticket,
        TicketEvent.Kind.PRIORITY_ASKED,
        now=now,
        by=by,
        contact=contact,
        reason=request.reason,
        before=request.before,
        wanted=request.wanted,
        ground=str(ground),
    )
    enqueue(notifications.priority_asked(request), now=now)
    return request


@transaction.atomic
def decide_priority(
    request: PriorityRequest,
    *,
    by: User,
    accepts: bool,
    reason: str,
    now: datetime,
    severity: int | None = None,
) -> PriorityRequest:
    """The case owner's answer, with its reason; accepted, the severity is suggested anew (ESC-6, SEV-3).

    Where no engineer has decided the severity the clocks follow the suggestion; `severity` is what the
    owner, as an engineer, decides with it (SEV-4). Raises Refused for anybody but the owner, without a
    reason, and where it is decided already.
    """
    if not by.has_perm("escalation.decide_priority"):
        raise Refused(_("Only support decides about a priority."), rule="ESC-6")
    if not reason.strip():
        raise Refused(_("Say why: the partner reads it."), rule="ESC-6")
    ticket = locked(request.ticket)
    request = PriorityRequest.objects.select_for_update(of=("self",)).select_related(
        "contact__user", "decided_by"
    ).get(pk=request.pk)  # fmt: skip
    request.ticket = ticket
    _require_open(request, ticket, by)
    request.answer = Answer.ACCEPTED if accepts else Answer.DECLINED
    request.decided_by, request.decided_at, request.decision_reason = by, now, reason.strip()
    request.save()
    record(
        ticket,
        TicketEvent.Kind.PRIORITY_DECIDED,
        now=now,
        by=by,
        reason=request.decision_reason,
        before=request.before,
        wanted=request.wanted,
        answer=request.answer,
    )
    if accepts:
        _apply(request, ticket, by=by, severity=severity, now=now)
    enqueue(notifications.priority_decided(request), now=now)
    return request


def _require_request(ticket: Ticket, wanted: Priority, impact_percent: Decimal | None, reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say what has changed: the case owner decides on your reason."), rule="ESC-5")
    if ticket.is_closed:
        raise Refused(_("The ticket is closed; reopen it first."), rule="ESC-5")
    if wanted == ticket.priority and impact_percent in (None, ticket.impact_percent):
        raise Refused(
            _("This is the priority it has, and the impact it has."),
            rule="ESC-5",
            instead=_("Say which of them has changed."),
        )
    if ticket.priority_requests.filter(decided_at__isnull=True).exists():
        raise Refused(
            _("A change of priority is asked for already, and the case owner has yet to decide."),
            rule="ESC-6",
            instead=_("Add what is new in a reply."),
        )


def _require_open(request: PriorityRequest, ticket: Ticket, by: User) -> None:
    if not request.is_open:
        raise Refused(
            _("%(name)s has decided it already: %(answer)s.")
            % {"name": request.decided_by.name, "answer": request.get_answer_display().lower()},
            rule="ESC-6",
        )
    if ticket.owner_id != by.pk:
        raise Refused(
            _("The case owner decides about its priority."),
            rule="ESC-6",
            instead=_("Take the ticket first, or ask its owner."),
        )


def _apply(
    request: PriorityRequest, ticket: Ticket, *, by: User, severity: int | None, now: datetime
) -> None:
    changes: dict[str, object] = {"priority": request.wanted}
    if request.impact_percent is not None:
        changes["impact_percent"] = request.impact_percent
    seen = {name: getattr(ticket, name) for name in changes}
    reason = request.decision_reason
    ticket = correct_content(ticket, by=by, changes=changes, seen=seen, reason=reason, now=now)
    if severity is not None and severity != ticket.decided_severity:
        decide_severity(ticket, by=by, severity=severity, reason=reason, now=now)
