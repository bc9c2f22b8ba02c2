"""What a process does for the mailbox's tests: `python -m tests.inbound.process kills`.

Fills the mailbox, lets one child after the other take mails in and die at a step, then one that lives, and
prints what is on record as JSON.
"""

import json
import os
import signal
import sys
from collections import Counter

import django

STEPS = ("fetched", "stored", "filed", "processing", "processed")
KILLS = 20


def kills() -> None:
    cast_of_the_mailbox()
    died = 0
    for number in range(KILLS):
        died += in_child(lambda number=number: take(STEPS[number % len(STEPS)], 1 + number // 10))
    print(json.dumps({"died": died} | on_record()))


def cast_of_the_mailbox() -> None:
    """The tables, the people, and the mails: some of each kind."""
    in_child(prepare)


def prepare() -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tests.inbound.dovecot import Mailbox
    from tests.inbound.mails import mail
    from tests.tickets.stories import chile, make_cast

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("load_policy", verbosity=0)
    cast = make_cast(at=chile("2026-11-23 10:00"))
    sender, code = cast.designated.email, cast.tenant.code
    Mailbox(settings.IMAP_PORT).deliver(
        *(mail(sender=sender, subject=f"{code} Caso {number}") for number in range(20)),
        *(mail(sender=f"nadie{number}@example.org", subject="Hola") for number in range(12)),
        *(mail(sender=sender, subject=f"Fuera de la oficina {n}", text="x") for n in range(6)),
        b"esto no es un correo\r\n",
        b"From: \xff\xfe\r\n\r\n\x01\r\n",
    )


def take(step: str, occurrence: int) -> None:
    """Take mails in; die the moment that step is reached for that time."""
    from lynnsupport.common import clock
    from tickets.inbound import mailbox
    from tickets.inbound.operations import ingestion, process_waiting

    reached: Counter[str] = Counter()

    def at(name: str) -> None:
        reached[name] += 1
        if name == step and reached[name] == occurrence:
            os.kill(os.getpid(), signal.SIGKILL)

    end = ingestion._end

    def dying_end(*arguments, **options):
        at("processing")  # the ticket is written, nothing is committed
        return end(*arguments, **options)

    ingestion._end = dying_end
    with mailbox.connected() as box:
        mailbox.poll(box, now=clock.now, step=at)
    process_waiting(now=clock.now())


def on_record() -> dict[str, object]:
    in_child(lambda: take("", 0))
    from django.db.models import Count, Sum

    from lynnsupport.outbox.models import OutboxMessage
    from tickets.inbound.models import InboundMail, MailboxEntry
    from tickets.models import Message, Ticket

    outcomes = InboundMail.objects.order_by().values_list("outcome").annotate(number=Count("pk"))
    return {
        "stored": InboundMail.objects.count(),
        "outcomes": dict(outcomes),
        "failed": InboundMail.objects.filter(why="failed").count(),
        "copies": InboundMail.objects.aggregate(total=Sum("copies"))["total"],
        "entries": MailboxEntry.objects.count(),
        "tickets": Ticket.objects.count(),
        "messages": Message.objects.count(),
        "acknowledged": OutboxMessage.objects.filter(kind="ticket_registered").count(),
    }


def in_child(work) -> int:
    """Do it in a process of its own; 1 if that was killed. No connection to a database outlives a fork."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return 1
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("a child failed")
    return 0


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.inbound.process_settings"
    django.setup()
    {"kills": kills}[sys.argv[1]]()
