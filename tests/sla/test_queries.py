"""Which agreement binds: every combination of tenant, contract and kind of case."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from lynnsupport.accounts.domain.roles import Role
from lynnsupport.accounts.models import Designation
from lynnsupport.accounts.queries import is_designated
from sla import queries
from sla.domain.targets import ClockKind, Unit
from sla.models import ContractPolicy, TenantCalendar
from sla.operations import draft_policy, publish_calendar, publish_policy
from tests.factories import ContractFactory, CustomerFactory, TenantFactory, UserFactory, designated_contact
from tests.sla.factories import SINCE, SlaPolicyFactory, published_calendar, published_policy

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def default_calendar():
    return published_calendar(is_default=True)


@pytest.fixture
def default_policy():
    return published_policy(is_default=True)


def expected(*, on_premise, custom, preview, contract_policy, covers_preview, soft_launch):
    """Policy pinned, rule, reasons."""
    if on_premise and not contract_policy:
        return None, "SUP-2", ("on_premise",)
    pinned = "agreed" if contract_policy else "default"
    reasons = []
    if custom and (soft_launch or not contract_policy):
        reasons.append("custom_development")
    if preview and not covers_preview:
        reasons.append("preview")
    if reasons:
        return pinned, {"custom_development": "SUP-3", "preview": "EXC-2"}[reasons[0]], tuple(reasons)
    return (
        ("agreed", "RST-4", ("contract_policy",))
        if contract_policy
        else ("default", "SUP-1", ("default_policy",))
    )


SWITCHES = ("on_premise", "custom", "preview", "contract_policy", "covers_preview", "soft_launch")


@pytest.mark.rule("SUP-1", "SUP-2", "SUP-3", "EXC-2", "RST-4")
@pytest.mark.parametrize("values", list(product([False, True], repeat=len(SWITCHES))))
def test_agreement_in_every_combination(values, default_calendar, default_policy):
    case = dict(zip(SWITCHES, values, strict=True))
    tenant = TenantFactory(deployment="on_premise" if case["on_premise"] else "cloud")
    contract = ContractFactory(
        tenant=tenant,
        covers_preview=case["covers_preview"],
        soft_launch_last_day_on=AT.date() if case["soft_launch"] else None,
    )
    agreed = published_policy(minutes=10)
    if case["contract_policy"]:
        ContractPolicy.objects.create(contract=contract, policy=agreed.policy)

    agreement = queries.agreement_for(
        tenant, at=AT, is_preview=case["preview"], is_custom_development=case["custom"]
    )

    version = {"agreed": agreed, "default": default_policy, None: None}
    which, rule, reasons = expected(**case)
    assert (agreement.policy_version, agreement.rule, agreement.reasons) == (version[which], rule, reasons)
    assert agreement.calendar_version == default_calendar


@pytest.mark.rule("RST-4")
@pytest.mark.parametrize(
    ("starts_on", "last_day_on", "is_in_force"),
    [
        (date(2026, 11, 23), None, True),
        (date(2026, 11, 24), None, False),
        (date(2026, 1, 1), date(2026, 11, 23), True),
        (date(2026, 1, 1), date(2026, 11, 22), False),
    ],
)
@pytest.mark.parametrize("at", ["2026-11-23T03:00:00+00:00", "2026-11-24T02:59:59.999999+00:00"])
def test_RST_4_contract_counts_on_its_days_in_the_tenants_zone(
    starts_on, last_day_on, is_in_force, at, default_calendar, default_policy
):
    """Santiago is three hours behind UTC: the 23rd begins and ends at 03:00 UTC."""
    tenant = TenantFactory(time_zone="America/Santiago")
    contract = ContractFactory(tenant=tenant, starts_on=starts_on, last_day_on=last_day_on)
    agreed = published_policy(minutes=10)
    ContractPolicy.objects.create(contract=contract, policy=agreed.policy)
    agreement = queries.agreement_for(tenant, at=datetime.fromisoformat(at))
    assert agreement.policy_version == (agreed if is_in_force else default_policy)


@pytest.mark.rule("SUP-3")
@pytest.mark.parametrize(
    ("last_day_on", "rule"), [(date(2026, 11, 23), "SUP-3"), (date(2026, 11, 22), "RST-4")]
)
@pytest.mark.parametrize("at", ["2026-11-23T03:00:00+00:00", "2026-11-24T02:59:59.999999+00:00"])
def test_SUP_3_soft_launch_ends_with_its_last_day(last_day_on, rule, at, default_calendar, default_policy):
    tenant = TenantFactory(time_zone="America/Santiago")
    contract = ContractFactory(tenant=tenant, soft_launch_last_day_on=last_day_on)
    ContractPolicy.objects.create(contract=contract, policy=published_policy(minutes=10).policy)
    agreement = queries.agreement_for(tenant, at=datetime.fromisoformat(at), is_custom_development=True)
    assert agreement.rule == rule


@pytest.mark.rule("RST-4")
def test_RST_4_of_two_contracts_the_newest_that_names_a_policy_counts(default_calendar, default_policy):
    tenant = TenantFactory()
    policies = [published_policy(minutes=10), published_policy(minutes=20)]
    for version, starts_on in zip(policies, [date(2026, 1, 1), date(2026, 6, 1)], strict=True):
        contract = ContractFactory(tenant=tenant, starts_on=starts_on)
        ContractPolicy.objects.create(contract=contract, policy=version.policy)
    ContractFactory(tenant=tenant, starts_on=date(2026, 9, 1))  # names none
    assert queries.agreement_for(tenant, at=AT).policy_version == policies[1]


@pytest.mark.rule("RST-4", "SUP-2")
@pytest.mark.parametrize(("deployment", "rule"), [("cloud", "SUP-1"), ("on_premise", "SUP-2")])
def test_contract_policy_not_yet_in_force_is_none(deployment, rule, default_calendar, default_policy):
    contract = ContractFactory(tenant__deployment=deployment)
    later = published_policy(effective_at=AT + timedelta(microseconds=1))
    ContractPolicy.objects.create(contract=contract, policy=later.policy)
    assert queries.agreement_for(contract.tenant, at=AT).rule == rule


@pytest.mark.rule("SUP-1")
def test_SUP_1_tenant_names_its_calendar(default_calendar):
    named, other = TenantFactory(), TenantFactory()
    lima = published_calendar(time_zone="America/Lima")
    TenantCalendar.objects.create(tenant=named, calendar=lima.calendar)
    assert queries.calendar_version_for(named, AT) == lima
    assert queries.calendar_version_for(other, AT) == default_calendar


@pytest.mark.rule("SUP-1")
def test_SUP_1_named_calendar_not_yet_in_force_leaves_the_default(default_calendar):
    tenant = TenantFactory()
    later = published_calendar(effective_at=AT + timedelta(microseconds=1))
    TenantCalendar.objects.create(tenant=tenant, calendar=later.calendar)
    assert queries.calendar_version_for(tenant, AT) == default_calendar
    assert queries.calendar_version_for(tenant, AT + timedelta(microseconds=1)) == later


def test_newest_version_in_force_counts(default_calendar, default_policy):
    tenant, change = TenantFactory(), AT + timedelta(days=1)
    draft = draft_policy(
        default_policy.policy, based_on=default_policy, by=UserFactory(role=Role.ADMINISTRATOR)
    )
    draft.targets.update(amount=30)
    second = publish_policy(draft, by=None, effective_at=change, now=AT)
    calendar = default_calendar.calendar
    calendar.saturday = "10:00-12:00"
    calendar.save()
    second_calendar = publish_calendar(calendar, by=None, effective_at=change, now=AT)

    before = queries.agreement_for(tenant, at=change - timedelta(microseconds=1))
    after = queries.agreement_for(tenant, at=change)
    assert (before.policy_version, before.calendar_version) == (default_policy, default_calendar)
    assert (after.policy_version, after.calendar_version) == (second, second_calendar)
    assert queries.policy_version_for(tenant, change) == second


@pytest.mark.parametrize("zone", ["UTC", "America/Santiago", "Asia/Kolkata"])
def test_zone_in_which_the_moment_is_given_does_not_matter(zone, default_calendar, default_policy):
    since = SINCE.astimezone(ZoneInfo(zone))
    tenant = TenantFactory()
    assert queries.calendar_version_for(tenant, since) == default_calendar
    assert queries.policy_version_for(tenant, since) == default_policy
    for find in (queries.calendar_version_for, queries.policy_version_for):
        with pytest.raises(queries.NoVersionInForce):
            find(tenant, (SINCE - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)))


def test_draft_is_never_in_force(default_calendar, default_policy):
    draft_policy(default_policy.policy, based_on=default_policy, by=UserFactory(role=Role.ADMINISTRATOR))
    assert queries.agreement_for(TenantFactory(), at=AT).policy_version == default_policy


def test_nothing_in_force_is_said(default_calendar):
    tenant = TenantFactory()
    with pytest.raises(queries.NoVersionInForce, match="no default policy"):
        queries.agreement_for(tenant, at=AT)
    SlaPolicyFactory(is_default=True)
    with pytest.raises(queries.NoVersionInForce, match="no default policy"):
        queries.policy_version_for(tenant, AT)
    with pytest.raises(queries.NoVersionInForce, match="no business calendar"):
        queries.calendar_version_for(tenant, SINCE - timedelta(microseconds=1))


@pytest.mark.rule("CON-1", "SUP-2")
@pytest.mark.parametrize("deployment", ["cloud", "on_premise"])
def test_who_is_designated_is_told_beside_the_agreement(deployment, default_calendar, default_policy):
    """By the customer's date, not the tenant's: in Madrid the last day is over while Chile still has it."""
    customer = CustomerFactory(country="CL")
    tenant = TenantFactory(customer=customer, deployment=deployment, time_zone="Europe/Madrid")
    last = datetime(2026, 11, 24, 2, 59, tzinfo=UTC)
    ending, lasting = designated_contact(customer, at=AT), designated_contact(customer, at=AT)
    Designation.objects.filter(contact=ending).update(last_day_on=date(2026, 11, 23))
    other = designated_contact(CustomerFactory(partner=customer.partner), at=AT)
    told = {
        (who, at): queries.agreement_for(tenant, at=at, contact=who).is_designated
        for who in (ending, lasting, other, None)
        for at in (last, last + timedelta(minutes=1))
    }
    assert told == {(who, at): is_designated(who, customer, at) for who, at in told}
    assert [who for (who, at), is_one in told.items() if is_one] == [ending, lasting, lasting]


@pytest.mark.parametrize("others", [0, 2])
def test_agreement_costs_one_query_however_much_there_is(
    others, default_calendar, default_policy, django_assert_num_queries
):
    tenant = TenantFactory()
    for number in range(1 + others):
        contract = ContractFactory(tenant=tenant)
        agreed = published_policy(minutes=number + 1)
        ContractPolicy.objects.create(contract=contract, policy=agreed.policy)
    contact = designated_contact(tenant.customer, at=AT)
    with django_assert_num_queries(1):
        agreement = queries.agreement_for(tenant, at=AT, contact=contact)
        assert agreement.policy_version.digest
        assert agreement.calendar_version.digest


def test_what_a_version_says_is_read_once(default_calendar, default_policy, django_assert_num_queries):
    queries.terms_of(default_policy)
    queries.domain_calendar(default_calendar)
    with django_assert_num_queries(0):
        (target,) = queries.targets_of(default_policy, 1)
        assert (target.kind, target.amount, target.unit) == (
            ClockKind.FIRST_RESPONSE,
            15,
            Unit.ELAPSED_MINUTES,
        )
        assert queries.targets_of(default_policy, 2) == ()
        assert queries.terms_of(default_policy).weights["low"] == Decimal("0.9")
        assert queries.domain_calendar(default_calendar).standard_day == timedelta(hours=8)


def test_versions_that_say_different_things_are_kept_apart():
    one, other = published_policy(minutes=11), published_policy(minutes=12)
    assert [queries.targets_of(each, 1)[0].amount for each in (one, other)] == [11, 12]
    lima, lagos = published_calendar(time_zone="America/Lima"), published_calendar(time_zone="Africa/Lagos")
    assert [queries.domain_calendar(each).time_zone.key for each in (lima, lagos)] == [
        "America/Lima",
        "Africa/Lagos",
    ]
