"""RST-5: a patch is planned, the partner is told at once, and the promise stays as it was."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lynnsupport.common.refusal import Refused
from lynnsupport.outbox.models import OutboxMessage
from tickets.models import AppendOnlyError, PatchPlan
from tickets.operations import plan_patch, record_restoration

from .stories import chile, raise_ticket

NOW = chile("2026-11-23 10:00")
FRIDAY = date(2026, 11, 27)
pytestmark = pytest.mark.rule("RST-5")


@pytest.fixture
def ticket(cast):
    return raise_ticket(cast, NOW)


def plan(ticket, cast, *, day=FRIDAY, details="Corregir el conector", now=NOW):
    return plan_patch(ticket, by=cast.engineer, details=details, planned_on=day, now=now)


def test_RST_5_the_partner_is_told_and_the_deadline_stays(cast, ticket, told):
    told()
    before = ticket.clocks.get(kind="restoration").due_at
    plan(ticket, cast)
    assert ticket.clocks.get(kind="restoration").due_at == before
    assert told() == [("patch_planned", cast.designated.email)]
    context = OutboxMessage.objects.get(kind="patch_planned").context
    assert (context["details"], context["planned_on"]) == ("Corregir el conector", "2026-11-27")
    assert {"clock": "restoration", "due_at": before.isoformat()} in context["deadlines"]


def test_RST_5_a_later_plan_follows_and_the_same_one_is_the_same(cast, ticket, told):
    first = plan(ticket, cast)
    assert plan(ticket, cast) == first
    told()
    plan(ticket, cast, day=FRIDAY + timedelta(days=3), now=NOW + timedelta(hours=1))
    assert [p.planned_on for p in ticket.patch_plans.all()] == [FRIDAY, FRIDAY + timedelta(days=3)]
    assert told() == [("patch_planned", cast.designated.email)]
    with pytest.raises(AppendOnlyError):
        first.delete()


@pytest.mark.parametrize(("day", "is_over"), [(date(2026, 11, 23), False), (date(2026, 11, 22), True)])
def test_RST_5_planned_day_is_one_of_the_tenants(cast, ticket, day, is_over):
    late = chile("2026-11-23 23:30")  # already the 24th in UTC
    if is_over:
        with pytest.raises(Refused, match="RST-5"):
            plan(ticket, cast, day=day, now=late)
    else:
        assert plan(ticket, cast, day=day, now=late).planned_on == day


def test_RST_5_refusals(cast, ticket):
    with pytest.raises(Refused, match="RST-5"):
        plan(ticket, cast, details=" ")
    with pytest.raises(Refused, match="RST-5"):
        plan_patch(ticket, by=cast.designated.user, details="x", planned_on=FRIDAY, now=NOW)
    with pytest.raises(Refused, match="RST-5"):
        plan(raise_ticket(cast, NOW, impact_percent=Decimal(95)), cast)
    with pytest.raises(Refused, match="RST-5"):
        plan(raise_ticket(cast, NOW, reporter=cast.colleague), cast)
    record_restoration(ticket, by=cast.engineer, now=NOW)
    with pytest.raises(Refused, match="RST-5"):
        plan(ticket, cast)
    assert not PatchPlan.objects.exists()
