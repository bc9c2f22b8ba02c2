"""Which outages a tenant had: what a person decided, in the segments that hold (AVL-3, AVL-5)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.intervals import Interval
from lynnsupport.common.refusal import Refused
from tests.factories import CustomerFactory, TenantFactory, UserFactory
from tests.tickets.stories import chile
from tickets.incidents.domain.segments import Segment
from tickets.incidents.domain.words import Cause, Impact, Reach, Scope
from tickets.incidents.models import Decision, Entry
from tickets.incidents.operations import (
    add_tenants,
    decide,
    join_new_tenants,
    restore,
    revise_impact,
    withdraw_tenant,
)
from tickets.incidents.queries import OutageFact, outages_of
from tickets.models.record import AppendOnlyError

from .stories import begin, call_it_platform

NOW = chile("2026-11-23 10:00")
MONTH = Interval(chile("2026-11-01 00:00"), chile("2026-12-01 00:00"))


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def spans(tenant, period=MONTH):
    return [
        (fact.impact, fact.start, fact.end, fact.scope, fact.cause) for fact in outages_of(tenant, period)
    ]


@pytest.fixture
def incident(cast):
    return begin(cast, now=NOW)


@pytest.mark.rule("AVL-3", "AVL-5")
def test_nothing_counts_before_a_person_has_decided(cast, incident, stranger):
    assert spans(cast.tenant) == []
    call_it_platform(cast, incident, now=at(5))
    assert outages_of(cast.tenant, MONTH) == [
        OutageFact(
            incident=incident.number,
            start=NOW,
            end=None,
            cause="own",
            scope="platform",
            impact="full",
            decided_by=cast.engineer.name,
            decided_at=at(5),
            reason="Ningún servicio responde en ninguna región.",
        )
    ]
    assert spans(stranger.tenant) == []


@pytest.mark.rule("AVL-3")
def test_a_decision_is_taken_back_by_another_and_both_stay(cast, incident):
    call_it_platform(cast, incident, now=at(5))
    call_it_platform(cast, incident, now=at(9), scope=Scope.OPEN, reason="Falta confirmar Perú.")
    assert spans(cast.tenant) == []
    call_it_platform(cast, incident, now=at(12), scope=Scope.FEATURE, reason="Solo el panel.")
    assert spans(cast.tenant) == [("full", NOW, None, "feature", "own")]
    assert list(incident.decisions.values_list("number", "scope", "by")) == [
        (1, "platform", cast.engineer.pk),
        (2, "open", cast.engineer.pk),
        (3, "feature", cast.engineer.pk),
    ]


def test_the_same_decision_pressed_twice_is_one(cast, incident):
    call_it_platform(cast, incident, now=at(5))
    call_it_platform(cast, incident, now=at(6))
    assert incident.decisions.count() == 1


def test_a_decision_never_made_cannot_be_taken_back(cast, incident):
    with pytest.raises(Refused, match="Nobody has decided"):
        call_it_platform(cast, incident, now=at(5), scope=Scope.OPEN)


@pytest.mark.rule("AVL-3")
def test_full_degraded_full_keeps_its_parts_apart(cast, incident):
    call_it_platform(cast, incident, now=at(5), cause=Cause.THIRD_PARTY)
    parts = [
        Segment(Impact.FULL, NOW, at(20)),
        Segment(Impact.DEGRADED, at(20), at(40)),
        Segment(Impact.FULL, at(40), None),
    ]
    revise_impact(incident, by=cast.engineer, segments=parts, reason="Volvió a ratos.", now=at(45))
    restore(incident, by=cast.engineer, at=at(60), now=at(61))
    assert spans(cast.tenant) == [
        ("full", NOW, at(20), "platform", "third_party"),
        ("degraded", at(20), at(40), "platform", "third_party"),
        ("full", at(40), at(60), "platform", "third_party"),
    ]
    assert incident.revisions.count() == 3


def test_only_what_touches_the_period_is_told_and_it_is_uncut(cast, incident):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(60), now=at(61))
    whole = [("full", NOW, at(60), "platform", "own")]
    assert spans(cast.tenant, Interval(at(30), at(90))) == whole
    assert spans(cast.tenant, Interval(at(-30), at(1))) == whole
    assert spans(cast.tenant, Interval(at(59), None)) == whole
    assert spans(cast.tenant, Interval(at(60), at(90))) == []
    assert spans(cast.tenant, Interval(at(-30), NOW)) == []


def test_a_tenant_taken_out_has_no_outage_and_may_come_back(cast, incident):
    call_it_platform(cast, incident, now=at(5))
    withdraw_tenant(
        incident, by=cast.engineer, tenant=cast.tenant, reason="Estaba en otra región.", now=at(6)
    )
    assert spans(cast.tenant) == []
    with pytest.raises(Refused, match="not among"):
        withdraw_tenant(incident, by=cast.engineer, tenant=cast.tenant, reason="Otra vez.", now=at(7))
    add_tenants(incident, by=cast.engineer, tenants=[cast.tenant], now=at(8))
    assert spans(cast.tenant) == [("full", NOW, None, "platform", "own")]


@pytest.mark.rule("AVL-5")
def test_all_and_countries_become_rows_and_new_tenants_join_while_it_lasts(cast):
    peru = TenantFactory(customer=CustomerFactory(country="PE"))
    own = TenantFactory(deployment="on_premise")
    everywhere = begin(cast, now=NOW, reach=Reach.ALL, tenants=[])
    there = begin(cast, now=NOW, reach=Reach.COUNTRIES, countries=["PE"], tenants=[])
    assert set(everywhere.affected.all()) == {cast.tenant, peru}
    assert set(there.affected.all()) == {peru}
    later = TenantFactory(customer=peru.customer)
    assert (join_new_tenants(now=at(5)), join_new_tenants(now=at(6))) == (2, 0)
    assert later in everywhere.affected.all()
    restore(everywhere, by=cast.engineer, at=at(10), now=at(10))
    TenantFactory(customer=peru.customer)
    assert join_new_tenants(now=at(11)) == 1
    assert own not in everywhere.affected.all()


@pytest.mark.parametrize(
    ("segments", "complaint"),
    [
        ([], "No segment"),
        ([(Impact.FULL, 0, 20), (Impact.DEGRADED, 10, None)], "overlap"),
        ([(Impact.FULL, 0, None), (Impact.DEGRADED, 10, None)], "Only the last"),
        ([(Impact.FULL, 0, 0), (Impact.DEGRADED, 10, None)], "ends when it starts"),
        ([(Impact.FULL, 0, 20)], "has an end"),
        ([(Impact.FULL, 0, 20), (Impact.DEGRADED, 300, None)], "future"),
    ],
)
def test_segments_that_cannot_be_are_refused_with_the_reason(cast, incident, segments, complaint):
    parts = [Segment(impact, at(start), None if end is None else at(end)) for impact, start, end in segments]
    with pytest.raises(Refused, match=complaint):
        revise_impact(incident, by=cast.engineer, segments=parts, reason="Corrección", now=at(60))
    assert incident.revisions.count() == 1


def test_the_same_segments_again_are_no_revision(cast, incident):
    same = [Segment(Impact.FULL, NOW, None)]
    revise_impact(incident, by=cast.engineer, segments=same, reason="Igual", now=at(60))
    assert incident.revisions.count() == 1


def test_one_query_more_for_no_further_incident(cast, incident, django_assert_num_queries):
    call_it_platform(cast, incident, now=at(5))
    with django_assert_num_queries(2):
        assert len(outages_of(cast.tenant, MONTH)) == 1
    for _ in range(2):
        call_it_platform(cast, begin(cast, now=NOW), now=at(5))
    with django_assert_num_queries(2):
        assert len(outages_of(cast.tenant, MONTH)) == 3


def test_the_first_line_reads_and_decides_nothing(cast, incident):
    desk = UserFactory(role=Role.DESK)
    with pytest.raises(Refused, match="engineer"):
        decide(incident, by=desk, scope=Scope.PLATFORM, cause=Cause.OWN, reason="Todo", now=at(5))
    with pytest.raises(Refused, match="engineer"):
        restore(incident, by=desk, at=at(5), now=at(5))


def test_decisions_and_revisions_are_never_changed(cast, incident):
    decision = call_it_platform(cast, incident, now=at(5))
    with pytest.raises(AppendOnlyError):
        decision.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(scope="feature")
    with pytest.raises(IntegrityError), transaction.atomic():
        incident.revisions.update(reason="otra")


def test_the_record_says_what_was_done_in_order(cast, incident):
    call_it_platform(cast, incident, now=at(5))
    restore(incident, by=cast.engineer, at=at(10), now=at(11))
    assert [entry.kind for entry in incident.entries.all()] == [
        Entry.Kind.OPENED,
        Entry.Kind.DECIDED,
        Entry.Kind.RESTORED,
    ]


def test_numbers_follow_one_another_and_the_same_form_opens_one(cast, incident):
    key = uuid4()
    second = begin(cast, now=NOW, submission_key=key)
    assert begin(cast, now=NOW, submission_key=key) == second
    assert (incident.number, second.number) == ("INC-2026-0001", "INC-2026-0002")
