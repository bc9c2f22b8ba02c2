"""What the rows refuse, by themselves and in the database."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from lynnsupport.common.refusal import Refused
from sla.domain.targets import ClockKind, Target, Unit
from sla.models import (
    CalendarDay,
    CalendarVersion,
    ContractPolicy,
    PolicyTarget,
    PolicyVersion,
    TenantCalendar,
)
from tests.factories import ContactFactory, ContractFactory, TenantFactory, UserFactory
from tests.sla.factories import (
    BusinessCalendarFactory,
    CalendarDayFactory,
    PolicyTargetFactory,
    PolicyVersionFactory,
    SlaPolicyFactory,
    published_calendar,
    published_policy,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("09:00-18:00", "09:00-18:00"),
        (" 14:00 - 18:00, 9:00–13:00 ", "09:00-13:00 14:00-18:00"),
        ("00:00-24:00", "00:00-24:00"),
        ("22:00-00:00", "22:00-24:00"),
        ("09:00-13:00 13:00-18:00", "09:00-13:00 13:00-18:00"),
    ],
)
def test_hours_are_kept_in_one_form(text, kept):
    calendar = BusinessCalendarFactory.build(saturday=text)
    calendar.full_clean()
    assert calendar.saturday == kept


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nine to five", "«nine to five» is not understood; write hours such as 09:00-13:00."),
        ("09:00-13:00 x", "«x» is not understood; write hours such as 09:00-13:00."),
        ("09:00-25:00", "«09:00-25:00» holds a time that no clock shows."),
        ("24:00-09:00", "«24:00-09:00» holds a time that no clock shows."),
        (
            "18:00-09:00",
            "«18:00-09:00» ends before it starts; write hours over midnight as two days, "
            "up to 24:00 and from 00:00.",
        ),
        (
            "09:00-09:00",
            "«09:00-09:00» ends before it starts; write hours over midnight as two days, "
            "up to 24:00 and from 00:00.",
        ),
        ("09:00-13:00 12:59-18:00", "«12:59-18:00» overlaps the interval before it."),
        ("20:00-24:00 22:00-23:00", "«22:00-23:00» overlaps the interval before it."),
    ],
)
def test_impossible_hours_are_refused_at_their_day(text, error):
    with pytest.raises(ValidationError) as refused:
        BusinessCalendarFactory.build(saturday=text).full_clean()
    assert refused.value.message_dict == {"saturday": [error]}


@pytest.mark.parametrize(
    ("make", "same"),
    [
        (BusinessCalendarFactory, {"is_default": True}),
        (BusinessCalendarFactory, {"code": "uno"}),
        (SlaPolicyFactory, {"is_default": True}),
        (SlaPolicyFactory, {"code": "uno"}),
    ],
)
def test_only_one_of_these(make, same):
    make(**same)
    make()
    with pytest.raises(IntegrityError), transaction.atomic():
        make(**same)


def test_calendar_day_is_in_a_calendar_once():
    day = CalendarDayFactory()
    CalendarDayFactory(date=day.date)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDayFactory(calendar=day.calendar, date=day.date)


@pytest.mark.parametrize(
    ("kind", "hours", "is_possible"),
    [
        ("closed", "", True),
        ("usual", "", True),
        ("special", "09:00-13:00", True),
        ("closed", "09:00-13:00", False),
        ("usual", "09:00-13:00", False),
        ("special", "", False),
    ],
)
def test_calendar_day_has_hours_exactly_where_they_differ(kind, hours, is_possible):
    calendar = BusinessCalendarFactory()
    if is_possible:
        assert CalendarDayFactory(calendar=calendar, kind=kind, hours=hours).pk
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarDayFactory(calendar=calendar, kind=kind, hours=hours)


def test_calendar_says_what_its_next_version_would_be():
    calendar = BusinessCalendarFactory(saturday="10:00-12:00")
    CalendarDayFactory(calendar=calendar, date=date(2026, 12, 25), name="Navidad")
    CalendarDayFactory(
        calendar=calendar, date=date(2026, 12, 24), kind="special", hours="09:00-13:00", name="Nochebuena"
    )
    CalendarDayFactory(calendar=calendar, date=date(2026, 12, 8), kind="usual", name="Inmaculada Concepción")
    assert calendar.definition().to_data() == {
        "time_zone": "America/Santiago",
        "weekly_hours": {
            **dict.fromkeys("01234", "09:00-13:00 14:00-18:00"),
            "5": "10:00-12:00",
            "6": "",
        },
        "closed": {"2026-12-25": "Navidad"},
        "special": {"2026-12-24": {"name": "Nochebuena", "hours": "09:00-13:00"}},
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"critical_over": 100},
        {"low_under": 0},
        {"low_under": 81},
        {"weight_low": 0},
        {"weight_low": "1.1"},
        {"weight_high": "0.95"},
    ],
)
def test_SEV_1_SEV_3_impossible_borders_and_weights_are_refused(wrong):
    policy = SlaPolicyFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersionFactory(policy=policy, **wrong)
    PolicyVersionFactory(policy=policy)


@pytest.mark.parametrize(
    "half",
    [
        {"published_at": NOW},
        {"effective_at": NOW},
        {"published_at": NOW, "effective_at": NOW},
        {"published_at": NOW, "effective_at": NOW, "digest": ""},
        {"digest": "0" * 64},
    ],
)
def test_policy_version_is_published_whole_or_not_at_all(half):
    version = PolicyVersionFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(**half)


def test_policy_has_one_draft():
    version = PolicyVersionFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersionFactory(policy=version.policy, number=2)


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"severity": 0}, {"severity": 4}])
def test_target_leaves_time_at_a_known_severity(wrong):
    version = PolicyVersionFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyTargetFactory(version=version, **wrong)


def test_target_stands_once_per_clock_and_severity():
    target = PolicyTargetFactory()
    PolicyTargetFactory(version=target.version, severity=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyTargetFactory(version=target.version)


def test_policy_version_reads_as_terms():
    target = PolicyTargetFactory(version__weight_low="0.85")
    terms = PolicyVersion.objects.get(pk=target.version_id).terms()
    assert (terms.critical_over, terms.low_under) == (Decimal(80), Decimal(10))
    assert terms.weights == {"low": Decimal("0.85"), "normal": Decimal(1), "high": Decimal("1.1")}
    assert terms.targets == (Target(ClockKind.FIRST_RESPONSE, 1, 15, Unit.ELAPSED_MINUTES, (50, 75, 90)),)


PUBLISHED = (
    "A published version of a policy cannot be changed. Make a new version and publish it.",
    "A published version of a calendar cannot be changed. Correct the calendar and publish a new version.",
)


@pytest.mark.parametrize("act", ["save", "delete"])
def test_published_policy_version_stays(act):
    version = published_policy()
    with pytest.raises(Refused) as refused:
        getattr(version, act)()
    assert str(refused.value) == PUBLISHED[0]


@pytest.mark.parametrize("act", ["save", "delete"])
def test_targets_of_a_published_version_stay(act):
    target = published_policy().targets.get()
    with pytest.raises(Refused) as refused:
        getattr(target, act)()
    assert str(refused.value) == PUBLISHED[0]


def test_published_version_takes_no_further_target():
    version = published_policy()
    with pytest.raises(Refused):
        PolicyTargetFactory(version=version, severity=2)


@pytest.mark.parametrize("act", ["save", "delete"])
def test_calendar_version_stays(act):
    version = published_calendar()
    with pytest.raises(Refused) as refused:
        getattr(version, act)()
    assert str(refused.value) == PUBLISHED[1]


def test_draft_may_be_changed_and_deleted():
    target = PolicyTargetFactory()
    target.amount = 20
    target.save()
    target.version.low_under = 15
    target.version.save()
    target.delete()
    target.version.delete()
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        (PolicyVersion.objects, {"low_under": 20}),
        (PolicyVersion.objects, {"published_at": None, "effective_at": None, "digest": ""}),
        (PolicyTarget.objects, {"amount": 999}),
        (CalendarVersion.objects, {"definition": {}}),
        (CalendarVersion.objects, {"effective_at": NOW}),
    ],
)
def test_database_refuses_to_change_what_was_published(rows, change):
    published_policy()
    published_calendar()
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        rows.update(**change)


def test_database_refuses_to_move_a_target_into_a_published_version():
    published, draft = published_policy(), PolicyTargetFactory(severity=2)
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        PolicyTarget.objects.filter(pk=draft.pk).update(version=published)
    with pytest.raises(IntegrityError, match="published"), transaction.atomic():
        PolicyTarget.objects.bulk_create(
            [PolicyTarget(version=published, kind="restoration", severity=1, amount=1, unit="business_days")]
        )


@pytest.mark.parametrize(
    ("link", "field", "error"),
    [
        (
            lambda: TenantCalendar(tenant=TenantFactory(), calendar=BusinessCalendarFactory()),
            "calendar",
            "This calendar has no published version yet.",
        ),
        (
            lambda: ContractPolicy(contract=ContractFactory(), policy=PolicyVersionFactory().policy),
            "policy",
            "This policy has no published version yet.",
        ),
    ],
)
def test_nobody_is_bound_to_what_was_never_published(link, field, error):
    with pytest.raises(ValidationError) as refused:
        link().full_clean()
    assert refused.value.message_dict == {field: [error]}


def test_SUP_1_RST_4_links_to_published_versions_are_fine():
    TenantCalendar(tenant=TenantFactory(), calendar=published_calendar().calendar).full_clean()
    ContractPolicy(contract=ContractFactory(), policy=published_policy().policy).full_clean()


def test_SUP_5_one_agreement_begins_on_a_day():
    tenant = TenantFactory()
    row = {
        "agreed_with": ContactFactory(),
        "daily_start": time(3),
        "agreed_at": NOW,
        "recorded_by": UserFactory(),
        "recorded_at": NOW,
    }
    tenant.maintenance_agreements.create(effective_on=NOW.date(), **row)
    tenant.maintenance_agreements.create(effective_on=NOW.date() + timedelta(days=1), **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        tenant.maintenance_agreements.create(effective_on=NOW.date(), **row)


def test_triggers_are_there():
    """A later migration that remakes a table on SQLite would drop them silently."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'sla_%'",
        "postgresql": "SELECT tgname FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'sla_%'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert sorted(name for (name,) in cursor.fetchall()) == [
            "calendar_version_stays",
            "case_terms_stay",
            "policy_target_comes_before",
            "policy_target_stays",
            "policy_version_stays",
        ]


def test_calendar_days_name_their_origin():
    assert CalendarDayFactory().origin == CalendarDay.Origin.MANUAL
