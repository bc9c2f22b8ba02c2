"""SEV-4: the partner disputes a severity; only an engineer changes it."""

from datetime import timedelta

import pytest

from lynnsupport.common.refusal import Refused
from tickets.domain.lifecycle import CloseReason
from tickets.operations import close_ticket, decide_severity, dispute_severity

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
LATER = NOW + timedelta(minutes=5)
pytestmark = pytest.mark.rule("SEV-4")


def dispute(ticket, cast, *, by=None, wanted=1, reason="Nadie puede vender", now=NOW):
    return dispute_severity(ticket, by=by or cast.designated.user, wanted=wanted, reason=reason, now=now)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


def test_SEV_4_nothing_moves_until_an_engineer_decides(cast, ticket, told):
    before = ticket.clocks.get(kind="restoration").due_at
    told()
    dispute(ticket, cast)
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_disputed_at) == (2, NOW)
    assert ticket.clocks.get(kind="restoration").due_at == before
    assert told() == [("severity_disputed", cast.desk_lead.email)]
    assessment = ticket.assessments.get(step="disputed")
    assert (assessment.severity, assessment.contact, assessment.reason) == (
        1,
        cast.designated,
        "Nadie puede vender",
    )


@pytest.mark.parametrize("decided", [1, 2])
def test_SEV_4_a_decision_settles_it_also_by_confirming(cast, ticket, told, decided):
    decide_severity(ticket, by=cast.engineer, severity=2, reason="Degradado", now=NOW)
    dispute(ticket, cast)
    told()
    decide_severity(ticket, by=cast.engineer, severity=decided, reason="Lo revisamos", now=LATER)
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_disputed_at) == (decided, None)
    assert told() == [("severity_decided", cast.designated.email)]
    dispute(ticket, cast, wanted=3, now=LATER)  # a new reason is a new dispute


def test_SEV_4_refusals(cast, ticket):
    for wrong in ({"reason": " "}, {"wanted": 2}, {"by": cast.engineer}):
        with pytest.raises(Refused, match="SEV-4"):
            dispute(ticket, cast, **wrong)
    with pytest.raises(Refused, match="SEV-1"):
        dispute(ticket, cast, wanted=4)
    dispute(ticket, cast)
    with pytest.raises(Refused, match="SEV-4"):
        dispute(ticket, cast, wanted=3)
    close_ticket(ticket, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=LATER)
    ticket.refresh_from_db()
    assert ticket.severity_disputed_at is None
    with pytest.raises(Refused, match="SEV-4"):
        dispute(ticket, cast)
