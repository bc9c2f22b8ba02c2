"""What a process does for the outbox's tests: `python -m tests.outbox.process prepare|deliver`."""

import json
import os
import sys
import time

import django


def prepare(number: str) -> None:
    """Makes the tables and asks for that many mails, twice over: the second time says nothing new."""
    from django.core.management import call_command

    from lynnsupport.common.clock import now
    from lynnsupport.outbox.operations import enqueue

    from .support import mail

    call_command("migrate", "outbox", verbosity=0)
    for _ in range(2):
        enqueue((mail(n) for n in range(int(number))), now=now())


def deliver(limit: str = "200") -> None:
    """Delivers, so many a run, until nothing is left in the queue or in anybody's hands.

    Then prints what is on record, as JSON.
    """
    from lynnsupport.common.clock import now
    from lynnsupport.outbox.operations import deliver_due
    from lynnsupport.outbox.queries import unfinished_by_state

    while True:
        if deliver_due(now=now(), limit=int(limit)).handled:
            continue
        unfinished = unfinished_by_state()
        if not unfinished["pending"] + unfinished["sending"]:
            break
        time.sleep(0.1)
    print(json.dumps(on_record()))


def on_record() -> dict[str, int]:
    from django.db.models import Count, Sum

    from lynnsupport.outbox.models import OutboxMessage

    rows = OutboxMessage.objects.all()
    found = rows.aggregate(
        rows=Count("pk"), keys=Count("key", distinct=True), interruptions=Sum("interruptions")
    )
    found["sent"] = rows.filter(state="sent").count()
    return found


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.outbox.process_settings"
    django.setup()
    {"prepare": prepare, "deliver": deliver}[sys.argv[1]](*sys.argv[2:])
