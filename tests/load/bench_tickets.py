"""Intake, sweep, list and page of tickets under weight, side by side with a trivial page (`tests.load.urls`).

    DATABASE_URL=postgres://… python -m tests.load.bench_tickets --tickets 1000000 --breaches 50000

Works on a database of its own on PostgreSQL, which it makes and drops. Prints one table; timings are wall
clock and mean something only against each other (see BARS in the docs for what is asked).
"""

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django

SEARCHES = {
    "words of every ticket": "bot responde",
    "a word of one ticket": "transbordador",
    "words of none": "zafarrancho",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--intake", type=int, default=2000, help="tickets through open_ticket")
    parser.add_argument("--at-once", type=int, default=2, help="threads that open them, beside one alone")
    parser.add_argument("--tickets", type=int, default=1_000_000, help="open tickets beside them")
    parser.add_argument("--breaches", type=int, default=50_000, help="clocks that fall due at once")
    options = parser.parse_args()
    if "DATABASE_URL" not in os.environ:
        parser.error("DATABASE_URL names the PostgreSQL server to work on")
    os.environ["DJANGO_SETTINGS_MODULE"] = "lynnsupport.settings.test"
    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.ALLOWED_HOSTS = ["testserver"]  # the rest of the test environment would watch templates
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        for line in _measure(options.intake, options.at_once, options.tickets, options.breaches):
            print(line, flush=True)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    return 0


def _measure(intake: int, at_once: int, tickets: int, breaches: int):
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lynnsupport.common import clock
    from lynnsupport.common.memory import keep_what_is_loaded
    from tests.tickets.stories import make_cast, raise_ticket
    from tickets.models import ClockMilestone, Ticket
    from tickets.operations import answer_customer, reply_as_customer, sweep_clocks

    call_command("load_policy", verbosity=0)
    now = clock.now()
    cast = make_cast(at=now)
    raise_ticket(cast, now, subject="Transbordador averiado")
    yield "| measure | figure |"
    yield "|---|---:|"
    raise_ticket(cast, now)
    with CaptureQueriesContext(connection) as captured:
        raise_ticket(cast, now)
    keep_what_is_loaded()  # as a web process does, which has several threads (deploy/gunicorn.conf.py)
    for threads in dict.fromkeys((1, at_once)):
        seconds = _shared_out(lambda: raise_ticket(cast, now), intake, threads)
        told = f"intake through open_ticket, one process, {threads} at once"
        yield f"| {told} | {intake / seconds:.0f} a second |"
    yield f"| queries of one intake | {len(captured)} |"

    settings.ROOT_URLCONF = "tests.load.urls"
    client = Client(raise_request_exception=True)
    client.force_login(cast.designated.user)
    lists: dict[tuple[str, int], float] = {}  # in trivial pages of the same moment
    trivial: dict[int, float] = {}
    for size in (10_000, tickets):
        _clone_to(size)
        for told, address in _pages_of_list(size):
            times = _side_by_side(
                lambda address=address: client.get(address), lambda: client.get("/trivial/")
            )
            lists[told, size], trivial[size] = times[0] / times[1], times[1]
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            yield _beside(f"{told}, {size:,} tickets", *times, queries=len(captured))
        for told, words in SEARCHES.items():
            found = _p50(lambda words=words: client.get("/tickets/", {"q": words}), times=5)
            yield f"| search of the list, {size:,} tickets, {told} | {found:.1f} ms |"
        idle = _p50(lambda: sweep_clocks(now=now - timedelta(days=1)))
        yield f"| idle sweep, {size:,} tickets | {idle:.2f} ms |"
        yield f"| the trivial page, {size:,} tickets | {trivial[size]:.1f} ms |"
    for told in dict.fromkeys(told for told, _size in lists):
        ratio = lists[told, tickets] / lists[told, 10_000]
        yield f"| {told} in trivial pages: at {tickets:,} to at 10,000 | {ratio:.2f} |"
    talked_of = Ticket.objects.earliest("pk")
    for number in range(20 - talked_of.messages.count()):
        said = {"now": now + timedelta(minutes=number), "body": f"Mensaje {number}: el bot no responde."}
        if number % 2:
            answer_customer(talked_of, by=cast.engineer, **said)
        else:
            reply_as_customer(talked_of, by=cast.designated.user, **said)
    address = f"/tickets/{talked_of.number}/"
    times = _side_by_side(lambda: client.get(address), lambda: client.get("/trivial/"))
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    yield _beside(f"ticket page, {talked_of.messages.count()} messages", *times, queries=len(captured))

    due = _fall_due(breaches, at=now - timedelta(days=400))
    before = ClockMilestone.objects.count()
    keep_what_is_loaded()  # as the worker does
    seconds = _seconds(lambda: sweep_clocks(now=now - timedelta(days=300)))
    recorded = ClockMilestone.objects.filter(percent=100).count()
    facts = ClockMilestone.objects.count() - before
    yield f"| breaches asked, recorded, facts in all | {due:,}, {recorded:,}, {facts:,} |"
    yield f"| seconds for them | {seconds:.1f} |"
    again = _seconds(lambda: sweep_clocks(now=now - timedelta(days=300)))
    more = ClockMilestone.objects.filter(percent=100).count() - recorded
    yield f"| recorded by a second sweep | {more} ({again:.2f} s) |"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    yield f"| peak memory of this process | {peak} MB |"


def _shared_out(work: Callable[[], object], times: int, threads: int) -> float:
    """Seconds until so many threads have done it so many times in all."""
    from tests.at_once import at_once

    def share(_: int) -> None:
        for _ in range(times // threads):
            work()

    return _seconds(lambda: at_once(threads, share))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _p50(work: Callable[[], object], times: int = 15) -> float:
    """Milliseconds, after one run that warms the caches."""
    work()
    return statistics.median(_seconds(work) for _ in range(times)) * 1000


def _side_by_side(
    work: Callable[[], object], trivial: Callable[[], object], times: int = 25
) -> tuple[float, float]:
    """Milliseconds of both, taken in turns: what else the machine does slows both."""
    work(), trivial()
    pairs = [(_seconds(work), _seconds(trivial)) for _ in range(times)]
    return statistics.median(w for w, _t in pairs) * 1000, statistics.median(t for _w, t in pairs) * 1000


def _beside(told: str, took: float, trivial: float, *, queries: int) -> str:
    ratio = took / trivial
    return f"| {told}: p50, to a trivial page, queries | {took:.1f} ms, {ratio:.2f}, {queries} |"


def _pages_of_list(size: int) -> list[tuple[str, str]]:
    """The first page, one in the middle and the last, as the links of the page before lead to them."""
    from urllib.parse import quote

    from tickets.models import Ticket
    from tickets.paging import Cursor

    queue = Ticket.objects.order_by("queue_at", "id")
    middle, last = queue[size // 2], queue[size - 51]
    return [
        ("first page of the list", "/tickets/"),
        ("a page in its middle", f"/tickets/?after={quote(str(Cursor.after(middle)))}"),
        ("its last page", f"/tickets/?after={quote(str(Cursor.after(last)))}"),
    ]


def _clone_to(size: int) -> None:
    """Fill up to `size` tickets, each with the clocks of the first, in sets."""
    from django.db import connection

    from tickets.models import SlaClock, StoredClockEvent, Ticket

    missing = size - Ticket.objects.count()
    if missing <= 0:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT min(id), max(id) FROM tickets_ticket")
        model, last = cursor.fetchone()
        columns = _columns(Ticket, without={"id", "number", "submission_key", "queue_at", "search_text"})
        cursor.execute(
            f"INSERT INTO tickets_ticket (id, number, search_text, {columns}) SELECT %s + n, 'LYN-2025-' || "
            f"lpad((%s + n)::text, 7, '0'), search_text || ' ' || md5(n::text), {columns} "
            f"FROM tickets_ticket, generate_series(1, %s) n WHERE id = %s",
            [last, last, missing, model],
        )
        clock_columns = _columns(SlaClock, without={"id", "ticket_id"})
        cursor.execute(
            f"INSERT INTO tickets_slaclock (ticket_id, {clock_columns}) SELECT %s + n, {clock_columns} "
            f"FROM tickets_slaclock, generate_series(1, %s) n WHERE ticket_id = %s",
            [last, missing, model],
        )
        event_columns = _columns(StoredClockEvent, without={"id", "clock_id"}, prefix="e.")
        names = event_columns.replace("e.", "")
        cursor.execute(
            f"INSERT INTO tickets_storedclockevent (clock_id, {names}) SELECT c.id, {event_columns} "
            "FROM tickets_slaclock c JOIN tickets_slaclock m ON m.ticket_id = %s AND m.kind = c.kind "
            "JOIN tickets_storedclockevent e ON e.clock_id = m.id WHERE c.ticket_id > %s",
            [model, last],
        )
        for table in ("tickets_ticket", "tickets_slaclock", "tickets_storedclockevent"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")


def _columns(model, *, without: set[str], prefix: str = "") -> str:
    names = (field.column for field in model._meta.concrete_fields)
    return ", ".join(f'{prefix}"{name}"' for name in names if name not in without)


def _fall_due(count: int, *, at) -> int:
    """Let `count` restoration clocks have started long ago; the sweep finds them due."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tickets_storedclockevent DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE tickets_storedclockevent SET at = %s WHERE clock_id IN (SELECT id FROM tickets_slaclock "
            "WHERE kind = 'restoration' ORDER BY id LIMIT %s)",
            [at, count],
        )
        cursor.execute("ALTER TABLE tickets_storedclockevent ENABLE TRIGGER USER")
        cursor.execute(
            "UPDATE tickets_slaclock SET started_at = %s, due_at = %s::timestamptz + interval '5 days', "
            "next_check_at = %s WHERE id IN "
            "(SELECT id FROM tickets_slaclock WHERE kind = 'restoration' ORDER BY id LIMIT %s)",
            [at, at, at, count],
        )
        return cursor.rowcount


if __name__ == "__main__":
    sys.exit(main())
