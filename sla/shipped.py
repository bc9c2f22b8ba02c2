"""The agreement as the product ships it: loaded once, never over what an administrator made of it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from sla.models import (
    BusinessCalendar,
    CalendarVersion,
    CaseTerms,
    PolicyTarget,
    PolicyVersion,
    SlaPolicy,
)
from sla.operations import import_holidays, publish_calendar, publish_case_terms, publish_policy

AGREEMENT = Path(__file__).parent / "data" / "agreement.toml"
WORKING_DAYS = BusinessCalendar.WEEKDAY_FIELDS[:5]


@dataclass(frozen=True)
class Loaded:
    """What loading did: versions newly published, and what was there already and stayed as it was."""

    published: tuple[PolicyVersion | CalendarVersion | CaseTerms, ...]
    kept: tuple[SlaPolicy | BusinessCalendar | CaseTerms, ...]


@transaction.atomic
def load_agreement(*, now: datetime) -> Loaded:
    """Ships policy and calendars that are not there yet, by their codes."""
    agreement = tomllib.loads(AGREEMENT.read_text(encoding="utf-8"))
    effective_at = agreement["effective_at"]
    published: list[PolicyVersion | CalendarVersion | CaseTerms] = []
    kept: list[SlaPolicy | BusinessCalendar | CaseTerms] = []
    policy = SlaPolicy.objects.filter(code=agreement["policy"]["code"]).first()
    if policy is None:
        published.append(_ship_policy(agreement["policy"], effective_at=effective_at, now=now))
    else:
        kept.append(policy)
    terms = CaseTerms.objects.order_by("number").last()
    if terms is None:
        published.append(
            publish_case_terms(
                CaseTerms(**agreement["case_terms"]), by=None, effective_at=effective_at, now=now
            )
        )
    else:
        kept.append(terms)
    for shipped in agreement["calendars"]:
        calendar = BusinessCalendar.objects.filter(code=shipped["code"]).first()
        if calendar is None:
            calendar = _ship_calendar(shipped)
            import_holidays(calendar, years=agreement["holiday_years"], by=None, now=now)
            published.append(publish_calendar(calendar, by=None, effective_at=effective_at, now=now))
        else:
            kept.append(calendar)
    return Loaded(published=tuple(published), kept=tuple(kept))


def _ship_policy(shipped: Mapping, *, effective_at: datetime, now: datetime) -> PolicyVersion:
    terms = {name: value for name, value in shipped.items() if name not in ("code", "name", "targets")}
    policy = SlaPolicy.objects.create(
        code=shipped["code"], name=shipped["name"], is_default=_none_is_default(SlaPolicy)
    )
    version = PolicyVersion.objects.create(policy=policy, number=1, **terms)
    for target in shipped["targets"]:
        PolicyTarget.objects.create(version=version, **target)
    return publish_policy(version, by=None, effective_at=effective_at, now=now)


def _ship_calendar(shipped: Mapping) -> BusinessCalendar:
    return BusinessCalendar.objects.create(
        code=shipped["code"],
        name=shipped["name"],
        country=shipped["country"],
        time_zone=shipped["time_zone"],
        is_default=shipped.get("is_default", False) and _none_is_default(BusinessCalendar),
        **dict.fromkeys(WORKING_DAYS, shipped["weekday_hours"]),
    )


def _none_is_default(model: type[SlaPolicy | BusinessCalendar]) -> bool:
    return not model.objects.filter(is_default=True).exists()
