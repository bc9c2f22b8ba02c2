"""What the customer's side reads of support's decisions, and how it objects to a severity."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from sla.domain.clock_events import Ground
from tickets.models import SeverityAssessment, TicketEvent
from tickets.operations import (
    decide_severity,
    exclude,
    plan_patch,
    record_dealing,
    record_reached,
    record_unreachable,
    revert_exclusion,
)

from .pages import signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-17 10:00")
LATER = NOW + timedelta(hours=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_later")]


@pytest.fixture
def at_later(time_machine):
    time_machine.move_to(LATER, tick=False)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


@pytest.fixture
def client(cast):
    return signed_in(cast.designated.user)


def path(ticket, name="detail"):
    return reverse(f"tickets:{name}", args=[ticket.number])


def excluded(ticket, cast, **options):
    said = {"ground": Ground.THIRD_PARTY, "provider": "Nube Austral", "finding": "Su panel lo confirma."}
    return exclude(ticket, by=cast.engineer, **{"now": NOW + timedelta(minutes=5)} | said | options)


def faces(page):
    return {face.kind: (face.badge, face.detail, face.left) for face in page.context["clocks"]}


@pytest.mark.rule("EXC-1")
def test_an_exclusion_is_told_with_its_provider_finding_and_dealings(client, cast, ticket):
    exclusion = excluded(ticket, cast, is_managed=True, evidence="Caso 77 del proveedor")
    record_dealing(exclusion, by=cast.engineer, words="Les escribimos.", now=NOW + timedelta(minutes=9))
    page = client.get(path(ticket))
    text = text_of(page)
    for told in (
        "It originates in Nube Austral: no restoration deadline applies",
        "Su panel lo confirma.",
        "Caso 77 del proveedor",
        "Les escribimos.",
    ):
        assert (told, told in text) == (told, True)
    assert faces(page)["restoration"] == ("excused", "it originates in a third party", None)


@pytest.mark.rule("EXC-3")
def test_a_reverted_exclusion_is_folded_away_with_its_reason_and_its_clocks_run(client, cast, ticket):
    revert_exclusion(excluded(ticket, cast), by=cast.engineer, reason="Era nuestro.", now=LATER)
    page = client.get(path(ticket))
    text = text_of(page)
    assert "no restoration deadline applies" not in text
    assert "Exclusions that were reverted" in text
    assert "Era nuestro." in text
    assert faces(page)["restoration"][0] == "running"


@pytest.mark.rule("RST-5")
def test_a_patch_plan_is_told_with_the_deadline_that_stays_and_the_plans_before_it(client, cast, ticket):
    for day, details in ((25, "Parche del conector."), (27, "Parche y prueba.")):
        plan_patch(
            ticket,
            by=cast.engineer,
            details=details,
            planned_on=date(2026, 11, day),
            now=NOW + timedelta(minutes=day),
        )
    text = text_of(client.get(path(ticket)))
    assert "A code patch is planned for 11/27/2026" in text
    assert "The restoration deadline stays what it is." in text
    assert text.index("Parche y prueba.") < text.index("Parche del conector.")


@pytest.mark.rule("CON-5")
def test_the_strip_to_call_says_since_when_nobody_could_be_reached(client, cast):
    ticket = raise_ticket(cast, NOW, impact_percent=95)
    record_unreachable(ticket, by=cast.engineer, words="Sin respuesta", now=NOW + timedelta(minutes=9))
    page = client.get(path(ticket))
    assert "Call us: we could not reach any designated contact" in text_of(page)
    assert faces(page)["restoration"][:2] == ("paused", "the contact cannot be reached")
    record_reached(ticket, by=cast.engineer, words="Ana contestó", now=LATER)
    assert "we could not reach" not in text_of(client.get(path(ticket)))


def test_the_history_tells_every_decision_in_words(client, cast, ticket, agreement):
    exclusion = excluded(ticket, cast, is_managed=True)
    record_dealing(exclusion, by=cast.engineer, words="Llamado.", now=NOW + timedelta(minutes=6))
    revert_exclusion(exclusion, by=cast.engineer, reason="Era nuestro.", now=NOW + timedelta(minutes=7))
    plan_patch(
        ticket,
        by=cast.engineer,
        details="Parche.",
        planned_on=date(2026, 11, 27),
        now=NOW + timedelta(minutes=8),
    )
    client.post(path(ticket, "dispute"), {"wanted": 1, "reason": "Todo caído"})
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Sí", now=LATER)
    record_unreachable(ticket, by=cast.engineer, words="Nadie", now=LATER)
    record_reached(ticket, by=cast.engineer, words="Ana", now=LATER)
    titles = [line.title for line in client.get(path(ticket)).context["story"]]
    assert titles[2:] == [
        "Excluded from the deadlines: it originates in a third party (Nube Austral)",
        "Dealings with the provider: Nube Austral",
        "Exclusion reverted: it originates in a third party (Nube Austral)",
        "Patch planned: Fri 27 Nov",
        "Severity disputed: Severity 2 · high → Severity 1 · critical",
        "Severity decided: Severity 2 · high → Severity 1 · critical",
        "Contact not reachable",
        "Contact reached",
    ]


def test_every_kind_of_event_has_a_look(client, cast, ticket):
    """A kind that the pages do not know would end in an error page."""
    for kind in set(TicketEvent.Kind) - {TicketEvent.Kind.NOTE_WRITTEN}:
        data = {
            "ground": "preview",
            "provider": "",
            "planned_on": "2026-11-27",
            "before": 2,
            "wanted": 1,
            "after": 1,
            "step": "asked",
            "starts_at": NOW.isoformat(),
            "ends_at": NOW.isoformat(),
            "closes_at": NOW.isoformat(),
            "level": 2,
            "number": "LYN-2026-000009",
            "other": "LYN-2026-000009",
            "incident": "INC-2026-0001",
        }
        TicketEvent.objects.create(
            ticket=ticket,
            kind=kind,
            at=NOW,
            recorded_at=NOW,
            data=data | ({"before": ""} if kind == TicketEvent.Kind.PATCH_PLANNED else {}),
        )
    assert len(client.get(path(ticket)).context["story"]) == len(TicketEvent.Kind) - 1 + 2


def test_exclusions_cost_two_queries_whatever_their_number(
    client, cast, ticket, django_assert_max_num_queries
):
    client.get(path(ticket))
    for minute in range(3):
        exclusion = excluded(ticket, cast, is_managed=True, now=NOW + timedelta(minutes=2 * minute))
        for word in "ab":
            record_dealing(exclusion, by=cast.engineer, words=word, now=exclusion.decided_at)
        if minute < 2:
            revert_exclusion(
                exclusion, by=cast.engineer, reason="No", now=NOW + timedelta(minutes=2 * minute + 1)
            )
    with django_assert_max_num_queries(12):
        client.get(path(ticket))


# ---------- objecting (SEV-4) ----------


@pytest.mark.rule("SEV-4")
def test_an_objection_reaches_the_ticket_and_changes_nothing_yet(client, cast, ticket):
    due = faces(client.get(path(ticket)))
    answer = client.post(path(ticket, "dispute"), {"wanted": 1, "reason": "Nadie puede trabajar."})
    assert (answer.status_code, answer.url) == (302, path(ticket))
    page = client.get(path(ticket))
    assert "The severity is disputed; an engineer decides it anew" in text_of(page)
    assert faces(page) == due
    assert page.context["acts"].can_dispute is False
    assert page.context["assessments"][-1][1] == (
        f"{cast.designated.name} disputed it and holds severity 1 to be right: Nadie puede trabajar."
    )


@pytest.mark.rule("SEV-4")
def test_a_second_press_is_told_and_keeps_the_text(client, ticket):
    said = {"wanted": 1, "reason": "Nadie puede trabajar."}
    client.post(path(ticket, "dispute"), said)
    again = client.post(path(ticket, "dispute"), said)
    assert again.context["form"].errors["reason"] == [
        "The severity is disputed already, and an engineer has yet to decide. "
        "Add what is new in a reply. (SEV-4)"
    ]
    assert "Nadie puede trabajar." in again.content.decode()
    assert ticket.assessments.filter(step=SeverityAssessment.Step.DISPUTED).count() == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [({"wanted": 1, "reason": " "}, "reason"), ({"wanted": 2, "reason": "Sí"}, "wanted"), ({}, "wanted")],
)
def test_what_is_missing_is_said_beside_its_field(client, ticket, said, field):
    page = client.post(path(ticket, "dispute"), said)
    assert (page.status_code, field in page.context["form"].errors) == (200, True)
    assert ticket.assessments.filter(step=SeverityAssessment.Step.DISPUTED).count() == 0


@pytest.mark.parametrize("who", ["executive", "engineer"])
def test_those_who_follow_the_case_do_not_object(cast, ticket, who):
    client = signed_in(getattr(cast, who))
    assert "<textarea" not in client.get(path(ticket, "dispute")).content.decode()
    page = client.post(path(ticket, "dispute"), {"wanted": 1, "reason": "Sí"})
    assert page.context["form"].errors["reason"] == ["Only the customer's side does this. (SEV-4)"]


def test_what_was_typed_survives_a_lost_session(client, cast, ticket):
    page = client.get(path(ticket, "dispute"))
    said = {"wanted": 1, "reason": "Nadie puede trabajar.", "typed_by": page.context["typed_by"]}
    client.logout()
    assert client.post(path(ticket, "dispute"), said).status_code == 302
    client.force_login(cast.designated.user)
    assert client.get(path(ticket, "dispute")).context["form"].initial["reason"] == "Nadie puede trabajar."
