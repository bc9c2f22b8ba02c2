"""The worker's part: beat calls it every few seconds, `nudge` right after a commit."""

from celery import shared_task

from lynnsupport.common.clock import now

from .nudge import nudge
from .operations import deliver_due

PER_RUN = 200


@shared_task(name="outbox.deliver")
def deliver(**_unknown: object) -> None:
    """Sends what is due. Repeated and simultaneous runs do no harm; a full run rings for the next at once."""
    if deliver_due(now=now(), limit=PER_RUN).handled >= PER_RUN:
        nudge()
