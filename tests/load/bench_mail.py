"""Mails through `ingest`, each with a 50 kB attachment, in one process and in as many as a worker has; what
was asked, what arrived.

    DATABASE_URL=postgres://… python -m tests.load.bench_mail --mails 1000 --processes 2

Works on a database of its own on PostgreSQL, which it makes and drops.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time

import django

ATTACHMENT_BYTES = 50 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2, help="as deploy/systemd gives a worker")
    options = parser.parse_args()
    if "DATABASE_URL" not in os.environ:
        parser.error("DATABASE_URL names the PostgreSQL server to work on")
    os.environ["DJANGO_SETTINGS_MODULE"] = "lynnsupport.settings.test"
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings.MEDIA_ROOT = folder
            for line in _measure(options.mails, options.processes):
                print(line, flush=True)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    return 0


def _measure(count: int, processes: int):
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lynnsupport.common import clock
    from lynnsupport.common.memory import keep_what_is_loaded
    from tests.inbound.mails import mail
    from tests.tickets.stories import make_cast, raise_ticket
    from tickets.inbound.models import InboundMail
    from tickets.inbound.operations import ingest
    from tickets.models import Attachment, Ticket

    call_command("load_policy", verbosity=0)
    now = clock.now()
    cast = make_cast(at=now)

    def written(name: str) -> bytes:
        return mail(
            sender=cast.designated.email,
            subject=f"{cast.tenant.code} {name}",
            files={"captura.png": os.urandom(ATTACHMENT_BYTES)},
        )

    yield "| measure | figure |"
    yield "|---|---:|"
    ingest(written("Uno"), now=now)
    keep_what_is_loaded()  # as the worker does when it starts
    with CaptureQueriesContext(connection) as captured:
        ingest(written("Dos"), now=now)
    yield f"| queries of one mail | {len(captured)} |"
    began = time.perf_counter()
    for _ in range(count // 4):
        raise_ticket(cast, now)
    beside = time.perf_counter() - began
    yield f"| tickets through open_ticket in the same run, a second | {count // 4 / beside:.0f} |"
    tickets = Ticket.objects.count()
    raws = [written(f"Caso {number}") for number in range(count)]
    durations = []
    for raw in raws:
        began = time.perf_counter()
        ingest(raw, now=now)
        durations.append(time.perf_counter() - began)
    arrived = Ticket.objects.count() - tickets
    kept = InboundMail.objects.count() - 2
    yield f"| mails a second | {count / sum(durations):.0f} |"
    cuts = statistics.quantiles(durations, n=20)
    yield f"| p50, p95 | {cuts[9] * 1000:.1f} ms, {cuts[18] * 1000:.1f} ms |"
    files = Attachment.objects.count() - 2
    yield f"| asked, kept, tickets, attachments | {count}, {kept}, {arrived}, {files} |"
    began = time.perf_counter()
    for raw in raws:
        ingest(raw, now=now)
    again = time.perf_counter() - began
    more = Ticket.objects.count() - tickets - arrived
    yield f"| the same again: a second, tickets more | {count / again:.0f}, {more} |"
    kept, tickets = InboundMail.objects.count(), Ticket.objects.count()
    raws = [written(f"Otro {number}") for number in range(count)]
    seconds = _in_processes(raws, processes)
    yield f"| mails a second, {processes} processes | {count / seconds:.0f} |"
    arrived, kept = Ticket.objects.count() - tickets, InboundMail.objects.count() - kept
    yield f"| asked of them, kept, tickets | {count}, {kept}, {arrived} |"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    yield f"| peak memory of this process | {peak} MB |"


def _in_processes(raws: list[bytes], processes: int) -> float:
    """Seconds from the moment at which all are ready until the last is done; the mails dealt out in turns."""
    from django.conf import settings
    from django.db import connection

    os.environ["DATABASE_URL"] = _address_of(connection.settings_dict)
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(processes + 1)
    workers = [
        context.Process(target=_work, args=(raws[place::processes], start, settings.MEDIA_ROOT))
        for place in range(processes)
    ]
    for worker in workers:
        worker.start()
    start.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError(f"a process ended with {worker.exitcode}")
    return time.perf_counter() - began


def _address_of(database: dict) -> str:
    at = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return f"postgres://{database['USER']}:{database['PASSWORD']}@{at}"


def _work(raws: list[bytes], start, folder: str) -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection

    from lynnsupport.common import clock
    from lynnsupport.common.memory import keep_what_is_loaded
    from tickets.inbound.operations import ingest

    settings.MEDIA_ROOT = folder
    connection.ensure_connection()
    keep_what_is_loaded()
    start.wait()
    now = clock.now()
    for raw in raws:
        ingest(raw, now=now)
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
