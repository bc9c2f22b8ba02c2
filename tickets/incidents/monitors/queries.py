"""What nobody knows: the spans in which no monitor of a tenant said anything (AVL-5)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval, clip, subtract
from tickets.incidents.models import MonitorSource


def unknown_intervals(tenant: Tenant, period: Interval, *, now: datetime | None = None) -> list[Interval]:
    """The gaps in monitoring within `period`, apart and in order; shown as unknown, they count as up.

    Unknown is when monitors of the tenant were to speak regularly and none of them did: before the first one
    was heard, after the last was put out of use, and where there is none, nothing is. A silence that lasts
    reaches to `now`; without, only what ended is told, for nobody knows how long it will last. Two queries.
    """
    return unknown_by_tenant([tenant], period, now=now)[tenant.pk]


def unknown_by_tenant(
    tenants: Sequence[Tenant], period: Interval, *, now: datetime | None = None
) -> dict[int, list[Interval]]:
    """The same of each tenant, by its key; two queries however many there are."""
    sources = list(
        MonitorSource.objects.filter(
            Q(tenant__in=tenants) | Q(tenant__isnull=True),
            silent_after__isnull=False,
            watched_since__isnull=False,
            last_heard_at__isnull=False,
        ).prefetch_related("gaps")
    )
    expected = {source.pk: _expected(source) for source in sources}
    heard = {source.pk: subtract([expected[source.pk]], _silences(source, now)) for source in sources}
    found = {}
    for tenant in tenants:
        watching = [source.pk for source in sources if source.tenant_id in (None, tenant.pk)]
        spoken = [part for source in watching for part in heard[source]]
        found[tenant.pk] = clip(subtract([expected[source] for source in watching], spoken), period)
    return found


def _expected(source: MonitorSource) -> Interval:
    """While this monitor was to speak."""
    return Interval(source.watched_since, None if _is_watching(source) else source.last_heard_at)


def _silences(source: MonitorSource, now: datetime | None) -> Sequence[Interval]:
    gaps = [Interval(gap.start, gap.end) for gap in source.gaps.all()]
    patience = timedelta(seconds=source.silent_after)
    if _is_watching(source) and now is not None and now - source.last_heard_at > patience:
        gaps.append(Interval(source.last_heard_at, now))
    return gaps


def _is_watching(source: MonitorSource) -> bool:
    """Whether it is to speak now: the own probe only where the installation has it on."""
    return source.is_active and (source.kind != MonitorSource.Kind.PROBE or settings.HEALTH_PROBE)
