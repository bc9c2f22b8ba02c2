"""AVL-4, before it happens: what a planned downtime would cost each tenant, in seconds and in tier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from credits.assembly import Asked, assemble
from credits.domain.cycles import Cycle, period_of
from credits.domain.statement import instant_text, interval_data, recompute
from credits.queries import Policies, contracts_of, in_force_on
from credits.sources import ProductiveHours
from lynnsupport.accounts.models import Contract, Tenant
from lynnsupport.common.intervals import Interval


@dataclass(frozen=True)
class Cost:
    """What the plan does to one cycle of a tenant; `before` and `after` are results of `recompute`."""

    contract: Contract
    month: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def added_seconds(self) -> int:
        return self.after["counted_seconds"] - self.before["counted_seconds"]

    @property
    def credit_before(self) -> int:
        return self.before["binding_credit_percent"]

    @property
    def credit_after(self) -> int:
        return self.after["binding_credit_percent"]

    @property
    def moves_tier(self) -> bool:
        return self.credit_after > self.credit_before

    @property
    def left_seconds(self) -> int:
        """What may still be lost afterwards before the first tier; negative once it is lost."""
        return self.after["allowed_seconds"][0] - self.after["counted_seconds"]


def cost_of(tenants: Sequence[Tenant], plan: Interval, *, is_announced: bool, now: datetime) -> list[Cost]:
    """Each tenant's cycles that the plan touches, as if it ran exactly as planned; queries do not grow.

    Only what it adds to what is on record is counted: windows and outages that it overlaps stay as they are.
    """
    policies = Policies.load()
    if policies is None:
        return []
    asked = [
        Asked(contract, period, policies.at(period.interval(zone).start), as_of=max(now, plan.end))
        for contract in contracts_of(list(tenants)).filter(in_force_on(plan.start.date()))
        for zone in (ZoneInfo(contract.tenant.time_zone),)
        for period in _touched(contract, plan, zone)
    ]
    hours = ProductiveHours(tenants)
    costs = []
    for each, data in zip(asked, assemble(asked), strict=True):
        planned = data | {
            "outages": [*data["outages"], _as_outage(plan, now)],
            "announcements": [
                *data["announcements"],
                *([_as_announcement(plan, each.contract.tenant, hours, now)] if is_announced else []),
            ],
        }
        costs.append(Cost(each.contract, data["cycle"], data["result"], recompute(planned)))
    return sorted(costs, key=lambda cost: (-cost.credit_after, -cost.added_seconds, cost.contract.number))


def _touched(contract: Contract, plan: Interval, zone: ZoneInfo):
    cycle = Cycle.containing(plan.start.astimezone(zone).date(), contract.billing_day)
    while True:
        period = period_of(cycle, contract.billing_day, contract.starts_on, contract.last_day_on)
        if period is None or period.interval(zone).start >= plan.end:
            return
        yield period
        cycle = cycle.shifted(1)


def _as_outage(plan: Interval, now: datetime) -> dict[str, Any]:
    return {
        "incident": "plan",
        **interval_data(plan),
        "cause": "own",
        "scope": "platform",
        "impact": "full",
        "decided_by": "",
        "decided_at": instant_text(now),
        "reason": "",
    }


def _as_announcement(plan: Interval, tenant: Tenant, hours: ProductiveHours, now: datetime) -> dict[str, Any]:
    calendar = hours.of(tenant, plan.start)
    productive = [plan] if calendar is None else calendar.open_intervals(plan.start, plan.end)
    return {
        "notice": "plan",
        **interval_data(plan),
        "announced_at": instant_text(now),
        "proof": "",
        "productive_hours": [interval_data(part) for part in productive],
    }
