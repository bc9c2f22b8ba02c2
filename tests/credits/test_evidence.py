"""AVL-3 and AVL-4: evidence from platform incidents, notices, agreements, and what is recorded by hand."""

from datetime import time, timedelta

import pytest

from credits.models import AnnouncedDowntime
from credits.operations import (
    publish_credit_policy,
    record_announced_downtime,
    revert_announced_downtime,
    sweep_cycles,
)
from lynnsupport.common.intervals import Interval
from lynnsupport.common.refusal import Refused
from sla.models import MaintenanceAgreement
from tests.factories import TenantFactory
from tickets.incidents.models import AffectedTenant, Decision, ImpactSegment, Incident, Revision
from tickets.incidents.queries import outages_by_tenant, outages_of

from .stories import chile, claim, make_story, outage, statement, swept

pytestmark = pytest.mark.usefixtures("_english")
MAY = {
    "starts_at": chile("2026-01-12 17:00"),
    "ends_at": chile("2026-01-12 20:00"),
    "announced_at": chile("2026-01-10 10:00"),
    "proof": "Correo del 10 de enero a los contactos, archivo 4711",
}
NOW = chile("2026-01-11 10:00")


def incident(story, number, start, end, *, tenants, impact="full", scope="platform", cause="own"):
    made = Incident.objects.create(
        number=number,
        title="Caída",
        description="Caída",
        reach="listed",
        started_at=chile(start),
        detected_at=chile(start),
        restored_at=chile(end) if end else None,
        opened_by=story.engineer,
        opened_at=chile(start),
    )
    for tenant in tenants:
        AffectedTenant.objects.create(incident=made, tenant=tenant, added_at=chile(start))
    by = {"by": story.engineer, "at": chile(start), "reason": "Lo vimos"}
    revision = Revision.objects.create(incident=made, number=1, **by)
    ImpactSegment.objects.create(
        revision=revision, impact=impact, start=chile(start), end=chile(end) if end else None
    )
    Decision.objects.create(incident=made, number=1, scope=scope, cause=cause, **by)
    return made


@pytest.mark.rule("AVL-3", "AVL-5")
def test_many_tenants_outages_are_those_of_each(story, django_assert_num_queries):
    other = TenantFactory(customer=story.customer)
    incident(story, "INC-2026-000001", "2026-01-10 10:00", "2026-01-10 11:00", tenants=[story.tenant, other])
    incident(story, "INC-2026-000002", "2026-01-20 10:00", None, tenants=[other], impact="degraded")
    incident(story, "INC-2026-000003", "2026-01-21 10:00", None, tenants=[other], scope="open")
    incident(story, "INC-2026-000004", "2026-03-01 10:00", None, tenants=[other])
    january = Interval(chile("2026-01-01 00:00"), chile("2026-02-01 00:00"))
    with django_assert_num_queries(3):
        found = outages_by_tenant([story.tenant, other], january)

    assert {tenant.pk: outages_of(tenant, january) for tenant in (story.tenant, other)} == found
    assert [fact.incident for fact in found[other.pk]] == ["INC-2026-000001", "INC-2026-000002"]


@pytest.mark.rule("AVL-3")
def test_a_confirmed_incident_becomes_a_claimable_credit(story):
    incident(story, "INC-2026-000001", "2026-01-10 10:00", "2026-01-10 11:00", tenants=[story.tenant])
    swept("2026-02-01 00:10")

    frozen = statement(story.contract, "2026-01")
    assert frozen.counted_seconds == 3600
    assert frozen.data["outages"][0] == {
        "incident": "INC-2026-000001",
        "start": "2026-01-10T13:00:00Z",
        "end": "2026-01-10T14:00:00Z",
        "cause": "own",
        "scope": "platform",
        "impact": "full",
        "decided_by": story.engineer.name,
        "decided_at": "2026-01-10T13:00:00Z",
        "reason": "Lo vimos",
    }
    assert claim(story.contract, "2026-01").amount == 60_000


# --- maintenance agreements ---


@pytest.mark.rule("SUP-5", "AVL-4")
def test_each_agreement_covers_the_days_until_the_next_one(story, recorded):
    for day, start in (("2025-06-01", time(3)), ("2026-01-11", time(5)), ("2026-02-20", time(1))):
        MaintenanceAgreement.objects.create(
            tenant=story.tenant,
            agreed_with=story.contact,
            daily_start=start,
            effective_on=day,
            agreed_at=NOW - timedelta(days=300),
            recorded_by=story.engineer,
            recorded_at=NOW,
        )
    # three o'clock is covered up to the tenth, five o'clock from the eleventh on
    for day in ("10", "11"):
        recorded(story.tenant, outage(f"2026-01-{day} 03:00", f"2026-01-{day} 04:00", incident=f"INC-{day}"))
        recorded(story.tenant, outage(f"2026-01-{day} 05:00", f"2026-01-{day} 06:00", incident=f"INC-{day}"))
    swept("2026-02-01 00:10")

    frozen = statement(story.contract, "2026-01")
    assert frozen.counted_seconds == 7200
    assert frozen.data["result"]["counted"] == [
        {"start": "2026-01-10T08:00:00Z", "end": "2026-01-10T09:00:00Z"},
        {"start": "2026-01-11T06:00:00Z", "end": "2026-01-11T07:00:00Z"},
    ]
    assert frozen.data["result"]["excluded_seconds"] == 31 * 3600
    assert [each["first_day"] for each in frozen.data["maintenance"]] == ["2025-06-01", "2026-01-11"]


# --- announced by hand ---


@pytest.mark.rule("AVL-4")
def test_an_announced_downtime_excludes_only_what_lies_outside_productive_hours(story, recorded):
    record_announced_downtime(tenant=story.tenant, by=story.engineer, now=NOW, **MAY)
    recorded(story.tenant, outage("2026-01-12 16:50", "2026-01-12 20:30"))
    swept("2026-02-01 00:10")

    frozen = statement(story.contract, "2026-01")
    # 16:50 to 18:00 is productive or early, 18:00 to 20:00 excluded, 20:00 to 20:30 an overrun
    assert frozen.counted_seconds == 70 * 60 + 30 * 60
    assert frozen.data["result"]["excluded_seconds"] == 7200
    assert frozen.data["announcements"][0]["proof"] == MAY["proof"]


@pytest.mark.rule("EXC-3", "AVL-4")
def test_a_reverted_announcement_makes_the_time_count_again(story, recorded):
    row = record_announced_downtime(tenant=story.tenant, by=story.engineer, now=NOW, **MAY)
    recorded(story.tenant, outage("2026-01-12 18:00", "2026-01-12 19:00"))
    swept("2026-02-01 00:10")
    assert statement(story.contract, "2026-01").counted_seconds == 0
    revert_announced_downtime(
        row, by=story.engineer, reason="El correo no salió", now=chile("2026-02-01 10:00")
    )
    revert_announced_downtime(row, by=story.engineer, reason="Otra vez", now=chile("2026-02-01 11:00"))
    assert sweep_cycles(now=chile("2026-02-02 00:10")).corrected == 1

    second = statement(story.contract, "2026-01")
    assert (second.version, second.counted_seconds, second.credit_percent) == (2, 3600, 5)
    assert [each["proof"] for each in second.difference["removed"]["announcements"]] == [MAY["proof"]]
    row.refresh_from_db()
    assert row.revert_reason == "El correo no salió"


@pytest.mark.rule("AVL-4")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_at": MAY["starts_at"]}, "ends before it begins"),
        ({"announced_at": MAY["starts_at"]}, "excludes nothing"),
        ({"announced_at": NOW + timedelta(hours=1)}, "lie in the future"),
        ({"proof": "  "}, "without proof"),
    ],
)
def test_what_proves_nothing_is_refused_with_the_reason(story, wrong, sentence):
    with pytest.raises(Refused, match=sentence):
        record_announced_downtime(tenant=story.tenant, by=story.engineer, now=NOW, **MAY | wrong)
    assert not AnnouncedDowntime.objects.exists()


@pytest.mark.rule("AVL-4")
def test_recorded_twice_it_is_one_and_partners_record_nothing(story):
    for _ in range(2):
        record_announced_downtime(tenant=story.tenant, by=story.engineer, now=NOW, **MAY)
    assert AnnouncedDowntime.objects.count() == 1
    for wrong in (story.contact.user, story.executive):
        with pytest.raises(Refused, match="AVL-4"):
            record_announced_downtime(tenant=story.tenant, by=wrong, now=NOW, **MAY)
        with pytest.raises(Refused, match="AVL-4"):
            revert_announced_downtime(AnnouncedDowntime.objects.get(), by=wrong, reason="x", now=NOW)


# --- policy ---


@pytest.mark.rule("AVL-7", "CRD-1")
def test_the_policy_names_the_binding_reading(story, recorded):
    record_announced_downtime(
        tenant=story.tenant,
        starts_at=chile("2026-02-01 00:00"),
        ends_at=chile("2026-02-15 00:00"),
        announced_at=chile("2026-01-05 00:00"),
        proof="Mudanza",
        by=story.engineer,
        now=NOW,
    )
    # 1,200 s of 2,419,200 s are 99.9503 %; without the windows the same weighs more
    recorded(story.tenant, outage("2026-02-20 10:00", "2026-02-20 10:20"))
    swept("2026-03-01 00:10")
    frozen = statement(story.contract, "2026-02")
    assert frozen.data["result"]["percentage"]["period"] == "99.9503"
    assert (frozen.credit_percent, frozen.tiers_differ) == (0, True)

    publish_credit_policy(
        tiers="99.95=5 99=20",
        binding_reading="excluding",
        claim_days=30,
        reminder_days="7 1",
        effective_at=chile("2026-03-02 00:00"),
        by=story.administrator,
        now=chile("2026-03-01 12:00"),
    )
    other = make_story(starts_on=chile("2026-04-01 00:00").date())
    recorded(other.tenant, outage("2026-04-20 10:00", "2026-04-20 10:30"))
    swept("2026-05-01 00:10")
    assert statement(other.contract, "2026-04").data["policy"]["binding_reading"] == "excluding"
    assert statement(story.contract, "2026-02").version == 1  # what was promised then still binds


def test_a_policy_is_published_by_who_may_and_never_backwards(story):
    terms = {
        "tiers": "99.95=5",
        "binding_reading": "period",
        "claim_days": 30,
        "reminder_days": "",
        "effective_at": NOW,
    }
    with pytest.raises(Refused):
        publish_credit_policy(by=story.engineer, now=NOW, **terms)
    with pytest.raises(Refused, match="in the past"):
        publish_credit_policy(by=story.administrator, now=NOW + timedelta(seconds=1), **terms)
    assert publish_credit_policy(by=story.administrator, now=NOW, **terms).number == 2


# --- not watched ---


@pytest.mark.rule("AVL-5")
def test_what_nobody_watched_is_shown_as_unknown_and_counts_as_up(story, monkeypatch):
    from credits import sources
    from credits.domain.days import Look, days_of

    swept("2026-02-01 00:10")
    gap = Interval(chile("2026-01-15 10:00"), chile("2026-01-15 12:00"))
    frozen = statement(story.contract, "2026-01")
    looks = {day.day.day: day.look for day in days_of(frozen.data, [gap])}
    assert {day for day, look in looks.items() if look is Look.UNKNOWN} == {15}
    assert frozen.counted_seconds == 0
    assert sources.unknown_by_tenant([story.tenant], gap, now=NOW) == {story.tenant.pk: []}
