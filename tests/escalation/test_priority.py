"""ESC-5 and ESC-6: a changed urgency or impact is asked of the case owner, who decides."""

from decimal import Decimal
from uuid import uuid4

import pytest

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from tests.factories import UserFactory
from tickets.domain.intake import Priority
from tickets.domain.lifecycle import CloseReason
from tickets.escalation.domain.eligibility import Ground
from tickets.escalation.operations import ask_priority, decide_priority
from tickets.operations import assign, close_ticket, decide_severity

from .stories import MINUTE, NOW, raise_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ESC-6")]


@pytest.fixture
def ticket(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=75)
    assign(ticket, by=cast.desk_lead, owner=cast.engineer, now=NOW)
    ticket.refresh_from_db()
    return ticket


def ask(ticket, cast, **changes):
    said = {
        "by": cast.designated.user,
        "ground": Ground.URGENCY_CHANGED,
        "wanted": Priority.HIGH,
        "reason": "Mañana es la campaña.",
        "now": NOW + MINUTE,
    }
    return ask_priority(ticket, **said | changes)


def decide(request, cast, **changes):
    said = {"by": cast.engineer, "accepts": True, "reason": "De acuerdo.", "now": NOW + 2 * MINUTE}
    return decide_priority(request, **said | changes)


@pytest.mark.rule("ESC-5")
def test_ESC_5_nothing_moves_until_the_owner_decides(cast, ticket, told):
    told()
    key = uuid4()
    request = ask(ticket, cast, submission_key=key)
    assert ask(ticket, cast, submission_key=key) == request
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.severity) == (Priority.NORMAL, 2)
    assert told() == [("priority_asked", cast.engineer.email)]
    assert ticket.events.get(kind="priority_asked").data["wanted"] == "high"


@pytest.mark.rule("SEV-3", "ESC-6")
def test_ESC_6_accepted_the_severity_is_suggested_anew_and_the_clocks_follow(cast, ticket, told):
    request = ask(ticket, cast, impact_percent=Decimal(76))
    told()
    decide(request, cast)
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.impact_percent) == (Priority.HIGH, 76)
    assert ticket.suggested_severity == 1  # 76 % x 1.1 lies over 80
    assert ticket.clocks.get(kind="restoration").severity == 1
    assert told() == [("priority_decided", cast.designated.email)]
    assert ticket.events.get(kind="priority_decided").data["answer"] == "accepted"


@pytest.mark.rule("SEV-4", "ESC-6")
@pytest.mark.parametrize(("severity", "decided"), [(None, 2), (1, 1)])
def test_ESC_6_what_an_engineer_had_decided_only_an_engineer_changes(cast, ticket, severity, decided):
    decide_severity(ticket, by=cast.engineer, severity=2, reason="Degradado", now=NOW)
    request = ask(ticket, cast, impact_percent=Decimal(90), ground=Ground.IMPACT_CHANGED)
    decide(request, cast, severity=severity)
    ticket.refresh_from_db()
    assert (ticket.suggested_severity, ticket.decided_severity) == (1, decided)


def test_ESC_6_declined_it_stays_and_the_partner_reads_why(cast, ticket):
    request = decide(ask(ticket, cast), cast, accepts=False, reason="La campaña no usa el bot.")
    ticket.refresh_from_db()
    assert (request.answer, ticket.priority) == ("declined", Priority.NORMAL)
    mail = OutboxMessage.objects.get(kind="priority_decided")
    write(mail)
    assert "La campaña no usa el bot." in mail.body_text
    assert ask(ticket, cast, now=NOW + 3 * MINUTE) != request  # with a new reason it is asked anew


def test_ESC_6_only_the_owner_decides_and_once(cast, ticket):
    request = ask(ticket, cast)
    for by, words in (
        (cast.desk_lead, "case owner decides"),
        (cast.designated.user, "Only support"),
        (cast.executive, "Only support"),
    ):
        with pytest.raises(Refused, match=words):
            decide(request, cast, by=by)
    with pytest.raises(Refused, match="Say why"):
        decide(request, cast, reason=" ")
    decide(request, cast)
    with pytest.raises(Refused, match=f"{cast.engineer.name} has decided it already: accepted"):
        decide(request, cast, by=cast.desk_lead, accepts=False)


@pytest.mark.rule("ESC-5")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": " "}, "Say what has changed"),
        ({"wanted": Priority.NORMAL}, "the priority it has"),
        ({"wanted": Priority.NORMAL, "impact_percent": Decimal(75)}, "the priority it has"),
    ],
)
def test_ESC_5_refusals(cast, ticket, changes, words):
    with pytest.raises(Refused, match=words):
        ask(ticket, cast, **changes)


def test_one_request_at_a_time_and_none_on_a_closed_ticket(cast, ticket):
    with pytest.raises(Refused, match="customer's side"):
        ask(ticket, cast, by=UserFactory())
    with pytest.raises(ValueError, match="no ground"):
        ask(ticket, cast, ground=Ground.NO_RESPONSE)
    ask(ticket, cast)
    with pytest.raises(Refused, match="asked for already"):
        ask(ticket, cast, by=cast.colleague.user, wanted=Priority.LOW)
    other = raise_ticket(cast, NOW)
    close_ticket(other, by=cast.engineer, reason=CloseReason.DUPLICATE, words="El mismo", now=NOW)
    with pytest.raises(Refused, match="closed"):
        ask(other, cast)
