"""Reads over monitors: what waits for a decision, and when nobody was watching."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval, clip, subtract, union
from tickets.incidents.models import MonitorGap, MonitorSource, Proposal


def pending_proposals() -> QuerySet[Proposal]:
    """What a person has to decide about, the longest waiting first."""
    pending = Proposal.objects.filter(state=Proposal.State.PENDING)
    return pending.select_related("source", "tenant__customer").order_by("first_told_at", "pk")


def unknown_intervals(tenant: Tenant, period: Interval, *, now: datetime | None = None) -> list[Interval]:
    """When, within `period`, nobody knows how the tenant was: monitors were to speak, and none of them did.

    Such time is shown as unknown and counts as up (AVL-5). Only monitors of the tenant, or of the whole
    platform, that are to speak regularly can be missed; before the first was heard, after the last was put
    out of use, and where there is none, nothing is unknown. With `now`, a silence that lasts counts
    too, until then. Two queries.
    """
    return unknown_by_tenant([tenant], period, now=now)[tenant.pk]


def unknown_by_tenant(
    tenants: Sequence[Tenant], period: Interval, *, now: datetime | None = None
) -> dict[int, list[Interval]]:
    """The same of each tenant, by its key; two queries however many there are."""
    of_tenants = Q(tenant__in=tenants) | Q(tenant__isnull=True)
    sources = list(
        MonitorSource.objects.filter(of_tenants, silent_after__isnull=False, watched_since__isnull=False)
    )
    gaps: dict[int, list[Interval]] = defaultdict(list)
    if sources:
        rows = MonitorGap.objects.filter(source__in=sources, end__gt=period.start)
        for source, start, end in rows.values_list("source", "start", "end"):
            gaps[source].append(Interval(start, end))
    found = {}
    for tenant in tenants:
        watching = [source for source in sources if source.tenant_id in (None, tenant.pk)]
        expected = [_expected(source) for source in watching]
        heard = [part for source in watching for part in _heard(source, gaps[source.pk], now)]
        found[tenant.pk] = clip(subtract(expected, heard), period)
    return found


def _expected(source: MonitorSource) -> Interval:
    """While this monitor was to speak."""
    return Interval(source.watched_since, None if source.is_active else source.last_heard_at)


def _heard(source: MonitorSource, gaps: Sequence[Interval], now: datetime | None) -> list[Interval]:
    """While it did, or need not have yet."""
    silent = list(gaps)
    last = source.last_heard_at
    if source.is_active and now is not None and now - last > timedelta(seconds=source.silent_after):
        silent.append(Interval(last, now))
    return subtract([_expected(source)], union(silent))
