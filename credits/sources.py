"""Where evidence comes from: platform incidents, announced downtimes, the calendars of productive hours.

Everything is asked for many tenants at once, so that a sweep's queries do not grow with what it closes.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.utils import translation

from credits.models import AnnouncedDowntime
from lynnsupport.accounts.models import Tenant
from lynnsupport.common.intervals import Interval
from lynnsupport.notices.models import NoticeVersion
from lynnsupport.notices.queries import Announcement, announced_downtimes
from sla.domain.business_time import BusinessCalendar
from sla.models import CalendarVersion, MaintenanceAgreement, TenantCalendar
from sla.queries import domain_calendar
from tickets.incidents import queries
from tickets.incidents.monitors import queries as monitors
from tickets.incidents.queries import OutageFact

type ByTenant[Fact] = Mapping[int, list[Fact]]


def outages_by_tenant(tenants: Collection[Tenant], period: Interval) -> ByTenant[OutageFact]:
    """The outages that touch each tenant within `period`, by the tenant's key (AVL-3)."""
    return queries.outages_by_tenant(tenants, period)


def unknown_by_tenant(tenants: Sequence[Tenant], period: Interval, *, now: datetime) -> ByTenant[Interval]:
    """When nobody was watching: shown as unknown, counted as up (AVL-5)."""
    return monitors.unknown_by_tenant(tenants, period, now=now)


def announcements_by_tenant(tenants: Collection[Tenant], period: Interval) -> ByTenant[Announcement]:
    """Downtimes announced through a notice or recorded by hand, that touch `period`."""
    found: dict[int, list[Announcement]] = defaultdict(list)
    by_hand = AnnouncedDowntime.objects.filter(
        tenant__in=tenants, reverted_at__isnull=True, starts_at__lt=period.end, ends_at__gt=period.start
    )
    for row in by_hand.order_by("starts_at", "pk"):
        window = Interval(row.starts_at, row.ends_at)
        found[row.tenant_id].append(
            Announcement(f"hand-{row.pk}", window, row.announced_at, row.proof.strip())
        )
    if _is_any_notice_about(period):
        # the proof is a sentence, and a statement keeps one, whoever asks for it
        with translation.override(settings.LANGUAGE_CODE):
            for tenant in tenants:
                found[tenant.pk] += announced_downtimes(tenant, period)
    return found


def _is_any_notice_about(period: Interval) -> bool:
    """Without one, which is the rule, no tenant needs to be asked about."""
    return NoticeVersion.objects.filter(
        announces_downtime=True, starts_at__lt=period.end, ends_at__gt=period.start
    ).exists()


def maintenance_by_tenant(tenants: Collection[Tenant]) -> ByTenant[MaintenanceAgreement]:
    """SUP-5: every agreement of each tenant, the earliest first."""
    found: dict[int, list[MaintenanceAgreement]] = defaultdict(list)
    rows = MaintenanceAgreement.objects.filter(tenant__in=tenants).select_related("agreed_with")
    for row in rows.order_by("effective_on"):
        found[row.tenant_id].append(row)
    return found


class ProductiveHours:
    """The calendar that a tenant works by at a moment (SUP-1), for many tenants in two queries."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        named = TenantCalendar.objects.filter(tenant__in=tenants).values_list("tenant_id", "calendar_id")
        self._calendar_of = dict(named)
        self._versions: dict[int | None, list[CalendarVersion]] = defaultdict(list)
        rows = CalendarVersion.objects.select_related("calendar").defer("definition")
        for row in rows.order_by("effective_at", "number"):
            self._versions[row.calendar_id].append(row)
            if row.calendar.is_default:
                self._versions[None].append(row)

    def of(self, tenant: Tenant, at: datetime) -> BusinessCalendar | None:
        """None while no calendar is in force: nobody can then tell which hours are not productive."""
        named = self._versions.get(self._calendar_of.get(tenant.pk, 0), [])
        for versions in (named, self._versions[None]):
            position = bisect_right(versions, at, key=lambda version: version.effective_at)
            if position:
                return domain_calendar(versions[position - 1])
        return None
