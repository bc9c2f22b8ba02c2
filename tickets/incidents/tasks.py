"""What runs without anyone asking. Each task reads the clock once."""

from celery import shared_task

from lynnsupport.common import clock

from .monitors.probe import probe_all
from .operations import sweep_incidents


@shared_task(name="incidents.sweep")
def sweep(**_unknown: object) -> int:
    """What becomes of incidents with time."""
    return sweep_incidents(now=clock.now())


@shared_task(name="incidents.probe")
def probe(**_unknown: object) -> int:
    """Every health address, where HEALTH_PROBE says so; one that hangs keeps no other waiting."""
    return probe_all(now=clock.now())
