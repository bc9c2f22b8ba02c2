"""Every sweep there is, by the name of the task that runs it. Each does what is due at `now`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from lynnsupport.outbox.operations import deliver_due
from tickets.incidents.monitors.probe import probe_all
from tickets.incidents.operations import join_new_tenants, match_deadlines
from tickets.operations import sweep_clocks


def _record_breaches_and_warnings(now: datetime) -> str:
    return f"{sweep_clocks(now=now)} new warnings and breaches"


def _deliver_mail(now: datetime) -> str:
    batch = total = deliver_due(now=now)
    while batch.sent or batch.given_up:  # a server that cannot be reached moves nothing: no use in going on
        batch = deliver_due(now=now)
        total += batch
    return f"{total.sent} sent, {total.retried} to be tried again, {total.given_up} given up"


def _match_incidents(now: datetime) -> str:
    joined = join_new_tenants(now=now)
    match_deadlines(now=now)
    return f"{joined} tenants joined incidents"


def _probe_health(now: datetime) -> str:
    return f"{probe_all(now=now)} health addresses asked"


# clocks before mail: what a sweep finds to tell leaves in the same run
SWEEPS: Mapping[str, Callable[[datetime], str]] = {
    "tickets.tasks.sweep_clocks": _record_breaches_and_warnings,
    "incidents.sweep": _match_incidents,
    "incidents.probe": _probe_health,
    "outbox.deliver": _deliver_mail,
}
