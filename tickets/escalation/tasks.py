"""What runs without anyone asking: escalations not acknowledged in time, the executives' digests."""

from celery import shared_task

from lynnsupport.common import clock

from .operations import sweep_escalations


@shared_task(name="escalation.sweep", acks_late=True)
def sweep(**_unknown: object) -> None:
    """Repeated and simultaneous runs do no harm: every fact and every digest is kept once."""
    sweep_escalations(now=clock.now())
