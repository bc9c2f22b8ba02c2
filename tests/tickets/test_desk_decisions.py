"""The desk decides about promises: exclusions, patches, contacts who cannot be reached, disputes."""

from datetime import timedelta

import pytest
import time_machine

from lynnsupport.accounts.domain.roles import Role
from sla.domain.clock_events import Ground
from tests.factories import UserFactory
from tickets.operations import dispute_severity, exclude, record_unreachable

from .desk_pages import address, do, page_of
from .pages import signed_in, text_of
from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
LATER = NOW + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _half_past_ten():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


@pytest.fixture
def critical(cast):
    return raise_ticket(cast, NOW, impact_percent=95)


@pytest.fixture
def engineer(cast):
    return signed_in(cast.engineer)


def third_party(ticket, cast, **options):
    said = {"provider": "Nube Austral", "finding": "Lo confirma su panel.", "is_managed": True} | options
    return exclude(
        ticket, by=cast.engineer, ground=Ground.THIRD_PARTY, now=NOW + timedelta(minutes=5), **said
    )


def states(ticket):
    return dict(ticket.clocks.values_list("kind", "state"))


def refusal_of(response):
    assert response.status_code == 409
    refusal = response.context["attempt"].refusal
    return refusal.rule, str(refusal.reason)


# ---------- exclusions (EXC) ----------


@pytest.mark.rule("EXC-1")
def test_a_third_party_lifts_restoration_and_the_partner_is_told(ticket, engineer, cast, told):
    told()
    said = {"ground": "third_party", "provider": "Nube Austral", "is_managed": "on", "finding": "Su panel."}
    assert do(engineer, ticket, "exclude", **said).status_code == 302
    exclusion = ticket.exclusions.get()
    assert (exclusion.provider, exclusion.is_managed, exclusion.decided_by) == (
        "Nube Austral",
        True,
        cast.engineer,
    )
    assert states(ticket) == {"first_response": "running", "restoration": "excused"}
    assert told() == [("exclusion_decided", cast.designated.email)]


@pytest.mark.rule("EXC-2")
def test_a_preview_feature_lifts_every_deadline(ticket, engineer):
    do(engineer, ticket, "exclude", ground="preview", finding="Está marcada así.")
    assert set(states(ticket).values()) == {"excused"}


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"finding": "Su panel."}, ("EXC-1", "Name the third party in which the incident originates.")),
        ({"finding": "x", "provider": "Y", "twice": True}, ("EXC-1", "This exclusion is in force already.")),
    ],
)
def test_an_exclusion_that_does_not_fit_is_refused_and_keeps_what_was_typed(ticket, engineer, said, refused):
    data = {"ground": "third_party"} | said
    if data.pop("twice", False):
        do(engineer, ticket, "exclude", **data)
    response = do(engineer, ticket, "exclude", **data)
    assert refusal_of(response) == refused
    form = response.context["attempt"].form
    assert form["finding"].value() == said["finding"]


@pytest.mark.rule("EXC-3")
def test_an_exclusion_is_reverted_with_its_reason_and_a_second_press_says_so(ticket, engineer, cast, told):
    exclusion = third_party(ticket, cast)
    told()
    said = {"exclusion": exclusion.pk, "reason": "Era nuestro conector."}
    assert do(engineer, ticket, "revert-exclusion", **said).status_code == 302
    exclusion.refresh_from_db()
    assert (exclusion.reverted_by, exclusion.revert_reason) == (cast.engineer, "Era nuestro conector.")
    assert states(ticket)["restoration"] == "running"
    assert told() == [("exclusion_reverted", cast.designated.email)]
    again = do(engineer, ticket, "revert-exclusion", **said)
    assert refusal_of(again) == ("EXC-3", "This exclusion is reverted already.")


def test_another_tickets_exclusion_is_no_choice(ticket, critical, engineer, cast):
    foreign = third_party(critical, cast)
    third_party(ticket, cast)
    response = do(engineer, ticket, "revert-exclusion", exclusion=foreign.pk, reason="x")
    assert (response.status_code, list(response.context["attempt"].form.errors)) == (422, ["exclusion"])
    foreign.refresh_from_db()
    assert foreign.is_in_force


@pytest.mark.rule("EXC-1")
def test_dealings_with_a_managed_provider_are_told_to_the_partner(ticket, engineer, cast, told):
    exclusion = third_party(ticket, cast)
    told()
    do(engineer, ticket, "provider-dealing", exclusion=exclusion.pk, words="Abrimos su caso 77.")
    assert exclusion.dealings.get().words == "Abrimos su caso 77."
    assert told() == [("provider_dealing", cast.designated.email)]
    assert "Abrimos su caso 77." in text_of(engineer.get(page_of(ticket)))


@pytest.mark.parametrize("managed", [True, False])
def test_dealings_are_offered_for_a_managed_provider_alone(ticket, engineer, cast, managed):
    third_party(ticket, cast, is_managed=managed)
    slugs = {panel.act.slug for panel in engineer.get(page_of(ticket)).context["open_panels"]}
    assert ("provider-dealing" in slugs, "revert-exclusion" in slugs) == (managed, True)


# ---------- patches (RST-5) ----------


@pytest.mark.rule("RST-5")
def test_a_patch_is_planned_and_moves_no_deadline(ticket, engineer, cast, told):
    due = ticket.clocks.get(kind="restoration").due_at
    told()
    said = {"details": "Corregir el conector.", "planned_on": "2026-12-01"}
    for _press in range(2):
        assert do(engineer, ticket, "plan-patch", **said).status_code == 302
    assert ticket.patch_plans.count() == 1
    assert ticket.clocks.get(kind="restoration").due_at == due
    assert told() == [("patch_planned", cast.designated.email)]


def test_a_day_that_is_over_is_refused_beside_what_was_typed(ticket, engineer):
    response = do(engineer, ticket, "plan-patch", details="Corregir.", planned_on="2026-11-22")
    assert refusal_of(response) == ("RST-5", "The planned day is over.")
    assert response.context["attempt"].form["details"].value() == "Corregir."


# ---------- contacts (CON-5) ----------


@pytest.mark.rule("CON-5")
def test_nobody_reached_pauses_restoration_until_somebody_is(critical, engineer, told):
    told()
    do(engineer, critical, "contact-unreachable", words="Llamé a Ana dos veces", at="2026-11-23T10:00")
    assert states(critical)["restoration"] == "paused"
    assert {kind for kind, _address in told()} == {"contact_unreachable"}
    do(engineer, critical, "contact-reached", words="Contestó Beto")
    assert states(critical)["restoration"] == "running"


@pytest.mark.rule("CON-5")
def test_each_of_the_two_is_offered_where_it_fits(ticket, critical, engineer, cast):
    def offered(of):
        slugs = {panel.act.slug for panel in engineer.get(page_of(of)).context["open_panels"]}
        return slugs & {"contact-unreachable", "contact-reached"}

    assert (offered(ticket), offered(critical)) == (set(), {"contact-unreachable"})
    record_unreachable(critical, by=cast.engineer, words="Nadie", now=LATER)
    assert offered(critical) == {"contact-reached"}


# ---------- disputes (SEV-4) ----------


@pytest.mark.rule("SEV-4")
def test_a_dispute_stands_on_top_until_an_engineer_decides(ticket, engineer, cast):
    dispute_severity(ticket, by=cast.designated.user, wanted=1, reason="Nadie trabaja", now=LATER)
    top = "The partner disputes the severity: decide it anew (SEV-4)"
    page = text_of(engineer.get(page_of(ticket)))
    assert top in page
    assert "Nadie trabaja" in page
    do(engineer, ticket, "severity", severity=2, reason="Hay otra vía")  # confirmed as it was
    assert top not in text_of(engineer.get(page_of(ticket)))


# ---------- who, how many, and at what cost ----------

ACTS_OF_ENGINEERS = ["exclude", "revert-exclusion", "provider-dealing", "plan-patch"]


@pytest.mark.parametrize("act", ACTS_OF_ENGINEERS)
def test_the_first_line_does_none_of_it(ticket, cast, act):
    exclusion = third_party(ticket, cast)
    said = {
        "ground": "preview",
        "finding": "x",
        "exclusion": exclusion.pk,
        "reason": "x",
        "words": "x",
        "details": "x",
        "planned_on": "2026-12-01",
    }
    response = do(signed_in(UserFactory(role=Role.DESK)), ticket, act, **said)
    assert response.status_code == 409
    assert (
        str(response.context["attempt"].refusal.reason) == "Your role, «Support desk», does not include this."
    )


@pytest.mark.parametrize(
    ("narrowing", "found"),
    [
        ({"clock": "excused"}, ["excused"]),
        ({"decision": "disputed"}, ["disputed"]),
        ({"decision": "unreachable"}, ["unreachable"]),
    ],
)
def test_the_queue_finds_what_is_to_be_settled(engineer, cast, narrowing, found):
    made = {
        name: raise_ticket(cast, NOW, impact_percent=95)
        for name in ("excused", "disputed", "unreachable", "plain")
    }
    third_party(made["excused"], cast)
    dispute_severity(made["disputed"], by=cast.designated.user, wanted=2, reason="x", now=LATER)
    record_unreachable(made["unreachable"], by=cast.engineer, words="x", now=LATER)
    rows = engineer.get(address("changelist"), narrowing).context["rows"]
    assert [ticket.number for ticket, _clock in rows] == [made[name].number for name in found]


@pytest.mark.rule("EXC-2")
def test_a_row_of_an_excused_ticket_shows_it_as_excused(ticket, engineer, cast):
    exclude(ticket, by=cast.engineer, ground=Ground.PREVIEW, finding="Está marcada así.", now=NOW)
    [(_row, clock)] = engineer.get(address("changelist")).context["rows"]
    assert (clock.badge, clock.left, clock.detail) == ("excused", None, "it concerns a feature in preview")


def test_the_page_costs_the_same_with_one_exclusion_and_with_three(
    ticket, engineer, cast, django_assert_max_num_queries
):
    engineer.get(page_of(ticket))
    third_party(ticket, cast)
    for ground in (Ground.PREVIEW, Ground.CUSTOM_DEVELOPMENT):
        exclude(ticket, by=cast.engineer, ground=ground, finding="x", now=LATER)
    with django_assert_max_num_queries(16):
        engineer.get(page_of(ticket))
