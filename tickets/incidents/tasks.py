"""What runs without anyone asking. Each task reads the clock once."""

from celery import shared_task

from lynnsupport.common import clock

from .monitors.probe import probe_all
from .operations import join_new_tenants, match_deadlines, sweep_rca_terms


@shared_task(name="incidents.sweep")
def sweep(**_unknown: object) -> int:
    """New tenants join the incidents that touch them; analyses that became owed get their deadline."""
    now = clock.now()
    match_deadlines(now=now)
    sweep_rca_terms(now=now)
    return join_new_tenants(now=now)


@shared_task(name="incidents.probe")
def probe(**_unknown: object) -> int:
    """Every health address, where HEALTH_PROBE says so; one that hangs keeps no other waiting."""
    return probe_all(now=clock.now())
