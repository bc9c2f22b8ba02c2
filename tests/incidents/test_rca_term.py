"""RCA-1: an incident of the whole platform owes its analysis by a day, whether or not a ticket is linked."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.letters import write
from lynnsupport.outbox.models import OutboxMessage
from sla.models import BusinessCalendar, TenantCalendar
from tests.factories import ContractFactory, UserFactory
from tests.tickets.pages import signed_in, text_of
from tests.tickets.stories import chile, make_cast, raise_ticket
from tickets.incidents.domain.words import Cause, Impact, Reach, Scope
from tickets.incidents.models import RcaTerm, RcaTermMilestone
from tickets.incidents.operations import (
    add_tenants,
    approve_rca,
    link_ticket,
    match_deadlines,
    publish_rca,
    relapse,
    restore,
    submit_rca,
    sweep_rca_terms,
    withdraw_tenant,
)

from .stories import begin, call_it_platform
from .test_rca import written

NOW = chile("2026-11-23 10:00")
DUE = chile("2026-11-30 18:00")  # Monday; the fifth business day after

pytestmark = pytest.mark.rule("RCA-1")


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def restored(cast, *, impact=Impact.FULL, **decided):
    incident = begin(cast, now=NOW, impact=impact)
    call_it_platform(cast, incident, now=at(5), **decided)
    return restore(incident, by=cast.engineer, at=at(60), now=at(65)).incident


def terms():
    rows = RcaTerm.objects.order_by("pk")
    return [(row.started_at, row.due_at, bool(row.stopped_at), bool(row.cancelled_at)) for row in rows]


def facts():
    return list(RcaTermMilestone.objects.order_by("at").values_list("percent", "at"))


def publish(cast, incident, now):
    reviewer = UserFactory()
    rca = submit_rca(written(cast, incident), by=cast.engineer, now=at(80))
    approve_rca(rca, by=reviewer, now=now)
    return publish_rca(rca, by=reviewer, now=now)


def test_without_a_ticket_it_is_due_at_the_end_of_the_fifth_business_day(cast):
    restored(cast)
    assert terms() == [(at(60), DUE, False, False)]


@pytest.mark.rule("RCA-3", "EXC-2", "SEV-1")
@pytest.mark.parametrize(
    "changes",
    [{"scope": Scope.FEATURE}, {"cause": Cause.PREVIEW}, {"impact": Impact.DEGRADED}],
    ids=["a feature", "preview", "never down in full"],
)
def test_what_is_no_severity_1_of_the_platform_owes_none(cast, changes):
    restored(cast, **changes)
    match_deadlines(now=at(70))
    assert terms() == []


@pytest.mark.rule("RCA-3")
def test_a_clause_for_preview_has_it_owed(cast):
    ContractFactory(tenant=cast.tenant, covers_preview=True)
    restored(cast, cause=Cause.PREVIEW)
    assert terms() == [(at(60), DUE, False, False)]


def test_the_earliest_promise_to_any_affected_customer_binds(cast):
    TenantCalendar.objects.create(tenant=cast.tenant, calendar=BusinessCalendar.objects.get(code="peru"))
    incident = restored(cast)
    assert terms() == [(at(60), DUE + timedelta(hours=2), False, False)]  # six o'clock in Lima
    in_chile = make_cast(at=NOW).tenant
    add_tenants(incident, by=cast.engineer, tenants=[in_chile], now=at(70))
    assert terms() == [(at(60), DUE, False, False)]
    withdraw_tenant(incident, by=cast.engineer, tenant=in_chile, reason="No le afectó", now=at(80))
    assert terms() == [(at(60), DUE + timedelta(hours=2), False, False)]


def test_queries_do_not_grow_with_affected_tenants(cast, django_assert_max_num_queries):
    incident = begin(cast, now=NOW, reach=Reach.ALL, tenants=())
    call_it_platform(cast, incident, now=at(5))
    add_tenants(incident, by=cast.engineer, tenants=[make_cast(at=NOW).tenant for _ in range(8)], now=at(6))
    with django_assert_max_num_queries(70):
        restore(incident, by=cast.engineer, at=at(60), now=at(65))


@pytest.mark.rule("RST-7", "RST-8")
def test_warnings_and_breach_are_kept_once_at_their_instants_and_told(cast):
    incident = restored(cast)
    for quarter in range(4 * 9):  # of a day
        for _ in range(2):
            sweep_rca_terms(now=NOW + timedelta(hours=6 * quarter))
    assert [percent for percent, _ in facts()] == [50, 75, 90, 100]
    assert facts()[-1][1] == DUE
    mails = OutboxMessage.objects.filter(kind="rca_due")
    told = [(mail.context["percent"], mail.to_address) for mail in mails.order_by("pk")]
    engineer, lead = cast.engineer.email, cast.desk_lead.email
    assert [each for each in told if each[0] < 100] == [(50, engineer), (75, engineer), (90, engineer)]
    assert {each for each in told if each[0] == 100} == {
        (100, engineer), (100, lead), (100, cast.executive.email),
    }  # fmt: skip
    letter = mails.first()
    write(letter)
    assert incident.number in letter.subject
    assert "%(" not in letter.subject + letter.body_text


def test_after_a_long_silence_the_latest_alone_is_told(cast):
    restored(cast)
    sweep_rca_terms(now=NOW + timedelta(days=30))
    assert [percent for percent, _ in facts()] == [50, 75, 90, 100]
    mails = OutboxMessage.objects.filter(kind="rca_due")
    assert {mail.context["percent"] for mail in mails} == {100}


def test_the_publication_ends_it_and_what_was_missed_before_stays(cast):
    incident = restored(cast)
    publish(cast, incident, now=DUE + timedelta(days=1))
    sweep_rca_terms(now=DUE + timedelta(days=2))
    assert terms() == [(at(60), DUE, True, False)]
    assert facts()[-1] == (100, DUE)
    assert not OutboxMessage.objects.filter(kind="rca_due").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        RcaTermMilestone.objects.update(percent=50)


def test_published_in_time_there_is_no_breach(cast):
    publish(cast, restored(cast), now=DUE)
    sweep_rca_terms(now=DUE + timedelta(days=9))
    assert 100 not in [percent for percent, _ in facts()]


def test_the_term_restarts_at_the_last_restoration(cast):
    incident = restored(cast)
    later = NOW + timedelta(days=2)
    relapse(incident, by=cast.engineer, impact=Impact.FULL, words="Cae otra vez.", at=later, now=later)
    incident.refresh_from_db()
    restore(incident, by=cast.engineer, at=later + timedelta(hours=1), now=later + timedelta(hours=1))
    assert [(cancelled, started) for started, _, _, cancelled in terms()] == [
        (True, at(60)), (False, later + timedelta(hours=1)),
    ]  # fmt: skip
    incident.refresh_from_db()
    late = NOW + timedelta(days=20)
    with pytest.raises(Refused, match="term of its root cause analysis is over"):
        relapse(incident, by=cast.engineer, impact=Impact.FULL, words="Otra vez.", at=late, now=late)


def test_a_decision_taken_back_owes_none_until_it_is_made_again(cast):
    incident = restored(cast)
    call_it_platform(cast, incident, now=at(90), scope=Scope.OPEN, reason="Era un conector.")
    assert [cancelled for *_, cancelled in terms()] == [True]
    call_it_platform(cast, incident, now=at(95), reason="Era todo.")
    assert terms() == [(at(60), DUE, False, False)]


def test_where_a_linked_ticket_has_the_clock_it_tells_alone(cast):
    incident = begin(cast, now=NOW)
    call_it_platform(cast, incident, now=at(5))
    ticket = raise_ticket(cast, NOW, impact_percent=Decimal(95))
    link_ticket(incident, ticket=ticket, by=cast.engineer, now=at(6))
    restore(incident, by=cast.engineer, at=at(60), now=at(65))
    assert [clock.due_at for clock in ticket.clocks.filter(kind="rca")] == [DUE]
    sweep_rca_terms(now=NOW + timedelta(days=9))
    assert [percent for percent, _ in facts()] == [50, 75, 90, 100]
    assert not OutboxMessage.objects.filter(kind="rca_due").exists()


def test_an_incident_from_before_gets_its_term_from_the_sweep(cast):
    restored(cast)
    RcaTerm.objects.all().delete()
    match_deadlines(now=at(70))
    match_deadlines(now=at(71))
    assert terms() == [(at(60), DUE, False, False)]


def test_the_desk_and_the_customer_see_until_when(cast):
    incident = restored(cast)
    with time_machine.travel(at(120), tick=False):
        desk = text_of(
            signed_in(cast.engineer).get(reverse("admin:incidents_incident_change", args=[incident.pk]))
        )
        own = text_of(
            signed_in(cast.designated.user).get(reverse("incidents:detail", args=[incident.number]))
        )
    for page in (desk, own):
        assert "Due by Mon 30 Nov, 18:00" in page
    with time_machine.travel(DUE + timedelta(days=1), tick=False):
        own = signed_in(cast.designated.user).get(reverse("incidents:detail", args=[incident.number]))
    assert "Breached" in text_of(own)
