"""A ticket that lacks what the forms require: registered all the same, and its pages say what is missing."""

from decimal import Decimal

import pytest

from tickets.domain.severity import Because
from tickets.models import Ticket
from tickets.operations import correct_content

from .stories import chile, raise_ticket

NOW = chile("2026-11-17 10:00")

pytestmark = pytest.mark.django_db


@pytest.fixture
def unsaid(cast):
    ticket = raise_ticket(cast, NOW, impact_percent=None)
    Ticket.objects.filter(pk=ticket.pk).update(detected_at=None)
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.rule("INT-4")
def test_without_an_impact_severity_2_is_assumed_and_said_to_be_an_assumption(unsaid):
    assessment = unsaid.assessments.get()
    assert (unsaid.severity, assessment.because) == (2, Because.NOT_STATED)
    assert (assessment.impact_percent, assessment.weighted_impact) == (None, None)


@pytest.mark.rule("INT-3")
@pytest.mark.parametrize("page", ["/tickets/{}/", "/admin/tickets/ticket/{}/change/"])
def test_the_pages_show_what_was_not_said(client, cast, unsaid, page):
    reader = cast.engineer if "admin" in page else cast.designated.user
    client.force_login(reader)
    answer = client.get(page.format(unsaid.pk if "admin" in page else unsaid.number))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("Aún sin indicar") == (1 if "admin" in page else 2)
    assert text.count("Cuándo se detectó, con la zona horaria o el país") == 1


@pytest.mark.rule("SEV-1")
def test_once_the_impact_is_said_the_suggestion_is_made_from_it(cast, unsaid):
    said = {"impact_percent": Decimal(95), "detected_at": NOW}
    stated = dict.fromkeys(said)
    correct_content(unsaid, by=cast.engineer, changes=said, seen=stated, reason="Dicho por teléfono", now=NOW)
    unsaid.refresh_from_db()
    assert (unsaid.severity, unsaid.detected_at) == (1, NOW)
    assert list(unsaid.assessments.values_list("because", flat=True)) == [
        Because.NOT_STATED,
        Because.OVER_WITHOUT_WORKAROUND,
    ]
