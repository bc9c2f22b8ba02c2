"""Exclusions: decided with a finding, read by the customer, reverted without a trace on the clocks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from lynnsupport.common.refusal import Refused
from tests.factories import ContractFactory, TenantFactory
from tickets.models import AppendOnlyError, ClockMilestone, Exclusion, ProviderDealing
from tickets.operations import (
    answer_customer,
    ask_customer,
    decide_severity,
    exclude,
    record_dealing,
    record_restoration,
    reply_as_customer,
    revert_exclusion,
    sweep_clocks,
)
from tickets.verification import differences

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")


def at(minutes: int):
    return NOW + timedelta(minutes=minutes)


def states(ticket) -> dict[str, str]:
    return dict(ticket.clocks.values_list("kind", "state"))


def third_party(ticket, cast, now, **said):
    facts = {"provider": "Nube Inventada", "finding": "Su región sur no responde"} | said
    return exclude(ticket, by=cast.engineer, ground="third_party", now=now, **facts)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


@pytest.fixture(autouse=True)
def _clocks_are_what_their_events_say(db):
    yield
    assert list(differences(at(10_000))) == []


@pytest.mark.rule("EXC-1")
def test_EXC_1_restoration_stops_applying_and_the_customer_is_told(cast, ticket, told):
    told()
    exclusion = third_party(ticket, cast, at(30), evidence="Página de estado del proveedor")
    assert states(ticket) == {"first_response": "running", "restoration": "excused"}
    restoration = ticket.clocks.get(kind="restoration")
    assert (restoration.excused_since, restoration.excused_for) == (at(30), "third_party")
    assert told() == [("exclusion_decided", cast.designated.email)]
    assert (exclusion.decided_by, exclusion.decided_at, exclusion.evidence) == (
        cast.engineer,
        at(30),
        "Página de estado del proveedor",
    )
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.no_target_rule) == (at(60), "")


@pytest.mark.rule("EXC-3")
def test_EXC_3_reverted_the_clocks_are_what_they_would_have_been(cast, ticket, told):
    exclusion = third_party(ticket, cast, at(30))
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=at(40))
    ask_customer(ticket, by=cast.engineer, question="¿Qué sesión?", now=at(60))
    reply_as_customer(ticket, by=cast.designated.user, body="La 7", now=at(120))
    told()
    revert_exclusion(exclusion, by=cast.engineer, reason="Era nuestro balanceador", now=at(150))
    restoration = ticket.clocks.get(kind="restoration")
    assert (restoration.state, restoration.due_at) == (
        "running",
        chile("2026-11-24 11:00"),
    )  # an hour's pause
    assert told() == [("exclusion_reverted", cast.designated.email)]
    exclusion.refresh_from_db()
    assert (exclusion.reverted_by, exclusion.reverted_at, exclusion.is_in_force) == (
        cast.engineer,
        at(150),
        False,
    )


@pytest.mark.rule("EXC-3", "RST-7")
def test_EXC_3_deadline_that_passed_meanwhile_is_a_breach_from_its_own_instant(cast, ticket, told):
    exclusion = third_party(ticket, cast, at(30))
    sweep_clocks(now=chile("2026-11-25 10:00"))
    told()
    later = chile("2026-11-25 12:00")
    revert_exclusion(exclusion, by=cast.engineer, reason="No era suyo", now=later)
    breach = ClockMilestone.objects.get(clock__ticket=ticket, clock__kind="restoration", percent=100)
    assert (breach.at, breach.recorded_at) == (chile("2026-11-24 10:00"), later)
    sweep_clocks(now=later)
    assert ("clock_news", cast.desk_lead.email) in told()


@pytest.mark.rule("RST-7", "EXC-1")
def test_RST_7_breach_from_before_stays_and_is_excused(cast, ticket):
    sweep_clocks(now=chile("2026-11-24 10:01"))
    third_party(ticket, cast, chile("2026-11-24 11:00"))
    restoration = ticket.clocks.get(kind="restoration")
    assert (restoration.state, restoration.breached_at) == ("excused", chile("2026-11-24 10:00"))
    assert ClockMilestone.objects.filter(clock=restoration, percent=100).count() == 1


@pytest.mark.rule("EXC-2", "EXC-3")
def test_EXC_2_unmarking_starts_what_was_never_owed_from_the_original_start(cast, told):
    ticket = raise_ticket(cast, NOW, subject="[FUNCIONALIDAD EN PREVIEW] El bot calla")
    answer_customer(ticket, by=cast.engineer, body="Lo vemos.", now=at(90))
    assert states(ticket) == {"first_response": "excused", "restoration": "excused"}
    assert sweep_clocks(now=at(120)) == 0
    revert_exclusion(ticket.exclusions.get(), by=cast.engineer, reason="Ya es estable", now=at(180))
    ticket.refresh_from_db()
    assert (ticket.is_preview, ticket.no_target_rule) == (False, "")
    assert states(ticket) == {"first_response": "breached", "restoration": "running"}
    assert ticket.clocks.get(kind="restoration").due_at == chile("2026-11-24 10:00")


@pytest.mark.rule("EXC-2", "SUP-3")
@pytest.mark.parametrize(
    ("ground", "field", "rule"),
    [("preview", "is_preview", "EXC-2"), ("custom_development", "is_custom_development", "SUP-3")],
)
def test_marking_lifts_every_target(cast, ticket, ground, field, rule):
    exclusion = exclude(ticket, by=cast.engineer, ground=ground, finding="Usa la beta", now=at(30))
    ticket.refresh_from_db()
    assert (getattr(ticket, field), ticket.no_target_rule, ticket.next_due_at) == (True, rule, None)
    assert set(states(ticket).values()) == {"excused"}
    revert_exclusion(exclusion, by=cast.engineer, reason="No", now=at(40))
    ticket.refresh_from_db()
    assert (getattr(ticket, field), ticket.no_target_rule) == (False, "")
    assert set(states(ticket).values()) == {"running"}


@pytest.mark.rule("EXC-2", "SUP-3")
def test_two_grounds_hold_until_both_are_reverted(cast):
    ticket = raise_ticket(cast, NOW, is_preview=True, is_custom_development=True)
    custom, preview = ticket.exclusions.order_by("ground")
    assert ticket.no_target_rule == "SUP-3"
    revert_exclusion(custom, by=cast.engineer, reason="No lo es", now=at(30))
    ticket.refresh_from_db()
    assert (ticket.no_target_rule, set(states(ticket).values())) == ("EXC-2", {"excused"})
    revert_exclusion(preview, by=cast.engineer, reason="Tampoco", now=at(40))
    assert set(states(ticket).values()) == {"running"}


@pytest.mark.rule("EXC-1")
def test_what_was_met_stays_met(cast, ticket):
    record_restoration(ticket, by=cast.engineer, now=at(20))
    third_party(ticket, cast, at(30))
    assert states(ticket)["restoration"] == "met"


@pytest.mark.rule("EXC-1", "SEV-5")
def test_goal_that_comes_with_severity_1_is_excused_too(cast, ticket):
    exclusion = third_party(ticket, cast, at(10))
    decide_severity(ticket, by=cast.engineer, severity=1, reason="Todo caído", now=at(20))
    assert states(ticket) == {
        "first_response": "running",
        "restoration": "excused",
        "restoration_goal": "excused",
    }
    revert_exclusion(exclusion, by=cast.engineer, reason="No", now=at(30))
    assert ticket.clocks.get(kind="restoration_goal").due_at == at(60)


@pytest.mark.rule("EXC-1")
def test_EXC_1_dealings_with_a_managed_provider_are_seen_by_the_partner(cast, ticket, told):
    exclusion = third_party(ticket, cast, at(10), is_managed=True)
    told()
    record_dealing(exclusion, by=cast.engineer, words="Abrimos su caso 7", now=at(20), at=at(15))
    (dealing,) = exclusion.dealings.all()
    assert (dealing.at, dealing.recorded_at, dealing.words) == (at(15), at(20), "Abrimos su caso 7")
    assert told() == [("provider_dealing", cast.designated.email)]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"finding": " "}, "EXC-1"),
        ({"provider": " "}, "EXC-1"),
        ({"by": "desk"}, "EXC-1"),
        ({"by": "designated"}, "EXC-1"),
    ],
)
def test_refused_exclusion_writes_nothing(cast, ticket, wrong, rule):
    from lynnsupport.accounts.domain.roles import Role
    from tests.factories import UserFactory

    people = {"desk": UserFactory(role=Role.DESK), "designated": cast.designated.user}
    by = people.get(wrong.pop("by", ""), cast.engineer)
    facts = {"provider": "Nube Inventada", "finding": "No responde"} | wrong
    with pytest.raises(Refused, match=rule):
        exclude(ticket, by=by, ground="third_party", now=at(10), **facts)
    assert not Exclusion.objects.exists()


@pytest.mark.rule("EXC-1", "EXC-3")
def test_twice_is_refused_and_so_is_reverting_twice(cast, ticket):
    exclusion = third_party(ticket, cast, at(10))
    with pytest.raises(Refused, match="EXC-1"):
        third_party(ticket, cast, at(20))
    with pytest.raises(Refused, match="EXC-3"):
        revert_exclusion(exclusion, by=cast.engineer, reason=" ", now=at(25))
    revert_exclusion(exclusion, by=cast.engineer, reason="No", now=at(30))
    with pytest.raises(Refused, match="EXC-3"):
        revert_exclusion(exclusion, by=cast.engineer, reason="No", now=at(40))
    third_party(ticket, cast, at(50))  # a new finding is a new decision
    assert Exclusion.objects.count() == 2


@pytest.mark.rule("EXC-2")
def test_what_the_contract_covers_is_not_excluded(cast):
    ContractFactory(tenant=cast.tenant, covers_preview=True)
    ticket = raise_ticket(cast, NOW)
    with pytest.raises(Refused, match="EXC-2"):
        exclude(ticket, by=cast.engineer, ground="preview", finding="Usa la beta", now=at(10))


@pytest.mark.rule("SUP-2", "CON-2")
def test_without_running_clocks_there_is_nothing_to_exclude(cast):
    on_premise = replace(cast, tenant=TenantFactory(customer=cast.customer, deployment="on_premise"))
    with pytest.raises(Refused, match="SUP-2"):
        third_party(raise_ticket(on_premise, NOW), cast, at(10))
    with pytest.raises(Refused, match="CON-2"):
        third_party(raise_ticket(cast, NOW, reporter=cast.colleague), cast, at(10))


@pytest.mark.rule("EXC-1")
@pytest.mark.parametrize("what", ["unmanaged", "reverted", "future", "empty"])
def test_refused_dealings(cast, ticket, what):
    exclusion = third_party(ticket, cast, at(10), is_managed=what != "unmanaged")
    if what == "reverted":
        revert_exclusion(exclusion, by=cast.engineer, reason="No", now=at(11))
        exclusion.refresh_from_db()
    words, moment = ("", at(20)) if what == "empty" else ("Llamamos", at(21) if what == "future" else at(20))
    with pytest.raises(Refused, match="EXC-1"):
        record_dealing(exclusion, by=cast.engineer, words=words, at=moment, now=at(20))
    assert not ProviderDealing.objects.exists()


def test_the_database_keeps_one_exclusion_in_force_and_dealings_for_ever(cast, ticket):
    exclusion = third_party(ticket, cast, at(10), is_managed=True)
    again = {"ticket": ticket, "ground": "third_party", "provider": "Otra", "finding": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Exclusion.objects.create(**again, decided_by=cast.engineer, decided_at=at(11))
    dealing = record_dealing(exclusion, by=cast.engineer, words="Llamamos", now=at(20))
    with pytest.raises(AppendOnlyError):
        dealing.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        ProviderDealing.objects.update(words="Otra cosa")
