"""What stands beside the form of a new ticket: told from what has been typed so far, right or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from lynnsupport.accounts.models import Contact, Tenant
from lynnsupport.accounts.queries import Person, designated_contacts, whom_to_contact
from sla.queries import agreement_for
from tickets import explanations
from tickets.domain.intake import ASKED_FOR, REQUIRED, Priority, is_marked_preview, missing_answers
from tickets.forms import TicketForm
from tickets.models import Ticket
from tickets.operations.severity import Suggestion, suggest
from tickets.queries import similar_open


@dataclass(frozen=True)
class Advice:
    """What the page tells about the ticket as far as it is typed. Names of ASKED_FOR are in `missing`."""

    tenant: Tenant | None
    suggestion: Suggestion | None
    sentence: str
    no_target: str
    designated: list[Contact]
    is_designated: bool
    executive: Person
    similar: list[Ticket]
    checklist: list[tuple[str, bool]]

    @property
    def is_critical(self) -> bool:
        return self.suggestion is not None and self.suggestion.assessment.severity == 1


def advice_on(probe: TicketForm, contact: Contact, now: datetime, *, has_evidence: bool) -> Advice:
    """`probe` is bound to what has been typed; only what is right in it counts."""
    probe.is_valid()
    typed: Mapping[str, Any] = probe.cleaned_data
    tenant = typed.get("tenant")
    suggestion = _suggestion(tenant, typed, now)
    designated = list(designated_contacts(tenant.customer, now)) if tenant else []
    return Advice(
        tenant=tenant,
        suggestion=suggestion,
        sentence=explanations.why_suggestion(suggestion) if suggestion else "",
        no_target=_no_target(tenant, typed, now) if tenant else "",
        designated=designated,
        is_designated=contact in designated,
        executive=whom_to_contact(contact.partner),
        similar=similar_open(tenant, typed.get("subject", "")) if tenant else [],
        checklist=_checklist(typed, has_evidence),
    )


def _suggestion(tenant: Tenant | None, typed: Mapping[str, Any], now: datetime) -> Suggestion | None:
    impact = typed.get("impact_percent")
    if tenant is None or impact is None:
        return None
    return suggest(
        tenant,
        impact_percent=impact,
        has_workaround=typed.get("has_workaround"),
        priority=Priority(typed.get("priority") or Priority.NORMAL),
        at=now,
    )


def _no_target(tenant: Tenant, typed: Mapping[str, Any], now: datetime) -> str:
    """SUP-2, SUP-3, EXC-2: why no deadline would apply; "" where one does."""
    agreement = agreement_for(
        tenant,
        at=now,
        is_preview=bool(typed.get("is_preview")) or is_marked_preview(typed.get("subject", "")),
        is_custom_development=bool(typed.get("is_custom_development")),
    )
    return "" if agreement.has_targets else explanations.no_target(agreement.rule)


def _checklist(typed: Mapping[str, Any], has_evidence: bool) -> list[tuple[str, bool]]:
    """INT-3: what helps support, and whether it is there."""
    content = SimpleNamespace(**{name: typed.get(name) for name in (*REQUIRED, *ASKED_FOR)})
    missing = missing_answers(content, has_evidence=has_evidence)
    return [(str(explanations.MISSING_NAMES[name]), name not in missing) for name in ASKED_FOR]


def defaults_of(form: TicketForm) -> dict[str, Any]:
    """What the empty form would send: a lone tenant, the reader's zone, the normal priority."""
    names = ("tenant", "detected_zone", "priority")
    return {name: form.fields[name].initial for name in names if form.fields[name].initial}
