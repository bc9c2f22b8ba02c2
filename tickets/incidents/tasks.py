"""What runs without anyone asking. Each task reads the clock once."""

from celery import shared_task

from lynnsupport.common import clock

from .monitors.probe import addresses_to_ask, probe_one
from .operations import join_new_tenants, match_deadlines


@shared_task(name="incidents.sweep")
def sweep(**_unknown: object) -> int:
    """New tenants join the incidents that touch them; analyses that became owed get their deadline."""
    now = clock.now()
    match_deadlines(now=now)
    return join_new_tenants(now=now)


@shared_task(name="incidents.probe")
def probe(**_unknown: object) -> int:
    """One task for each health address, where HEALTH_PROBE says so: one that hangs keeps no other waiting."""
    addresses = list(addresses_to_ask().values_list("pk", flat=True))
    for address in addresses:
        # What could not be asked within the minute is overtaken by the next question.
        probe_address.apply_async(kwargs={"address": address}, expires=60)
    return len(addresses)


@shared_task(name="incidents.probe_address")
def probe_address(*, address: int, **_unknown: object) -> None:
    health = addresses_to_ask().filter(pk=address).first()
    if health is not None:
        probe_one(health, now=clock.now())
