"""Cycles as pages show them: the frozen statement that holds, or what is true now while nothing is frozen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from credits.assembly import Asked, assemble
from credits.domain.cycles import Cycle, Period, period_of
from credits.models import BillingCycle, Claim, Statement
from credits.queries import Policies, contracts_of
from lynnsupport.accounts.models import Contract, Tenant
from lynnsupport.common.intervals import Interval

BACK = 12  # cycles that a page goes back


@dataclass(frozen=True)
class Shown:
    """One cycle: `statement` is None while it is not frozen, `row` while the sweep has not opened it."""

    contract: Contract
    month: str
    data: dict[str, Any]
    row: BillingCycle | None = None
    statement: Statement | None = None

    @property
    def tenant(self) -> Tenant:
        return self.contract.tenant

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.data["contract"]["time_zone"])

    @property
    def result(self) -> dict[str, Any]:
        return self.data["result"]

    @property
    def reading(self) -> str:
        return self.data["policy"]["binding_reading"]

    @property
    def percentage(self) -> str:
        return self.result["percentage"][self.reading]

    @property
    def is_running(self) -> bool:
        return self.result["is_provisional"]


def shown_cycle(
    tenant: Tenant, month: str, *, now: datetime, contract: str = "", version: int | None = None
) -> Shown | None:
    """The cycle of that month; None where no contract covers it, it has not begun, or lies too far back.

    Of several contracts in one month the newest, unless `contract` names another by its number.
    """
    contracts = [each for each in contracts_of([tenant]) if contract in ("", each.number)]
    rows = {row.contract_id: row for row in BillingCycle.objects.filter(contract__in=contracts, month=month)}
    for each in contracts:
        row = rows.get(each.pk)
        if row is not None:
            row.contract = each
            statement = _statement(row, version)
            if statement is not None:
                return Shown(each, month, statement.data, row, statement)
    if version is not None:
        return None
    covered = []
    for each in contracts:
        row = rows.get(each.pk)
        period = _period(each, row, Cycle.parse(month))
        if period is not None:
            covered.append((each, row, period))
    return next(iter(live(covered[:1], now=now)), None)


def _statement(row: BillingCycle, version: int | None) -> Statement | None:
    statements = row.statements.select_related("policy_version")
    if version is not None:
        statements = statements.filter(version=version)
    return statements.order_by("-version").first()


def _period(contract: Contract, row: BillingCycle | None, cycle: Cycle) -> Period | None:
    after = row.first_day if row is not None else None
    return period_of(cycle, contract.billing_day, contract.starts_on, contract.last_day_on, after=after)


def live(asked: Iterable[tuple[Contract, BillingCycle | None, Period]], *, now: datetime) -> list[Shown]:
    """Cycles as they stand at `now`, those that have begun and do not lie too far back; few queries."""
    policies = Policies.load()
    if policies is None:
        return []
    wanted = []
    for contract, row, period in asked:
        whole = period.interval(ZoneInfo(contract.tenant.time_zone))
        if whole.start <= now and whole.end > now - timedelta(days=31 * (BACK + 1)):
            as_of = min(now, whole.end)
            wanted.append((row, Asked(contract, period, policies.at(whole.start), as_of=as_of)))
    data = assemble([each for _row, each in wanted])
    return [
        Shown(each.contract, str(each.period.cycle), found, row)
        for (row, each), found in zip(wanted, data, strict=True)
    ]


def cycles_over(tenant: Tenant, span: Interval, *, now: datetime) -> list[Shown]:
    """Every cycle of the tenant that the span touches, as it stands: frozen, or measured at `now`.

    One more on either side comes along, for a billing day may have been another when a cycle was cut.
    """
    zone = ZoneInfo(tenant.time_zone)
    first, last = (moment.astimezone(zone).date() for moment in (span.start, span.end or now))
    asked = [
        (contract, cycle)
        for contract in contracts_of([tenant])
        for cycle in _cycles_around(first, last, contract.billing_day)
    ]
    months = {str(cycle) for _contract, cycle in asked}
    rows = {
        (row.contract_id, row.month): row
        for row in BillingCycle.objects.filter(contract__tenant=tenant, month__in=months)
    }
    frozen = Statement.objects.filter(cycle__in=rows.values()).order_by("version")
    statements = {statement.cycle_id: statement for statement in frozen}
    found, unfrozen = [], []
    for contract, cycle in asked:
        row = rows.get((contract.pk, str(cycle)))
        if row is not None and row.pk in statements:
            found.append(Shown(contract, row.month, statements[row.pk].data, row, statements[row.pk]))
        elif (period := _period(contract, row, cycle)) is not None:
            unfrozen.append((contract, row, period))
    return found + live(unfrozen, now=now)


def _cycles_around(first: date, last: date, billing_day: int) -> Iterator[Cycle]:
    cycle = Cycle.containing(first, billing_day).shifted(-1)
    end = Cycle.containing(last, billing_day).shifted(1)
    while cycle <= end:
        yield cycle
        cycle = cycle.shifted(1)


def year_of(tenants: Sequence[Tenant], *, now: datetime) -> dict[int, list[Shown]]:
    """The last cycles of each tenant, newest first, by the tenant's key; queries do not grow with them."""
    contracts = list(contracts_of(tenants))
    rows = list(BillingCycle.objects.filter(contract__in=contracts, ends_at__gt=now - timedelta(days=366)))
    by_key = {contract.pk: contract for contract in contracts}
    for row in rows:
        row.contract = by_key[row.contract_id]
    statements = {
        statement.cycle_id: statement
        for statement in Statement.objects.filter(cycle__in=rows).order_by("cycle", "version")
    }
    shown = [
        Shown(row.contract, row.month, statements[row.pk].data, row, statements[row.pk])
        for row in rows
        if row.pk in statements
    ]
    shown += live(_running(contracts, rows, statements, now), now=now)
    found: dict[int, list[Shown]] = {tenant.pk: [] for tenant in tenants}
    for each in sorted(shown, key=lambda one: one.result["period"]["start"], reverse=True):
        found[each.contract.tenant_id].append(each)
    return found


def _running(contracts, rows, statements, now: datetime):
    """What is not frozen: open rows, and for contracts that the sweep has not seen yet the running cycle."""
    seen = {row.contract_id for row in rows}
    for row in rows:
        if row.pk not in statements:
            period = _period(row.contract, row, row.cycle)
            if period is not None:
                yield row.contract, row, period
    for contract in contracts:
        if contract.pk not in seen:
            today = now.astimezone(ZoneInfo(contract.tenant.time_zone)).date()
            period = _period(contract, None, Cycle.containing(today, contract.billing_day))
            if period is not None:
                yield contract, None, period


def claims_by_cycle(shown: Iterable[Shown]) -> dict[int, Claim]:
    """The claim of each cycle, by the cycle's key; one query."""
    rows = [each.row.pk for each in shown if each.row is not None]
    return {claim.cycle_id: claim for claim in Claim.objects.filter(cycle__in=rows)}
