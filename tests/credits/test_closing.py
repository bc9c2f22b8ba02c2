"""AVL-6: cycles are opened, closed with a statement, and measured again when evidence comes late."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from credits.domain.statement import recompute
from credits.models import BillingCycle, Claim, ClaimEvent, CreditPolicyVersion, LedgerEntry, Statement
from credits.operations import Swept, sweep_cycles
from lynnsupport.accounts.models import Contract
from sla.domain.calendar_definition import digest
from tests.factories import ContractFactory, TenantFactory
from tickets.models.record import AppendOnlyError

from .stories import chile, claim, cycle, make_story, outage, statement, swept

pytestmark = [pytest.mark.rule("AVL-6"), pytest.mark.usefixtures("_english")]


def months(contract):
    return list(contract.billing_cycles.order_by("month").values_list("month", flat=True))


def test_a_cycle_is_closed_at_its_end_and_the_next_one_opened(story, recorded):
    swept("2026-01-20 10:00")
    assert (months(story.contract), Statement.objects.count()) == (["2026-01"], 0)
    assert cycle(story.contract, "2026-01").next_check_at == chile("2026-02-01 00:00")

    assert sweep_cycles(now=chile("2026-01-31 23:59:59")) == Swept()
    assert sweep_cycles(now=chile("2026-02-01 00:00")) == Swept(opened=1, closed=1)
    assert sweep_cycles(now=chile("2026-02-01 00:01")) == Swept()

    frozen = statement(story.contract, "2026-01")
    assert (frozen.version, frozen.percentage, frozen.credit_percent) == (1, "100.0000", 0)
    assert frozen.data["result"]["is_provisional"] is False
    assert months(story.contract) == ["2026-01", "2026-02"]
    assert not Claim.objects.exists()


def test_one_sweep_catches_up_with_months_of_silence(story, recorded):
    recorded(story.tenant, outage("2026-03-10 10:00", "2026-03-10 11:00"))

    assert sweep_cycles(now=chile("2026-06-15 10:00")).closed == 5

    assert months(story.contract) == [f"2026-0{month}" for month in range(1, 7)]
    assert Statement.objects.count() == 5
    assert statement(story.contract, "2026-03").credit_percent == 5
    # measured as they stood at their end, whenever that was noticed
    assert {row.data["as_of"] for row in Statement.objects.filter(cycle__month="2026-03")} == {
        "2026-04-01T03:00:00Z"
    }


def test_a_limit_bounds_what_one_call_takes(story):
    assert sweep_cycles(now=chile("2026-06-15 10:00"), limit=2).closed == 2
    assert sweep_cycles(now=chile("2026-06-15 10:00")).closed == 3


def test_a_statement_recomputes_to_itself(story, recorded):
    recorded(story.tenant, outage("2026-03-10 10:00", "2026-03-10 11:00"))
    swept("2026-04-02 10:00")

    for frozen in Statement.objects.all():
        assert recompute(frozen.data) == frozen.data["result"]
        assert digest(frozen.data) == frozen.digest


def test_an_open_outage_is_counted_to_the_end_of_the_cycle_and_into_the_next(story, recorded):
    recorded(story.tenant, outage("2026-01-31 23:00", None))
    swept("2026-02-01 03:00")

    assert statement(story.contract, "2026-01").counted_seconds == 3600


@pytest.mark.rule("AVL-2")
def test_a_contract_that_ends_inside_a_cycle_closes_with_a_shorter_period(story):
    Contract.objects.filter(pk=story.contract.pk).update(last_day_on=date(2026, 2, 10))
    swept("2026-03-05 10:00")

    assert months(story.contract) == ["2026-01", "2026-02"]
    last = statement(story.contract, "2026-02").data
    assert last["period"] == {"first_day": "2026-02-01", "day_after": "2026-02-11", "cycle_days": 28}
    assert last["result"]["period_seconds"] == 10 * 86_400
    assert last["result"]["base"] == f"{1_200_000 * 10 // 4 // 7}/1" or last["result"]["base"] == "3000000/7"
    assert sweep_cycles(now=chile("2026-03-05 10:01")) == Swept()


def test_a_contract_that_is_extended_goes_on(story):
    Contract.objects.filter(pk=story.contract.pk).update(last_day_on=date(2026, 1, 31))
    swept("2026-02-05 10:00")
    assert months(story.contract) == ["2026-01"]
    Contract.objects.filter(pk=story.contract.pk).update(last_day_on=None)
    swept("2026-02-05 10:01")

    assert months(story.contract) == ["2026-01", "2026-02"]


@pytest.mark.rule("AVL-2")
def test_a_changed_billing_day_leaves_no_day_out_and_counts_none_twice(story):
    swept("2026-02-05 10:00")
    Contract.objects.filter(pk=story.contract.pk).update(billing_day=15)
    swept("2026-04-20 10:00")

    days = list(story.contract.billing_cycles.order_by("month").values_list("first_day", "day_after"))
    assert days == [
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 2, 1), date(2026, 3, 15)),
        (date(2026, 3, 15), date(2026, 4, 15)),
        (date(2026, 4, 15), date(2026, 5, 15)),
    ]


@pytest.mark.rule("SUP-2")
def test_nothing_is_measured_on_premise_or_before_a_policy_is_loaded(db):
    on_premise = make_story()
    assert sweep_cycles(now=chile("2026-06-15 10:00")) == Swept()
    type(on_premise.tenant).objects.update(deployment="on_premise")
    CreditPolicyVersion.objects.create(
        number=1,
        tiers="99.95=5",
        effective_at=chile("2024-01-01 00:00"),
        published_at=chile("2024-01-01 00:00"),
    )
    assert sweep_cycles(now=chile("2026-06-15 10:00")) == Swept()


def test_a_portal_put_into_service_late_closes_one_year(agreement):
    contract = ContractFactory(tenant=TenantFactory(time_zone="America/Santiago"))
    swept("2026-06-15 10:00")

    assert months(contract)[0] == "2025-06"
    assert contract.billing_cycles.count() == 13


def test_the_policy_of_the_cycles_beginning_binds(story, recorded):
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    recorded(story.tenant, outage("2026-02-10 10:00", "2026-02-10 11:00"))
    CreditPolicyVersion.objects.create(
        number=2,
        tiers="99.95=7 99.0=25",
        claim_days=10,
        effective_at=chile("2026-01-15 00:00"),
        published_at=chile("2026-01-15 00:00"),
    )
    swept("2026-03-02 10:00")

    assert [statement(story.contract, month).credit_percent for month in ("2026-01", "2026-02")] == [5, 7]
    assert claim(story.contract, "2026-02").last_day_on == date(2026, 3, 10)


# --- later evidence ---


def test_later_evidence_makes_a_second_version_with_what_differs(story, recorded, told):
    swept("2026-02-01 00:10")
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    assert sweep_cycles(now=chile("2026-02-01 23:00")) == Swept()
    assert sweep_cycles(now=chile("2026-02-02 00:10")) == Swept(corrected=1)
    assert sweep_cycles(now=chile("2026-02-03 00:10")) == Swept()

    second = statement(story.contract, "2026-01")
    assert second.version == 2
    assert [each["incident"] for each in second.difference["added"]["outages"]] == ["INC-2026-0001"]
    assert second.difference["figures"]["counted_seconds"] == {"before": 0, "after": 3600}
    assert second.difference["figures"]["amount"] == {"before": "0", "after": "60000"}
    assert recompute(second.data) == second.data["result"]
    assert told() == [("credit_claimable", story.contact.email)]


def test_evidence_is_looked_for_until_a_quarter_has_passed(story, recorded):
    swept("2026-02-01 00:10")
    row = cycle(story.contract, "2026-01")
    assert row.next_check_at == chile("2026-02-02 00:10")
    sweep_cycles(now=row.ends_at + timedelta(days=91, hours=12))
    row.refresh_from_db()
    assert row.next_check_at is None


# --- for ever ---


def test_nothing_that_was_written_can_be_changed(story, recorded):
    recorded(story.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    swept("2026-02-02 10:00")

    for model, change in (
        (Statement, {"counted_seconds": 0}),
        (ClaimEvent, {"reason": "otra"}),
        (CreditPolicyVersion, {"claim_days": 1}),
    ):
        assert model.objects.exists()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(**change)
        row = model.objects.first()
        with pytest.raises(AppendOnlyError):
            row.save()
        with pytest.raises(AppendOnlyError):
            row.delete()
    assert not LedgerEntry.objects.update(amount=F("amount"))  # none yet


@pytest.mark.parametrize("tenants", [1, 3])
def test_queries_do_not_grow_with_what_is_closed(agreement, recorded, django_assert_num_queries, tenants):
    stories = [make_story() for _ in range(tenants)]
    for each in stories:
        recorded(each.tenant, outage("2026-01-10 10:00", "2026-01-10 11:00"))
    swept("2026-01-20 10:00")

    with django_assert_num_queries(QUERIES_PER_CLOSE):
        swept("2026-02-01 10:00")
    assert Claim.objects.count() == tenants == BillingCycle.objects.filter(closed_at__isnull=False).count()


QUERIES_PER_CLOSE = 21
