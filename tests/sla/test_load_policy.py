"""The agreement as shipped: every number of RSP, RST, SEV-1, SEV-3 and RST-8, and SUP-1's calendars."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from sla import queries
from sla.models import (
    BusinessCalendar,
    CalendarDay,
    CalendarVersion,
    PolicyTarget,
    PolicyVersion,
    SlaPolicy,
)
from sla.shipped import load_agreement
from tests.factories import TenantFactory
from tests.sla.factories import BusinessCalendarFactory, SlaPolicyFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def run() -> str:
    out = StringIO()
    call_command("load_policy", stdout=out)
    return out.getvalue()


def everything():
    models = (SlaPolicy, PolicyVersion, PolicyTarget, BusinessCalendar, CalendarDay, CalendarVersion)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.mark.rule("RSP-1", "RSP-2", "RSP-3", "RSP-4", "RST-1", "RST-2", "RST-3", "RST-8", "SEV-1", "SEV-3")
def test_shipped_policy_says_what_the_agreement_says():
    load_agreement(now=NOW)
    agreement = queries.agreement_for(TenantFactory(), at=NOW)
    terms = queries.terms_of(agreement.policy_version)
    assert (terms.critical_over, terms.low_under) == (Decimal(80), Decimal(10))
    assert terms.weights == {"low": Decimal("0.9"), "normal": Decimal(1), "high": Decimal("1.1")}
    assert {each.warning_percents for each in terms.targets} == {(50, 75, 90)}
    assert {(each.rule, each.kind, each.severity): (each.amount, each.unit) for each in terms.targets} == {
        ("RSP-1", "first_response", 1): (15, "elapsed_minutes"),
        ("RSP-2", "first_response", 2): (60, "business_minutes"),
        ("RSP-3", "first_response", 3): (120, "business_minutes"),
        ("RSP-4", "next_response", 1): (15, "elapsed_minutes"),
        ("RSP-4", "next_response", 2): (60, "business_minutes"),
        ("RSP-4", "next_response", 3): (120, "business_minutes"),
        ("RST-1", "restoration_goal", 1): (60, "business_minutes"),
        ("RST-1", "restoration", 1): (240, "business_minutes"),
        ("RST-2", "restoration", 2): (1, "business_days"),
        ("RST-3", "restoration", 3): (2, "business_days"),
        ("RCA-1", "rca", 1): (5, "business_day_ends"),
    }


@pytest.mark.rule("SUP-1")
@pytest.mark.parametrize(
    ("code", "country", "time_zone"),
    [
        ("chile", "CL", "America/Santiago"),
        ("peru", "PE", "America/Lima"),
        ("ecuador", "EC", "America/Guayaquil"),
    ],
)
def test_SUP_1_shipped_calendars(code, country, time_zone):
    load_agreement(now=NOW)
    version = CalendarVersion.objects.get(calendar__code=code)
    assert (version.calendar.country, version.definition["time_zone"]) == (country, time_zone)
    assert version.definition["weekly_hours"] == {
        **dict.fromkeys("01234", "09:00-13:00 14:00-18:00"),
        "5": "",
        "6": "",
    }
    assert {day[:4] for day in version.definition["closed"]} == {str(year) for year in range(2024, 2031)}
    assert queries.domain_calendar(version).standard_day == timedelta(hours=8)


@pytest.mark.rule("SUP-1")
def test_SUP_1_chile_is_the_default():
    load_agreement(now=NOW)
    version = queries.agreement_for(TenantFactory(), at=NOW).calendar_version
    assert version.calendar.code == "chile"
    calendar = queries.domain_calendar(version)
    assert not calendar.is_open(datetime(2026, 12, 25, 13, tzinfo=UTC))
    assert calendar.is_open(datetime(2026, 12, 28, 13, tzinfo=UTC))


def test_second_run_changes_nothing_and_says_so():
    assert run().splitlines() == [
        "Published: Acuerdo de soporte, version 1",
        "Published: Closing and reminders, version 1",
        "Published: Chile, version 1",
        "Published: Perú, version 1",
        "Published: Ecuador, version 1",
        "Published: Credit policy, version 1",
    ]
    before = everything()
    assert run().splitlines() == [
        "Already there, left as it is: Acuerdo de soporte",
        "Already there, left as it is: Closing and reminders, version 1",
        "Already there, left as it is: Chile",
        "Already there, left as it is: Perú",
        "Already there, left as it is: Ecuador",
        "Nothing to do.",
    ]
    assert everything() == before


def test_what_an_administrator_edited_stays():
    load_agreement(now=NOW)
    calendar = BusinessCalendar.objects.get(code="chile")
    calendar.friday = "09:00-12:00"
    calendar.save()
    calendar.days.filter(date=date(2026, 12, 25)).update(kind="usual", origin="manual")
    SlaPolicy.objects.update(name="Acuerdo corregido")
    before = everything()
    assert load_agreement(now=NOW).published == ()
    assert everything() == before


def test_administrators_own_defaults_stay():
    BusinessCalendarFactory(code="propio", is_default=True)
    SlaPolicyFactory(code="propia", is_default=True)
    load_agreement(now=NOW)
    assert list(BusinessCalendar.objects.filter(is_default=True).values_list("code", flat=True)) == ["propio"]
    assert list(SlaPolicy.objects.filter(is_default=True).values_list("code", flat=True)) == ["propia"]
