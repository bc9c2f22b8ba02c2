"""Invented calendars and policies. `published_calendar` and `published_policy` are in force since 2024."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, PolicyTarget, PolicyVersion, SlaPolicy
from sla.operations import publish_calendar, publish_policy

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
OFFICE_HOURS = "09:00-13:00 14:00-18:00"


class BusinessCalendarFactory(DjangoModelFactory):
    """Office hours Monday to Friday in Santiago, nothing published, not the default."""

    class Meta:
        model = BusinessCalendar

    code = factory.Sequence(lambda n: f"calendario-{n}")
    name = factory.Sequence(lambda n: f"Calendario inventado {n}")
    country = "CL"
    time_zone = "America/Santiago"
    monday = tuesday = wednesday = thursday = friday = OFFICE_HOURS


class CalendarDayFactory(DjangoModelFactory):
    class Meta:
        model = CalendarDay

    calendar = factory.SubFactory(BusinessCalendarFactory)
    date = "2026-12-24"
    name = "Día inventado"


class SlaPolicyFactory(DjangoModelFactory):
    class Meta:
        model = SlaPolicy

    code = factory.Sequence(lambda n: f"politica-{n}")
    name = factory.Sequence(lambda n: f"Política inventada {n}")


class PolicyVersionFactory(DjangoModelFactory):
    """A draft with the agreement's borders and weights, and no target."""

    class Meta:
        model = PolicyVersion

    policy = factory.SubFactory(SlaPolicyFactory)
    number = 1
    critical_over = "80"
    low_under = "10"
    weight_low = "0.9"
    weight_normal = "1.0"
    weight_high = "1.1"
    warning_percents = "50 75 90"


class PolicyTargetFactory(DjangoModelFactory):
    class Meta:
        model = PolicyTarget

    version = factory.SubFactory(PolicyVersionFactory)
    kind = "first_response"
    severity = 1
    amount = 15
    unit = "elapsed_minutes"


def published_calendar(*, effective_at: datetime = SINCE, **fields) -> CalendarVersion:
    calendar = BusinessCalendarFactory(**fields)
    return publish_calendar(calendar, by=None, effective_at=effective_at, now=effective_at)


def published_policy(*, effective_at: datetime = SINCE, minutes: int = 15, **fields) -> PolicyVersion:
    """One version with one target: a first response at severity 1 within `minutes`."""
    target = PolicyTargetFactory(amount=minutes, version__policy=SlaPolicyFactory(**fields))
    return publish_policy(target.version, by=None, effective_at=effective_at, now=effective_at)
