"""Which contracts and versions are in force at a moment, in three statements written by hand.

Every ticket asks these three while it is opened; composed by the ORM they took ten times as long as the
database needs to answer them.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from lynnsupport.accounts.models import Contract, Tenant
from sla.models import CalendarVersion, PolicyVersion

# The one that began last comes first; the policy it names, if any, comes along.
_CONTRACTS = """
    SELECT contract.id, contract.covers_preview, contract.soft_launch_last_day_on,
           agreed.policy_id AS agreed_policy_id
    FROM accounts_contract contract
    LEFT JOIN sla_contractpolicy agreed ON agreed.contract_id = contract.id
    WHERE contract.tenant_id = %s
      AND contract.starts_on <= %s
      AND (contract.last_day_on IS NULL OR contract.last_day_on >= %s)
    ORDER BY contract.starts_on DESC, contract.id DESC
"""

# The calendar that the tenant names comes before the default one. The definition stays behind: it is long.
_CALENDAR = """
    SELECT version.id, version.calendar_id, version.number, version.effective_at,
           version.published_at, version.published_by_id, version.digest
    FROM sla_calendarversion version
    JOIN sla_businesscalendar calendar ON calendar.id = version.calendar_id
    WHERE version.effective_at <= %s
      AND (calendar.is_default
           OR calendar.id IN (SELECT calendar_id FROM sla_tenantcalendar WHERE tenant_id = %s))
    ORDER BY calendar.is_default, version.effective_at DESC, version.number DESC
    LIMIT 1
"""

_POLICY = """
    SELECT version.*
    FROM sla_policyversion version
    JOIN sla_slapolicy policy ON policy.id = version.policy_id
    WHERE version.published_at IS NOT NULL
      AND version.effective_at <= %s
      AND {which}
    ORDER BY version.effective_at DESC, version.number DESC
    LIMIT 1
"""
_OF_A_POLICY = _POLICY.format(which="policy.id = %s")
_OF_THE_DEFAULT = _POLICY.format(which="policy.is_default")


def contracts_in_force(tenant: Tenant, at: datetime) -> Sequence[Contract]:
    """By the tenant's local date, with their clauses and `agreed_policy_id`; the newest first."""
    day = connection.ops.adapt_datefield_value(local_date(tenant, at))
    return list(Contract.objects.raw(_CONTRACTS, [tenant.pk, day, day]))


def local_date(tenant: Tenant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()


def calendar_in_force(tenant: Tenant, at: datetime) -> CalendarVersion | None:
    return next(iter(CalendarVersion.objects.raw(_CALENDAR, [_instant(at), tenant.pk])), None)


def agreed_version_in_force(contracts: Sequence[Contract], at: datetime) -> PolicyVersion | None:
    """RST-4: of the contracts that name a policy the newest; None too while no version of it is in force."""
    named = (contract.agreed_policy_id for contract in contracts)
    policy = next((policy for policy in named if policy is not None), None)
    if policy is None:
        return None
    return next(iter(PolicyVersion.objects.raw(_OF_A_POLICY, [_instant(at), policy])), None)


def default_version_in_force(at: datetime) -> PolicyVersion | None:
    return next(iter(PolicyVersion.objects.raw(_OF_THE_DEFAULT, [_instant(at)])), None)


def _instant(at: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(at)
