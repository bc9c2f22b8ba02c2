"""What nobody knows: the spans in which no monitor of a tenant said anything (AVL-5)."""

from datetime import datetime, timedelta

from django.db.models import Q

from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval, clip, subtract, union
from tickets.incidents.models import MonitorSource


def unknown_intervals(tenant: Tenant, period: Interval, *, now: datetime | None = None) -> list[Interval]:
    """The gaps in monitoring within `period`, apart and in order; shown as unknown, they count as up.

    Unknown is what every monitor of the tenant that should speak regularly was silent about. A silence that
    lasts reaches to `now`, or to the period's end where no `now` is given. Two queries.
    """
    sources = MonitorSource.objects.filter(
        Q(tenant=tenant) | Q(tenant__isnull=True), silent_after__isnull=False, last_heard_at__isnull=False,
        is_active=True,
    )  # fmt: skip
    unknown: list[Interval] | None = None
    for source in sources.prefetch_related("gaps"):
        silences = _silences(source, now or period.end)
        unknown = silences if unknown is None else _both(unknown, silences)
    return union(clip(unknown or [], period))


def _silences(source: MonitorSource, until: datetime | None) -> list[Interval]:
    gaps = [Interval(gap.start, gap.end) for gap in source.gaps.all()]
    patience = timedelta(seconds=source.silent_after)
    if until is not None and until - source.last_heard_at > patience:
        gaps.append(Interval(source.last_heard_at, until))
    return union(gaps)


def _both(some: list[Interval], others: list[Interval]) -> list[Interval]:
    return subtract(some, subtract(some, others))
