"""The sweep over billing cycles: opened, closed with a statement, measured again for a while (AVL-6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from credits.assembly import Asked, assemble
from credits.domain.cycles import Cycle, Period, period_of
from credits.domain.statement import difference, same_evidence
from credits.models import BillingCycle, CreditPolicyVersion, Statement
from credits.queries import Policies
from lynnsupport.accounts.models import Contract, Tenant
from sla.domain.calendar_definition import digest

from .consequences import draw_consequences

BATCH = 200
FIRST_CYCLES_BACK = 12  # a portal that is put into service late closes a year, not a decade
MEASURED_FOR = timedelta(days=92)
MEASURED_EVERY = timedelta(days=1)
RECUT = ("month", "first_day", "day_after", "cycle_days", "starts_at", "ends_at", "next_check_at")
_CONTRACT = "contract__tenant__customer__partner__executive"


@dataclass(frozen=True)
class Swept:
    """What one sweep did: cycles opened, closed, and closed ones whose statement got a new version."""

    opened: int = 0
    closed: int = 0
    corrected: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.opened + other.opened, self.closed + other.closed, self.corrected + other.corrected)


def sweep_cycles(*, now: datetime, limit: int | None = None) -> Swept:
    """Opens cycles of new contracts, closes those that have ended, measures closed ones again.

    Works through what is due in batches, each its own transaction, oldest first; after months of silence one
    run catches up. `limit` bounds the cycles taken by this call. Without a policy there is nothing to do.
    """
    policies = Policies.load()
    if policies is None:
        return Swept()
    done, taken = Swept(opened=open_cycles(now=now)), 0
    while limit is None or taken < limit:
        size = BATCH if limit is None else min(BATCH, limit - taken)
        found, batch = _sweep_batch(policies, now=now, size=size)
        done, taken = done + batch, taken + found
        if not found:
            break
    return done


def catch_up(contract: Contract, *, now: datetime) -> None:
    """What the sweep would do to one contract's cycles; for whoever cannot wait for its next run."""
    policies = Policies.load()
    if policies is not None:
        open_cycles(now=now, contracts=Contract.objects.filter(pk=contract.pk))
        while _sweep_batch(policies, now=now, size=BATCH, cycles=contract.billing_cycles.all())[0]:
            pass


def open_cycles(*, now: datetime, contracts: QuerySet[Contract] | None = None) -> int:
    """A first cycle for each contract that has none open, where the contract goes on; returns how many."""
    among = Contract.objects.all() if contracts is None else contracts
    found = _without_open_cycle(among, now)
    rows = [row for contract in found if (row := _following(contract, now)) is not None]
    BillingCycle.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _without_open_cycle(contracts: QuerySet[Contract], now: datetime) -> QuerySet[Contract]:
    cycles = BillingCycle.objects.filter(contract=OuterRef("pk"))
    latest = cycles.order_by("-month")
    return (
        contracts.filter(
            ~Exists(cycles.filter(closed_at__isnull=True)),
            Q(last_day_on__isnull=True) | Q(last_day_on__gte=(now - timedelta(days=400)).date()),
            tenant__deployment=Tenant.Deployment.CLOUD,  # SUP-2: the agreement covers Lynn Cloud
        )
        .annotate(
            last_month=Subquery(latest.values("month")[:1]),
            last_day_after=Subquery(latest.values("day_after")[:1]),
        )
        .filter(
            Q(last_day_after__isnull=True)
            | Q(last_day_on__isnull=True)
            | Q(last_day_on__gte=F("last_day_after"))
        )
        .select_related("tenant")
    )


def _following(contract: Contract, now: datetime) -> BillingCycle | None:
    """The cycle after the contract's last one; of a contract that has none yet, its first."""
    if contract.last_month:
        return _row(contract, Cycle.parse(contract.last_month).shifted(1), contract.last_day_after)
    today = now.astimezone(ZoneInfo(contract.tenant.time_zone)).date()
    earliest = Cycle.containing(today, contract.billing_day).shifted(-FIRST_CYCLES_BACK)
    first_day = max(contract.starts_on, earliest.first_day(contract.billing_day))
    return _row(contract, Cycle.containing(first_day, contract.billing_day), None)


def _row(contract: Contract, cycle: Cycle, after: date | None) -> BillingCycle | None:
    period = _period(contract, cycle, after)
    if period is None:
        return None
    row = BillingCycle(contract=contract)
    row.take(period, _zone(contract))
    row.next_check_at = row.ends_at
    return row


def _period(contract: Contract, cycle: Cycle, after: date | None) -> Period | None:
    return period_of(cycle, contract.billing_day, contract.starts_on, contract.last_day_on, after=after)


def _zone(contract: Contract) -> ZoneInfo:
    return ZoneInfo(contract.tenant.time_zone)


@transaction.atomic
def _sweep_batch(
    policies: Policies, *, now: datetime, size: int, cycles: QuerySet[BillingCycle] | None = None
) -> tuple[int, Swept]:
    due = (
        (BillingCycle.objects.all() if cycles is None else cycles)
        .filter(next_check_at__lte=now)
        .order_by("next_check_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
        .select_related(_CONTRACT)[:size]
    )
    rows = list(due)
    if not rows:
        return 0, Swept()
    return len(rows), _look_at(rows, policies, now=now)


@transaction.atomic
def measure_again(cycle: BillingCycle, *, now: datetime) -> Statement | None:
    """The statement that holds for a closed cycle after whatever was decided since; None while it is open."""
    policies = Policies.load()
    row = BillingCycle.objects.select_for_update(of=("self",)).select_related(_CONTRACT).get(pk=cycle.pk)
    if policies is not None and (row.closed_at is not None or row.ends_at <= now):
        _look_at([row], policies, now=now)
    return row.statements.order_by("-version").first()


def _look_at(rows: Sequence[BillingCycle], policies: Policies, *, now: datetime) -> Swept:
    closed = [row for row in rows if row.closed_at is not None]
    ending = _ending([row for row in rows if row.closed_at is None], now)
    statements = [*_first_versions(ending, policies, now), *_later_versions(closed, now)]
    Statement.objects.bulk_create(statements)
    _store(rows, ending, closed, now)
    following = (_row(row.contract, row.cycle.shifted(1), row.day_after) for row in ending if _goes_on(row))
    opened = [row for row in following if row is not None]
    BillingCycle.objects.bulk_create(opened, ignore_conflicts=True)
    draw_consequences(statements, now=now)
    return Swept(len(opened), len(ending), len(statements) - len(ending))


def _store(
    rows: Sequence[BillingCycle],
    ending: Sequence[BillingCycle],
    closed: Sequence[BillingCycle],
    now: datetime,
) -> None:
    """Few statements for many rows: what they have in common is written at once."""
    for row in ending:
        row.closed_at = now
    again = now + MEASURED_EVERY
    for row in (*ending, *closed):
        row.next_check_at = again if again <= row.ends_at + MEASURED_FOR else None
    BillingCycle.objects.bulk_update([row for row in rows if row.was_recut], RECUT)
    for group, closing in ((ending, {"closed_at": now}), (closed, {})):
        for moment in (again, None):
            keys = [row.pk for row in group if row.next_check_at == moment]
            BillingCycle.objects.filter(pk__in=keys).update(next_check_at=moment, **closing)


def _goes_on(row: BillingCycle) -> bool:
    return row.contract.last_day_on is None or row.contract.last_day_on >= row.day_after


def _ending(rows: Iterable[BillingCycle], now: datetime) -> list[BillingCycle]:
    """Those that have really ended, with their borders derived anew from the contract as it is now."""
    ending = []
    for row in rows:
        period = _period(row.contract, row.cycle, row.first_day)
        if period is not None and period != row.period:
            row.take(period, _zone(row.contract))
            row.was_recut = True
        # a contract that was ended before the cycle began leaves it without time: measured as it was meant
        if row.ends_at <= now:
            ending.append(row)
        else:
            row.next_check_at, row.was_recut = row.ends_at, True
    return ending


def _first_versions(rows: Sequence[BillingCycle], policies: Policies, now: datetime) -> list[Statement]:
    asked = [Asked(row.contract, row.period, policies.at(row.starts_at), as_of=row.ends_at) for row in rows]
    return [
        _statement(row, each.policy, data, version=1, now=now)
        for row, each, data in zip(rows, asked, assemble(asked), strict=True)
    ]


def _later_versions(rows: Sequence[BillingCycle], now: datetime) -> list[Statement]:
    """AVL-6: a new version where the evidence is no longer what the last one was made of."""
    if not rows:
        return []
    latest = latest_statements(rows)
    pairs = [(row, latest[row.pk]) for row in rows if row.pk in latest]
    asked = [Asked(row.contract, row.period, last.policy_version, as_of=row.ends_at) for row, last in pairs]
    like = {position: last.data for position, (_row, last) in enumerate(pairs)}
    return [
        _statement(row, last.policy_version, data, version=last.version + 1, now=now, before=last)
        for (row, last), data in zip(pairs, assemble(asked, like=like), strict=True)
        if not same_evidence(last.data, data)
    ]


def latest_statements(rows: Iterable[BillingCycle]) -> dict[int, Statement]:
    """The version that holds for each cycle, by the cycle's key; one query."""
    statements = Statement.objects.filter(cycle__in=rows).select_related("policy_version")
    return {statement.cycle_id: statement for statement in statements.order_by("cycle", "version")}


def _statement(
    row: BillingCycle,
    policy: CreditPolicyVersion,
    data: dict,
    *,
    version: int,
    now: datetime,
    before: Statement | None = None,
) -> Statement:
    result = data["result"]
    return Statement(
        cycle=row,
        version=version,
        policy_version=policy,
        frozen_at=now,
        data=data,
        digest=digest(data),
        difference=None if before is None else difference(before.data, data),
        percentage=result["percentage"][data["policy"]["binding_reading"]],
        counted_seconds=result["counted_seconds"],
        credit_percent=result["binding_credit_percent"],
        tiers_differ=result["tiers_differ"],
    )
