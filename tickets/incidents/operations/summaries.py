"""RCA-2: the case summary, and the gate that it opens."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from tickets.incidents.models import CaseSummary
from tickets.incidents.queries import needs_summary
from tickets.models import Ticket, TicketEvent
from tickets.operations.record import locked, record, save

from .rights import require, require_words


@transaction.atomic
def write_summary(
    ticket: Ticket, *, by: User, incident: str, findings: str, measures: str, now: datetime
) -> CaseSummary:
    """Say what the case was, what was found and what was done; the customer reads it on the ticket.

    Each call is a new version; the same words again are the version that stands. Raises Refused where one of
    the three is empty.
    """
    require(by, "incidents.write_summary", "RCA-2")
    incident = require_words(incident, _("Say what the incident was."), "RCA-2")
    findings = require_words(findings, _("Say what the cause was, or what was found."), "RCA-2")
    measures = require_words(measures, _("Say how the service was restored, or what was corrected."), "RCA-2")
    ticket = locked(ticket)
    last = ticket.summaries.order_by("-number").first()
    if last and (last.incident, last.findings, last.measures) == (incident, findings, measures):
        return last
    summary = CaseSummary.objects.create(
        ticket=ticket,
        number=last.number + 1 if last else 1,
        incident=incident,
        findings=findings,
        measures=measures,
        by=by,
        at=now,
    )
    record(ticket, TicketEvent.Kind.SUMMARY_WRITTEN, now=now, by=by, version=summary.number)
    save(ticket, by=by, reason="case summary")
    return summary


def require_summary(ticket: Ticket, now: datetime) -> None:
    """A condition of `Act.PROPOSE_SOLUTION`. Raises Refused where the summary is owed and not written."""
    if needs_summary(ticket):
        raise Refused(
            _("The case has no summary yet, and it cannot be proposed as solved without one."),
            rule="RCA-2",
            instead=_("Write it under «Case summary»."),
        )
