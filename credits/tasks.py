"""What runs without anyone asking. Each task reads the clock once and calls one operation."""

from celery import shared_task

from lynnsupport.common import clock

from .operations import send_reminders, sweep_cycles


@shared_task(name="credits.tasks.sweep_cycles", acks_late=True)
def close_cycles(**_unknown: object) -> int:
    """Cycles that have ended get their statements, and what became claimable is told."""
    done = sweep_cycles(now=clock.now())
    return done.closed + done.corrected


@shared_task(name="credits.tasks.send_reminders", acks_late=True)
def remind(**_unknown: object) -> int:
    """Credits that nobody has claimed yet, before their last day."""
    return send_reminders(now=clock.now())
