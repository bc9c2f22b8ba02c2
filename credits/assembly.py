"""Statements put together from their evidence: what was known about a cycle, as data, and what follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from credits import sources
from credits.domain.cycles import ONE_DAY, Period
from credits.domain.statement import RULES, Data, instant_text, interval_data, recompute
from credits.models import CreditPolicyVersion
from lynnsupport.accounts.models import Contract, Tenant
from lynnsupport.common.intervals import Interval
from sla.models import MaintenanceAgreement


@dataclass(frozen=True)
class Asked:
    """A cycle to be measured as it stands at `as_of`."""

    contract: Contract
    period: Period
    policy: CreditPolicyVersion
    as_of: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.contract.tenant.time_zone)

    @property
    def interval(self) -> Interval:
        return self.period.interval(self.zone)


class Evidence:
    """What is on record for many tenants over a stretch of time; a constant number of queries."""

    def __init__(self, tenants: Iterable[Tenant], whole: Interval) -> None:
        distinct = list({tenant.pk: tenant for tenant in tenants}.values())
        self._outages = sources.outages_by_tenant(distinct, whole)
        self._announcements = sources.announcements_by_tenant(distinct, whole)
        self._maintenance = sources.maintenance_by_tenant(distinct)
        self._hours = sources.ProductiveHours(distinct)

    def outages(self, tenant: Tenant, within: Interval) -> list[dict[str, Any]]:
        facts = [fact for fact in self._outages.get(tenant.pk, ()) if _touches(fact.start, fact.end, within)]
        ordered = sorted(facts, key=lambda fact: (fact.start, fact.incident, instant_text(fact.decided_at)))
        return [
            {
                "incident": fact.incident,
                **interval_data(Interval(fact.start, fact.end)),
                "cause": str(fact.cause),
                "scope": str(fact.scope),
                "impact": str(fact.impact),
                "decided_by": fact.decided_by,
                "decided_at": instant_text(fact.decided_at),
                "reason": fact.reason,
            }
            for fact in ordered
        ]

    def announcements(self, tenant: Tenant, within: Interval) -> list[dict[str, Any]]:
        facts = [
            fact
            for fact in self._announcements.get(tenant.pk, ())
            if _touches(fact.window.start, fact.window.end, within)
        ]
        return [
            {
                "notice": fact.notice,
                **interval_data(fact.window),
                "announced_at": instant_text(fact.announced_at),
                "proof": fact.proof,
                "productive_hours": self._productive(tenant, fact.window),
            }
            for fact in sorted(facts, key=lambda fact: (fact.window.start, fact.notice))
        ]

    def _productive(self, tenant: Tenant, window: Interval) -> list[dict[str, Any]]:
        calendar = self._hours.of(tenant, window.start)
        if calendar is None:
            return [interval_data(window)]
        return [interval_data(part) for part in calendar.open_intervals(window.start, window.end)]

    def maintenance(self, tenant: Tenant, period: Period) -> list[dict[str, str]]:
        """The agreement in force on the eve of the period, and those that begin within it."""
        rows = list(self._maintenance.get(tenant.pk, ()))
        eve = period.first_day - ONE_DAY
        before = [row for row in rows if row.effective_on <= eve][-1:]
        within = [row for row in rows if eve < row.effective_on < period.day_after]
        return [_agreement_data(row) for row in (*before, *within)]


def _agreement_data(row: MaintenanceAgreement) -> dict[str, str]:
    return {
        "daily_start": time.isoformat(row.daily_start),
        "first_day": row.effective_on.isoformat(),
        "agreed_with": row.agreed_with.name,
        "agreed_at": instant_text(row.agreed_at),
        "proof": f"maintenance-{row.pk}",
    }


def _touches(start: datetime, end: datetime | None, within: Interval) -> bool:
    return (within.end is None or start < within.end) and (end is None or end > within.start)


def assemble(asked: Sequence[Asked], *, like: Mapping[int, Data] | None = None) -> Iterator[dict[str, Any]]:
    """The statement of each cycle as data, in the order asked; queries do not grow with their number.

    `like` gives, by position, an earlier statement whose policy and borders stay as they were.
    """
    if not asked:
        return
    starts = min(each.interval.start for each in asked)
    ends = max(each.interval.end for each in asked)
    evidence = Evidence((each.contract.tenant for each in asked), Interval(starts, ends))
    for position, each in enumerate(asked):
        yield _statement(each, evidence, (like or {}).get(position))


def _statement(asked: Asked, evidence: Evidence, earlier: Data | None) -> dict[str, Any]:
    contract, tenant, within = asked.contract, asked.contract.tenant, asked.interval
    data: dict[str, Any] = {
        "rules": RULES,
        "cycle": str(asked.period.cycle),
        "period": {
            "first_day": asked.period.first_day.isoformat(),
            "day_after": asked.period.day_after.isoformat(),
            "cycle_days": asked.period.cycle_days,
        },
        "as_of": instant_text(asked.as_of),
        "tenant": {"id": tenant.code, "name": tenant.name, "customer": tenant.customer.name},
        "contract": {
            "number": contract.number,
            "time_zone": tenant.time_zone,
            "billing_day": contract.billing_day,
            "billing": str(contract.billing),
            "currency": str(contract.currency),
            "base_monthly_value": _figure(contract.base_monthly_value),
            "base_annual_value": _figure(contract.base_annual_value),
        },
        "policy": _policy_data(asked.policy),
        "outages": evidence.outages(tenant, within),
        "maintenance": evidence.maintenance(tenant, asked.period),
        "announcements": evidence.announcements(tenant, within),
    }
    if earlier is not None:
        data["policy"] = earlier["policy"]
        data["contract"]["time_zone"] = earlier["contract"]["time_zone"]
        data["contract"]["billing_day"] = earlier["contract"]["billing_day"]
    data["result"] = recompute(data)
    return data


def _policy_data(policy: CreditPolicyVersion) -> dict[str, Any]:
    return {
        "version": policy.number,
        "tiers": [{"under": str(tier.under), "credit": tier.credit} for tier in policy.tier_list()],
        "binding_reading": str(policy.binding_reading),
        "claim_days": policy.claim_days,
    }


def _figure(value: object) -> str | None:
    return None if value is None else f"{value:.2f}"
