"""The portal's own question to a tenant's health address: is it up? Off unless HEALTH_PROBE says so (AVL-5).

Only https, only addresses of the public Internet, connected to as they were resolved; no redirect is
followed, and no more than the status line is read.
"""

import socket
import ssl
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from tickets.incidents.domain.addresses import host_of, is_public
from tickets.incidents.domain.alerts import Alert, Heard, Recovery
from tickets.incidents.models import HealthAddress, MonitorSource

from .operations import hear

SECONDS = 5.0  # for all of it
BYTES_AT_MOST = 1024
SILENT_AFTER = 5 * 60
FINGERPRINT = "probe"

type Resolve = Callable[[str, int], list[str]]
type Connect = Callable[[str, int, str, float], socket.socket]


class NotAllowed(Exception):
    """The address leads to where the portal asks nobody."""


def addresses_of(host: str, port: int) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: str, port: int, host: str, seconds: float) -> socket.socket:
    plain = socket.create_connection((address, port), timeout=seconds)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def is_up(url: str, *, resolve: Resolve = addresses_of, connect: Connect = connect) -> bool:
    """Whether it answers with 200 to 299. Raises NotAllowed for what may not be asked at all."""
    try:
        host, port, path = host_of(url)
    except (ValueError, UnicodeError) as error:
        raise NotAllowed(str(error)) from error
    try:
        addresses = resolve(host, port)
    except OSError:
        return False
    if not addresses or not all(is_public(address) for address in addresses):
        raise NotAllowed(f"{host} leads to an address that is not public")
    deadline = time.monotonic() + SECONDS
    try:
        with connect(addresses[0], port, host, SECONDS) as stream:
            stream.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return _says_up(_first_line(stream, deadline))
    except (OSError, ValueError):
        return False


def probe_all(*, now: datetime) -> int:
    """Ask every address that is switched on; returns how many. Nothing while HEALTH_PROBE is off."""
    if not settings.HEALTH_PROBE:
        return 0
    return sum(probe_one(health, now=now) for health in addresses_to_ask())


def addresses_to_ask() -> QuerySet[HealthAddress]:
    """Those that are switched on; none while HEALTH_PROBE is off."""
    active = HealthAddress.objects.filter(is_active=True).select_related("tenant").order_by("pk")
    return active if settings.HEALTH_PROBE else active.none()


def probe_one(health: HealthAddress, *, now: datetime) -> bool:
    """Ask once, and after a no once more: one lost packet is no outage. Whether it could be asked at all."""
    try:
        up = is_up(health.url) or is_up(health.url)
    except NotAllowed:
        return False
    hear(_source(health), _heard(health, up, now), now=now)
    return True


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
