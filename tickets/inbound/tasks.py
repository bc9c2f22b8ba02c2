"""What runs without anyone asking. Each task reads the clock and calls one operation."""

from celery import shared_task
from django.conf import settings

from lynnsupport.common import clock

from .operations import erase_old, process_waiting


@shared_task(name="inbound.process")
def process(**_unknown: object) -> int:
    """What was stored and not processed; and what the settings say is kept no longer."""
    now = clock.now()
    erase_old(now=now)
    return process_waiting(now=now)


@shared_task(name="inbound.poll")
def poll(**_unknown: object) -> int:
    """What lies in the support mailbox; nothing where there is none."""
    return poll_once()


def poll_once() -> int:
    if not settings.IMAP_HOST:
        return 0
    from . import mailbox

    with mailbox.connected() as box:
        return mailbox.poll(box, now=clock.now).stored
