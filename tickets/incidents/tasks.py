"""What runs without anyone asking. Each task reads the clock once and calls one operation."""

from datetime import datetime

import structlog
from celery import shared_task

from lynnsupport.common import clock

from .models import HealthAddress
from .monitors.asking import NotAsked, ask
from .operations.probing import addresses_to_ask, note_answer

log = structlog.get_logger(__name__)


@shared_task(name="incidents.ask_addresses")
def ask_addresses(**_unknown: object) -> int:
    """One task for each health address: one that hangs keeps no other waiting."""
    addresses = list(addresses_to_ask().values_list("pk", flat=True))
    for address in addresses:
        # A question that could not be put within the minute is overtaken by the next.
        ask_address.apply_async(kwargs={"address_id": address}, expires=60)
    return len(addresses)


@shared_task(name="incidents.ask_address", ignore_result=True)
def ask_address(*, address_id: int, **_unknown: object) -> None:
    """Ask once, and where the answer is no, once more at once: one lost packet is no outage."""
    address = addresses_to_ask().filter(pk=address_id).first()
    if address is not None:
        ask_and_note(address, now=clock.now())


def ask_and_note(address: HealthAddress, *, now: datetime) -> None:
    """What is answered at `now` is told like any monitor's message; of what may not be asked, nothing is."""
    try:
        answer = ask(address.url)
        if not answer.is_up:
            answer = ask(address.url)
    except NotAsked as refusal:
        log.warning("probe_not_asked", address=address.pk, reason=str(refusal))
        return
    note_answer(address, is_up=answer.is_up, words=answer.words, now=now)
