"""A year of 500 tenants closed in one sweep: time, queries, memory.

    python -m tests.load.bench_credits [--tenants 500] [--months 12]

Runs on a database of its own (SQLite in memory, or the server that DATABASE_URL names) and prints a table.
"""

import argparse
import os
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lynnsupport.settings.test")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402

NOW = datetime(2026, 7, 15, 15, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=500)
    parser.add_argument("--months", type=int, default=12)
    asked = parser.parse_args()
    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0)
    try:
        call_command("load_policy", verbosity=0)
        _people(asked.tenants, asked.months)
        _measure(asked.tenants)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _people(tenants: int, months: int) -> None:
    """Ten partners; a maintenance window for each tenant; each month two outages, of all and of a tenth."""
    from sla.models import MaintenanceAgreement
    from tests.factories import (
        ContactFactory,
        ContractFactory,
        CustomerFactory,
        PartnerFactory,
        TenantFactory,
    )

    partners = [PartnerFactory() for _ in range(10)]
    customers = [CustomerFactory(partner=partner) for partner in partners]
    contacts = [ContactFactory(partner=partner) for partner in partners]
    began = date(2026 - (months // 12), 7, 1)
    rows = []
    for number in range(tenants):
        tenant = TenantFactory(customer=customers[number % 10])
        ContractFactory(tenant=tenant, starts_on=began, billing_day=1 + number % 28)
        rows.append(
            MaintenanceAgreement(
                tenant=tenant,
                agreed_with=contacts[number % 10],
                daily_start="03:00",
                effective_on=began,
                agreed_at=NOW - timedelta(days=800),
                recorded_by=partners[0].executive,
                recorded_at=NOW,
            )
        )
    MaintenanceAgreement.objects.bulk_create(rows)
    _outages(months, partners[0].executive)


def _outages(months: int, by) -> None:
    from lynnsupport.accounts.models import Tenant
    from tickets.incidents.models import AffectedTenant, Decision, ImpactSegment, Incident, Revision

    tenants = list(Tenant.objects.order_by("pk"))
    for month in range(months):
        for kind, touched in ((1, tenants), (2, tenants[::10])):
            start = NOW - timedelta(days=30 * month + 10 * kind)
            end = start + timedelta(minutes=20 * kind)
            incident = Incident.objects.create(
                number=f"INC-{month:03}-{kind}",
                title="Caída",
                description="Caída",
                reach="all",
                started_at=start,
                detected_at=start,
                restored_at=end,
                opened_by=by,
                opened_at=start,
            )
            AffectedTenant.objects.bulk_create(
                AffectedTenant(incident=incident, tenant=tenant, added_at=start) for tenant in touched
            )
            said = {"by": by, "at": end, "reason": "Medido"}
            revision = Revision.objects.create(incident=incident, number=1, **said)
            ImpactSegment.objects.create(revision=revision, impact="full", start=start, end=end)
            Decision.objects.create(incident=incident, number=1, scope="platform", cause="own", **said)


def _measure(tenants: int) -> None:
    from credits.models import Claim, Statement
    from credits.operations import sweep_cycles
    from lynnsupport.outbox.models import OutboxMessage

    connection.force_debug_cursor = False
    before = _megabytes()
    started = time.perf_counter()
    with CaptureCount() as queries:
        done = sweep_cycles(now=NOW)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as idle:
        sweep_cycles(now=NOW)
    idle_seconds = time.perf_counter() - started
    statements = Statement.objects.count()
    print(f"database              {connection.vendor}")
    print(f"tenants               {tenants}")
    print(f"cycles closed         {done.closed} (statements {statements}, lost {done.closed - statements})")
    print(f"claims offered        {Claim.objects.count()}, mails {OutboxMessage.objects.count()}")
    print(f"time                  {seconds:.1f} s ({done.closed / seconds:.0f} cycles a second)")
    print(f"queries               {queries.number} ({queries.number / max(done.closed, 1):.3f} a cycle)")
    print(f"memory                {_megabytes():.0f} MB at most, {before:.0f} MB before")
    print(f"a second sweep        {idle_seconds * 1000:.0f} ms, {len(idle)} queries")


class CaptureCount:
    """Counts statements without keeping them."""

    def __enter__(self):
        self.number = 0
        self._wrapper = connection.execute_wrapper(self._count)
        self._wrapper.__enter__()
        return self

    def __exit__(self, *error):
        return self._wrapper.__exit__(*error)

    def _count(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)


def _megabytes() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 if sys.platform != "darwin" else 1024 * 1024)


if __name__ == "__main__":
    main()
