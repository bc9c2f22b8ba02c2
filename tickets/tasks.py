"""What runs without anyone asking. Each task reads the clock once and calls one operation."""

from celery import shared_task

from lynnsupport.common import clock

from .operations import sweep_clocks as sweep


@shared_task(name="tickets.tasks.sweep_clocks", acks_late=True)
def sweep_clocks(**_unknown: object) -> int:
    """Every warning and breach that has become true: a fact, and a mail to those concerned."""
    return sweep(now=clock.now())
