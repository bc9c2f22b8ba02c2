"""What a ticket says is corrected: with a reason, and never over somebody else's correction."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.accounts.models import User
from lynnsupport.common.refusal import Refused
from sla.queries import policy_version_for, terms_of
from tickets.domain.intake import Priority
from tickets.models import Ticket, TicketEvent

from .clocks import retarget_clocks
from .intake import STATED, search_text
from .reachability import end_unreachable
from .record import locked, record, save
from .severity import record_suggestion, suggest_under

# INT-3, without what names the organisation: a ticket of the wrong tenant is another ticket (INT-6).
CORRECTABLE = (*STATED, "country", "is_preview")
# What the suggestion is made from (SEV-1 to SEV-3).
WEIGHED = frozenset({"impact_percent", "has_workaround", "priority"})
# What decides whether any target applies (SUP-3, EXC-2).
COVERAGE = frozenset({"is_custom_development", "is_preview"})


@transaction.atomic
def correct_content(
    ticket: Ticket,
    *,
    by: User,
    changes: Mapping[str, object],
    seen: Mapping[str, object],
    reason: str,
    now: datetime,
) -> Ticket:
    """Correct what the ticket says. Correcting nothing changes nothing.

    `changes` holds new values by the names in CORRECTABLE, `seen` the values its author had before them.
    Another impact, workaround or priority makes a new suggestion; where no engineer has decided, the clocks
    follow it (SEV-3, SEV-5).

    Raises Refused without a reason; where a stored value is no longer the one that was seen (nothing is
    written then); and for what decides the coverage once the clocks have started. KeyError for a name that
    is not correctable or not in `seen`.
    """
    if not by.has_perm("tickets.change_ticket"):
        raise Refused(_("Only support corrects what a ticket says."), rule="INT-3")
    if not reason.strip():
        raise Refused(_("Say why: the reason stays in the history."), rule="INT-3")
    unknown = set(changes) - set(CORRECTABLE)
    if unknown:
        raise KeyError(f"not correctable: {', '.join(sorted(unknown))}")
    ticket = locked(ticket)
    wanted = {name: value for name, value in changes.items() if getattr(ticket, name) != value}
    _refuse_if_overtaken(ticket, {name: seen[name] for name in wanted})
    if not wanted:
        return ticket
    if ticket.is_escalated and wanted.keys() & COVERAGE:
        raise Refused(
            _("Whether the agreement covers it was settled when the ticket was escalated."),
            rule="EXC-3",
            instead=_("Record an exclusion on the ticket, or revert the one in force."),
        )
    before, severity_before = {name: getattr(ticket, name) for name in wanted}, ticket.severity
    for name, value in wanted.items():
        setattr(ticket, name, value)
    ticket.search_text = search_text(ticket)
    changed = {name: [_plain(before[name]), _plain(value)] for name, value in wanted.items()}
    if wanted.keys() & WEIGHED:
        _suggest_again(ticket, at=now)
    kind, moved = TicketEvent.Kind.CONTENT_CHANGED, ticket.severity != severity_before
    severity = {"severity": {"before": severity_before, "after": ticket.severity}} if moved else {}
    event = record(ticket, kind, now=now, by=by, reason=reason, changed=changed, **severity)
    if moved:
        retarget_clocks(ticket, at=now, cause=event, now=now)
        if ticket.severity != 1:
            end_unreachable(ticket, at=now, cause=event, now=now)  # CON-5 is about severity 1
    save(ticket, by=by, reason=reason)
    return ticket


def _refuse_if_overtaken(ticket: Ticket, seen: Mapping[str, object]) -> None:
    overtaken = [name for name, value in seen.items() if getattr(ticket, name) != value]
    if not overtaken:
        return
    labels = [str(ticket._meta.get_field(name).verbose_name) for name in overtaken]
    raise Refused(
        _("Meanwhile somebody else has corrected: %(fields)s.")
        % {"fields": get_text_list(labels, gettext("and"))},
        rule="INT-3",
        instead=_("Compare your text with what stands there now, and send it again."),
    )


def _suggest_again(ticket: Ticket, *, at: datetime) -> None:
    """By the policy that the ticket is pinned to, else the one in force."""
    version = ticket.policy_version or policy_version_for(ticket.tenant, at)
    suggestion = suggest_under(
        terms_of(version),
        impact_percent=ticket.impact_percent,
        has_workaround=ticket.has_workaround,
        priority=Priority(ticket.priority),
    )
    record_suggestion(ticket, suggestion, at=at)


def _plain(value: object) -> object:
    """The value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
