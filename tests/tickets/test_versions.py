"""A running ticket keeps what it was promised, until an administrator applies the versions in force."""

from datetime import date, timedelta

import pytest

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.common.refusal import Refused
from sla.models import BusinessCalendar, CalendarDay, PolicyTarget, SlaPolicy
from sla.operations import draft_policy, publish_calendar, publish_policy
from tests.factories import UserFactory
from tickets.operations import (
    answer_customer,
    apply_versions,
    decide_severity,
    preview_versions,
    record_restoration,
    sweep_clocks,
)
from tickets.verification import differences

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
NOON = chile("2026-11-23 12:00")


@pytest.fixture
def administrator(db):
    return UserFactory(role=Role.ADMINISTRATOR)


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


def restoration(ticket):
    return ticket.clocks.get(kind="restoration")


def closed_tuesday(now=NOON):
    calendar = BusinessCalendar.objects.get(is_default=True)
    CalendarDay.objects.create(calendar=calendar, date=date(2026, 11, 24), name="Feriado decretado")
    return publish_calendar(calendar, by=None, effective_at=now, now=now)


def shorter_policy(administrator, now=NOON, minutes=120):
    policy = SlaPolicy.objects.get(is_default=True)
    draft = draft_policy(policy, based_on=policy.versions.get(number=1), by=administrator)
    PolicyTarget.objects.filter(version=draft, kind="restoration", severity=2).update(
        amount=minutes, unit="business_minutes"
    )
    return publish_policy(draft, by=administrator, effective_at=now, now=now)


@pytest.mark.rule("SUP-1")
def test_a_new_version_moves_no_running_clock_by_itself(cast, ticket):
    before = restoration(ticket).due_at
    version = closed_tuesday()
    decide_severity(ticket, by=cast.engineer, severity=3, reason="Menor", now=NOON)
    decide_severity(ticket, by=cast.engineer, severity=2, reason="Mayor", now=NOON)
    assert (restoration(ticket).due_at, before) == (chile("2026-11-24 10:00"),) * 2
    assert raise_ticket(cast, NOON).calendar_version == version


@pytest.mark.rule("SUP-1", "SEV-5")
def test_applied_it_counts_from_the_original_start(cast, ticket, administrator, told):
    version = closed_tuesday()
    moved = preview_versions([ticket], now=NOON)
    assert [(m.clock.kind, m.due_before, m.due_after, m.is_kept) for m in moved if not m.is_kept] == [
        ("restoration", chile("2026-11-24 10:00"), chile("2026-11-25 10:00"), False)
    ]
    told()
    applied = apply_versions([ticket], by=administrator, reason="Feriado decretado", now=NOON)
    assert (applied.changed, applied.kept) == ((ticket,), ())
    clock = restoration(ticket)
    assert (clock.due_at, clock.calendar_version) == (chile("2026-11-25 10:00"), version)
    event = ticket.events.get(kind="versions_applied")
    assert (event.by, event.reason) == (administrator, "Feriado decretado")
    assert list(differences(NOON)) == []
    again = apply_versions([ticket], by=administrator, reason="Otra vez", now=NOON)
    assert (again.changed, again.kept) == ((), (ticket,))


@pytest.mark.rule("RST-2", "SEV-5")
def test_a_shorter_target_never_ends_before_the_act(cast, ticket, administrator, told):
    answer_customer(ticket, by=cast.engineer, body="Lo vemos", now=NOW)
    later = chile("2026-11-23 16:00")
    version = shorter_policy(administrator, now=later)
    told()
    apply_versions([ticket], by=administrator, reason="Nuevo acuerdo", now=later)
    clock = restoration(ticket)
    assert (clock.due_at, clock.policy_version, clock.amount) == (chile("2026-11-23 18:00"), version, 120)
    assert told() == [("versions_applied", cast.designated.email)]


@pytest.mark.rule("RST-7")
def test_what_was_met_or_breached_stays(cast, administrator):
    met, breached = raise_ticket(cast, NOW), raise_ticket(cast, NOW)
    record_restoration(met, by=cast.engineer, now=NOW + timedelta(minutes=5))
    late = chile("2026-11-24 12:00")
    sweep_clocks(now=late)
    shorter_policy(administrator, now=late, minutes=960)
    assert [
        m.is_kept for m in preview_versions([met, breached], now=late) if m.clock.kind == "restoration"
    ] == [True]
    apply_versions([met, breached], by=administrator, reason="Nuevo acuerdo", now=late)
    assert (restoration(met).state, restoration(breached).state) == ("met", "breached")
    assert restoration(breached).policy_version.number == 1
    assert list(differences(late)) == []


def test_refusals(cast, ticket, administrator):
    closed_tuesday()
    with pytest.raises(Refused):
        apply_versions([ticket], by=cast.engineer, reason="Feriado", now=NOON)
    with pytest.raises(Refused):
        apply_versions([ticket], by=administrator, reason=" ", now=NOON)
    assert restoration(ticket).due_at == chile("2026-11-24 10:00")
