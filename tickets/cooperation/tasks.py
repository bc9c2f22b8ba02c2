"""What runs without anyone asking. Each task reads the clock once and calls one operation."""

from celery import shared_task

from lynnsupport.common import clock

from . import operations


@shared_task(name="cooperation.sweep_closings", acks_late=True)
def sweep_closings(**_unknown: object) -> None:
    """Every notice and closing whose moment has come (CRP-1, CRP-2)."""
    operations.sweep_closings(now=clock.now())


@shared_task(name="cooperation.sweep_remote_access", acks_late=True)
def sweep_remote_access(**_unknown: object) -> int:
    """Every remote access whose period has ended is put on record (COP-2)."""
    return operations.sweep_remote_access(now=clock.now())


@shared_task(name="cooperation.sweep_reminders", acks_late=True)
def sweep_reminders(**_unknown: object) -> int:
    """Every certification and designation that is about to end is announced (CON-3)."""
    return operations.sweep_reminders(now=clock.now())
