"""The portal's own question to a tenant's health address: is it up? Off unless HEALTH_PROBE says so (AVL-5).

Only https, only addresses of the public Internet, connected to as they were resolved; no redirect is
followed, and no more than the status line is read.
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import F, OuterRef, QuerySet, Subquery

from tickets.incidents.domain.addresses import NotAsked, WhyNot, host_of, is_public
from tickets.incidents.domain.alerts import Alert, Heard, Recovery
from tickets.incidents.models import HealthAddress, MonitorSource

from .operations import hear

SECONDS = 5.0  # for one question
SECONDS_FOR_ALL = 20.0  # beat asks every thirty
AT_ONCE = 32
BYTES_AT_MOST = 1024
SILENT_AFTER = 5 * 60
FINGERPRINT = "probe"

log = structlog.get_logger(__name__)

type Resolve = Callable[[str, int], list[str]]
type Connect = Callable[[str, int, str, float], socket.socket]


def addresses_of(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: str, port: int, host: str, seconds: float) -> socket.socket:
    plain = socket.create_connection((address, port), timeout=seconds)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def public_addresses(host: str, port: int, resolve: Resolve = addresses_of) -> list[str]:
    """Where the host leads; none where nobody knows it. Raises NotAsked if any of it is not public."""
    try:
        addresses = resolve(host, port)
    except OSError:
        return []
    if not all(is_public(address) for address in addresses):
        raise NotAsked(WhyNot.INSIDE)
    return addresses


def is_up(url: str, *, resolve: Resolve = addresses_of, connect: Connect = connect) -> bool:
    """Whether it answers with 200 to 299. Raises NotAsked for what may not be asked at all."""
    host, port, path = host_of(url)
    addresses = public_addresses(host, port, resolve)
    if not addresses:
        return False
    deadline = time.monotonic() + SECONDS
    try:
        with connect(addresses[0], port, host, SECONDS) as stream:
            stream.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return _says_up(_first_line(stream, deadline))
    except (OSError, ValueError):
        return False


def probe_all(*, now: datetime) -> int:
    """Ask every address that is switched on, many at once; returns how many. None while it is off.

    All of it takes less than the time between two questions: whom there was no time for is asked first then.
    """
    addresses = list(addresses_to_ask())
    answers = _answers([health.url for health in addresses])
    asked = [(health, up) for health, up in zip(addresses, answers, strict=True) if up is not None]
    for health, up in asked:
        try:
            hear(_source(health), _heard(health, up, now), now=now)
        except DatabaseError:  # of one tenant; the others' answers are kept
            log.exception("probe_answer_lost", address=health.pk)
    return len(asked)


def addresses_to_ask() -> QuerySet[HealthAddress]:
    """Those that are switched on, the longest unheard first; none while HEALTH_PROBE is off."""
    probes = MonitorSource.objects.filter(kind=MonitorSource.Kind.PROBE, tenant=OuterRef("tenant"))
    heard_at = Subquery(probes.values("last_heard_at")[:1])
    active = HealthAddress.objects.filter(is_active=True).annotate(heard_at=heard_at)
    by_silence = active.select_related("tenant").order_by(F("heard_at").asc(nulls_first=True), "pk")
    return by_silence if settings.HEALTH_PROBE else active.none()


def _answers(urls: Sequence[str]) -> list[bool | None]:
    """Of each address, in order, whether it is up; None for what could not be asked, or not in time."""
    pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="probe")
    asked = [pool.submit(_answer, url) for url in urls]
    answered, _late = wait(asked, timeout=SECONDS_FOR_ALL)
    pool.shutdown(wait=False, cancel_futures=True)
    return [each.result() if each in answered else None for each in asked]


def _answer(url: str) -> bool | None:
    """Ask once, and after a no once more: one lost packet is no outage. Reads and writes no database."""
    try:
        return is_up(url) or is_up(url)
    except NotAsked:
        return None


def _heard(health: HealthAddress, up: bool, now: datetime) -> Heard:
    if up:
        return Heard(recoveries=[Recovery(FINGERPRINT, now)])
    return Heard(alerts=[Alert(FINGERPRINT, now, None, f"{health.url} does not answer that it is up.")])


def _source(health: HealthAddress) -> MonitorSource:
    source, _ = MonitorSource.objects.get_or_create(
        kind=MonitorSource.Kind.PROBE,
        tenant=health.tenant,
        defaults={"name": f"Probe of {health.tenant.code}", "silent_after": SILENT_AFTER},
    )
    return source


def _first_line(stream: socket.socket, deadline: float) -> bytes:
    read = b""
    while b"\n" not in read and len(read) < BYTES_AT_MOST:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        stream.settimeout(left)
        more = stream.recv(BYTES_AT_MOST - len(read))
        if not more:
            break
        read += more
    return read.partition(b"\n")[0]


def _says_up(line: bytes) -> bool:
    version, _, rest = line.partition(b" ")
    return version.startswith(b"HTTP/1.") and rest[:1] == b"2" and rest[:3].isdigit()
