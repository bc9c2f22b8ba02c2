"""Severity: the reporter proposes, the system suggests, an engineer decides (SEV-4)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.access import contact_of
from lynnsupport.accounts.models import Contact, Tenant, User
from lynnsupport.common.inserting import insert
from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.operations import enqueue
from sla.domain.targets import Terms
from sla.queries import policy_version_for, terms_of
from tickets import notifications
from tickets.domain.intake import Priority
from tickets.domain.severity import WITHOUT_IMPACT, Assessment, Borders, assess
from tickets.models import SeverityAssessment, Ticket, TicketEvent

from .clocks import retarget_clocks
from .reachability import end_unreachable
from .record import locked, record, save


@dataclass(frozen=True)
class Suggestion:
    """An assessment with the inputs it was made from, ready to be stored."""

    assessment: Assessment
    impact_percent: Decimal | None
    has_workaround: bool | None
    priority: Priority
    weight: Decimal
    borders: Borders


def suggest(
    tenant: Tenant,
    *,
    impact_percent: Decimal | None,
    has_workaround: bool | None,
    priority: Priority,
    at: datetime,
) -> Suggestion:
    """What the policy of `tenant` at that moment suggests (SEV-1 to SEV-3). Writes nothing.

    A workaround that is not known counts as none: the suggestion errs on the grave side.
    """
    return suggest_under(
        terms_of(policy_version_for(tenant, at)),
        impact_percent=impact_percent,
        has_workaround=has_workaround,
        priority=priority,
    )


def suggest_under(
    terms: Terms, *, impact_percent: Decimal | None, has_workaround: bool | None, priority: Priority
) -> Suggestion:
    """The same where the terms of the policy are at hand."""
    weight = terms.weights[priority]
    borders = Borders(critical_over=terms.critical_over, low_under=terms.low_under)
    if impact_percent is None:
        assessment = WITHOUT_IMPACT
    else:
        assessment = assess(impact_percent, bool(has_workaround), weight, borders)
    return Suggestion(assessment, impact_percent, has_workaround, priority, weight, borders)


@transaction.atomic
def decide_severity(ticket: Ticket, *, by: User, severity: int, reason: str, now: datetime) -> Ticket:
    """An engineer's decision: the final word (SEV-4). Running clocks are re-targeted (SEV-5).

    It settles a dispute, in which the severity may also be confirmed. Raises Refused without a reason, for
    a severity that is already decided so, and on a closed ticket.
    """
    if not by.has_perm("tickets.decide_severity"):
        raise Refused(_("Only an engineer decides the severity."), rule="SEV-4")
    if severity not in (1, 2, 3):
        raise Refused(_("A severity is 1, 2 or 3."), rule="SEV-1")
    if not reason.strip():
        raise Refused(_("Say why: the partner reads the reason beside the severity."), rule="SEV-4")
    ticket = locked(ticket)
    if ticket.is_closed:
        raise Refused(_("The ticket is closed; reopen it first."), rule="SEV-4")
    if ticket.decided_severity == severity and ticket.severity_disputed_at is None:
        raise Refused(_("This severity is already decided."), rule="SEV-4")
    before = ticket.severity
    ticket.decided_severity, ticket.severity_disputed_at = severity, None
    step = SeverityAssessment.Step.DECIDED
    _store(ticket, _suggestion(ticket, at=now), step, severity, reason=reason, by=by, at=now)
    event = record(
        ticket,
        TicketEvent.Kind.SEVERITY_DECIDED,
        now=now,
        by=by,
        reason=reason,
        before=before,
        after=severity,
    )
    if before != severity:
        retarget_clocks(ticket, at=now, cause=event, now=now)
    if severity != 1:
        end_unreachable(ticket, at=now, cause=event, now=now)  # CON-5 is about severity 1
    save(ticket, by=by, reason=reason)
    clocks = ticket.clocks.running_first()
    enqueue(notifications.moved(ticket, event, kind="severity_decided", clocks=clocks), now=now)
    return ticket


@transaction.atomic
def dispute_severity(ticket: Ticket, *, by: User, wanted: int, reason: str, now: datetime) -> Ticket:
    """The customer's side disagrees with the severity; an engineer then decides it anew (SEV-4).

    Nothing moves until then. Raises Refused without a reason, for the severity it has, on a closed ticket
    and while an earlier dispute is open.
    """
    contact = contact_of(by)
    if contact is None or not by.has_perm("tickets.reply_as_customer"):
        raise Refused(_("Only the customer's side disputes a severity."), rule="SEV-4")
    if wanted not in (1, 2, 3):
        raise Refused(_("A severity is 1, 2 or 3."), rule="SEV-1")
    if not reason.strip():
        raise Refused(_("Say why: the engineer decides on your reason."), rule="SEV-4")
    ticket = locked(ticket)
    if ticket.is_closed:
        raise Refused(_("The ticket is closed; reopen it first."), rule="SEV-4")
    if ticket.severity == wanted:
        raise Refused(_("This is the severity it has."), rule="SEV-4")
    if ticket.severity_disputed_at is not None:
        raise Refused(
            _("The severity is disputed already, and an engineer has yet to decide."),
            rule="SEV-4",
            instead=_("Add what is new in a reply."),
        )
    ticket.severity_disputed_at = now
    _store(
        ticket,
        _suggestion(ticket, at=now),
        SeverityAssessment.Step.DISPUTED,
        wanted,
        reason=reason.strip(),
        by=by,
        contact=contact,
        at=now,
    )
    event = record(
        ticket,
        TicketEvent.Kind.SEVERITY_DISPUTED,
        now=now,
        by=by,
        contact=contact,
        reason=reason.strip(),
        before=ticket.severity,
        wanted=wanted,
    )
    save(ticket, by=by, reason="severity disputed")
    enqueue(notifications.severity_disputed(ticket, event, wanted=wanted), now=now)
    return ticket


def record_first_assessments(
    ticket: Ticket, suggestion: Suggestion, proposed: int | None, *, reporter: Contact, at: datetime
) -> None:
    """What the reporter proposed, if anything, and what the portal suggested."""
    step = SeverityAssessment.Step
    rows = [_row(ticket, suggestion, step.SUGGESTED, suggestion.assessment.severity, at=at)]
    if proposed:
        rows.insert(0, _row(ticket, suggestion, step.PROPOSED, proposed, at=at, contact=reporter))
    insert(rows)


def record_suggestion(ticket: Ticket, suggestion: Suggestion, *, at: datetime) -> None:
    """A suggestion made anew because what it was made from has changed. The caller saves the ticket."""
    ticket.suggested_severity = suggestion.assessment.severity
    _store(ticket, suggestion, SeverityAssessment.Step.SUGGESTED, ticket.suggested_severity, at=at)


def _suggestion(ticket: Ticket, *, at: datetime) -> Suggestion:
    """What the ticket's figures suggest: the inputs that an assessment is kept with."""
    return suggest_under(
        terms_of(ticket.policy_version or policy_version_for(ticket.tenant, at)),
        impact_percent=ticket.impact_percent,
        has_workaround=ticket.has_workaround,
        priority=Priority(ticket.priority),
    )


def _store(ticket: Ticket, suggestion: Suggestion, step: str, severity: int, **fields: object) -> None:
    _row(ticket, suggestion, step, severity, **fields).save()


def _row(
    ticket: Ticket, suggestion: Suggestion, step: str, severity: int, **fields: object
) -> SeverityAssessment:
    suggested = step == SeverityAssessment.Step.SUGGESTED
    return SeverityAssessment(
        ticket=ticket,
        step=step,
        severity=severity,
        impact_percent=suggestion.impact_percent,
        has_workaround=suggestion.has_workaround,
        priority=suggestion.priority,
        weight=suggestion.weight,
        weighted_impact=suggestion.assessment.weighted_impact,
        because=suggestion.assessment.because if suggested else "",
        critical_over=suggestion.borders.critical_over,
        low_under=suggestion.borders.low_under,
        **fields,
    )
