"""Which contracts and versions are in force at a moment, in two statements written by hand.

Every ticket asks for its versions while it is opened; composed by the ORM that took ten times as long as the
database needs to answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from lynnsupport.accounts.models import Contact, Contract, Tenant
from lynnsupport.accounts.queries import IS_DESIGNATED, designation_of
from sla.models import CalendarVersion, PolicyVersion

_IN_FORCE = """
    FROM accounts_contract contract
    LEFT JOIN sla_contractpolicy agreed ON agreed.contract_id = contract.id
    WHERE contract.tenant_id = %s
      AND contract.starts_on <= %s
      AND (contract.last_day_on IS NULL OR contract.last_day_on >= %s)
"""
_THE_NEWEST_FIRST = "ORDER BY contract.starts_on DESC, contract.id DESC"
_CONTRACTS = f"""
    SELECT contract.id, contract.covers_preview, contract.soft_launch_last_day_on
    {_IN_FORCE}
    {_THE_NEWEST_FIRST}
"""
_AGREED = f"""
    SELECT agreed.policy_id {_IN_FORCE} AND agreed.policy_id IS NOT NULL {_THE_NEWEST_FIRST} LIMIT 1
"""

_POLICY = """
    SELECT * FROM (
        SELECT '{name}' AS name, version.id, version.digest
        FROM sla_policyversion version
        JOIN sla_slapolicy policy ON policy.id = version.policy_id
        WHERE version.published_at IS NOT NULL
          AND version.effective_at <= %s
          AND {which}
        ORDER BY version.effective_at DESC, version.number DESC
        LIMIT 1
    ) {name}
"""
# The calendar that the tenant names comes before the default one; of the contracts that name a policy the
# newest counts.
_VERSIONS = f"""
    SELECT * FROM (
        SELECT 'calendar' AS name, version.id, version.digest
        FROM sla_calendarversion version
        JOIN sla_businesscalendar calendar ON calendar.id = version.calendar_id
        WHERE version.effective_at <= %s
          AND (calendar.is_default
               OR calendar.id IN (SELECT calendar_id FROM sla_tenantcalendar WHERE tenant_id = %s))
        ORDER BY calendar.is_default, version.effective_at DESC, version.number DESC
        LIMIT 1
    ) calendar
    UNION ALL
    {_POLICY.format(name="usual", which="policy.is_default")}
    UNION ALL
    {_POLICY.format(name="agreed", which=f"policy.id = ({_AGREED})")}
"""  # noqa: S608 (of constants, with parameters)
_VERSIONS_AND_DESIGNATION = f"""
    {_VERSIONS}
    UNION ALL
    SELECT 'designation', found.id, '' FROM ({IS_DESIGNATED}) found
"""  # noqa: S608 (of constants, with parameters)


@dataclass(frozen=True)
class Versions:
    """What is in force for a tenant at a moment, None where nothing is: its calendar, the default policy, and
    the policy that a contract names (RST-4). They carry their keys and digests; the rest is read when asked
    for, as it seldom is and may be long. `is_designated`: the contact who was asked about may escalate then
    for the tenant's customer (CON-1).
    """

    calendar: CalendarVersion | None = None
    usual: PolicyVersion | None = None
    agreed: PolicyVersion | None = None
    is_designated: bool = False


def versions_in_force(tenant: Tenant, at: datetime, contact: Contact | None = None) -> Versions:
    """One query. Contracts count by the tenant's local date, a designation by the customer's."""
    day = connection.ops.adapt_datefield_value(local_date(tenant, at))
    instant = connection.ops.adapt_datetimefield_value(at)
    sql, values = _VERSIONS, [instant, tenant.pk, instant, instant, tenant.pk, day, day]
    if contact:
        sql, values = _VERSIONS_AND_DESIGNATION, values + designation_of(contact, tenant.customer, at)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = {name: (key, digest) for name, key, digest in cursor.fetchall()}
    is_designated = found.pop("designation", None) is not None
    models = {"calendar": CalendarVersion, "usual": PolicyVersion, "agreed": PolicyVersion}
    versions = {
        name: models[name].from_db(connection.alias, ["id", "digest"], row) for name, row in found.items()
    }
    return Versions(**versions, is_designated=is_designated)


def contracts_in_force(tenant: Tenant, at: datetime) -> Sequence[Contract]:
    """By the tenant's local date, with their clauses; the newest first."""
    day = connection.ops.adapt_datefield_value(local_date(tenant, at))
    return list(Contract.objects.raw(_CONTRACTS, [tenant.pk, day, day]))


def local_date(tenant: Tenant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(tenant.time_zone)).date()
