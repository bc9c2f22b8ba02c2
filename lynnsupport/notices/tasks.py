"""What runs without anyone asking: scheduled notices go out, and people are told batch by batch."""

from celery import shared_task

from lynnsupport.common.clock import now

from .operations import dispatch_due, publish_due


@shared_task(name="notices.tasks.sweep_notices")
def sweep_notices(**_unknown: object) -> None:
    """Publishes what is due, then tells people; what one run leaves is due at the next."""
    at = now()
    publish_due(now=at)
    while dispatch_due(now=at).is_more_due:
        pass
