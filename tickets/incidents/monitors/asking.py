"""The portal's own question to a tenant's health address: over https, to public addresses, and no further.

The name is looked up once, every address it has must be public, and exactly the one that was judged is
connected to: a name that changes its mind in between (DNS rebinding) gains nothing. No redirect is followed,
no proxy or cookie is used, little is read, and all of it ends in time.
"""

import http.client
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Self
from urllib.parse import SplitResult, urlsplit

from tickets.incidents.domain.public_addresses import is_public

HTTPS_PORT = 443
STEP_SECONDS = 5  # for each of: connecting, the handshake, a piece of the answer
WHOLE_SECONDS = 15  # for all of it, however slowly the other side drips
READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the tenant is up, and what was seen."""

    is_up: bool
    words: str


class NotAsked(Exception):
    """The address may not be asked; nothing was sent. The text says why, for people of Lynn."""


type Resolve = Callable[[str, int], list[str]]
type Connect = Callable[[str, int], socket.socket]


def addresses_of(host: str, port: int) -> list[str]:
    """What the resolver says, as texts. Raises OSError where it knows nothing."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_rest, address in found))


def connect_to(address: str, port: int) -> socket.socket:
    return socket.create_connection((address, port), timeout=STEP_SECONDS)


def ask(
    url: str,
    *,
    resolve: Resolve = addresses_of,
    connect: Connect = connect_to,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """One GET. Up is an answer of 200 to 299; anything else, and none, is not.

    Raises NotAsked where the address is not https or leads anywhere but to public addresses.
    """
    parts, host, port = parts_of(url)
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        return Answer(False, "the name is not known")
    if not addresses or not all(is_public(address) for address in addresses):
        raise NotAsked("the name leads to an address that is not public")
    try:
        status = _status(parts, host, port, addresses[0], connect, context or ssl.create_default_context())
    except TimeoutError:
        return Answer(False, "no answer in time")
    except ssl.SSLCertVerificationError:
        return Answer(False, "the certificate is not valid")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(False, f"no answer ({type(error).__name__})")
    return Answer(200 <= status < 300, f"HTTP {status}")


def parts_of(url: str) -> tuple[SplitResult, str, int]:
    """The address with its host and port. Raises NotAsked where it is no plain https address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS_PORT
    except ValueError:
        raise NotAsked("it is no address") from None
    if parts.scheme != "https":
        raise NotAsked("only https is asked")
    if not host or parts.username is not None or parts.password is not None:
        raise NotAsked("it names no host, or a login")
    if not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        raise NotAsked("it is no address")
    return parts, host, port


def _status(
    parts: SplitResult,
    host: str,
    port: int,
    address: str,
    connect: Connect,
    context: ssl.SSLContext,
) -> int:
    with _Deadline() as deadline, deadline.holding(connect(address, port)) as bare:
        # The handshake comes after: only what is held can be cut off.
        secured = context.wrap_socket(bare, server_hostname=host, do_handshake_on_connect=False)
        with deadline.holding(secured):
            secured.settimeout(STEP_SECONDS)
            secured.do_handshake()
            status = _get(secured, parts, host, port)
        if deadline.is_over:  # what was cut off in its headers looks as if it had ended
            raise TimeoutError
        return status


def _get(secured: socket.socket, parts: SplitResult, host: str, port: int) -> int:
    connection = http.client.HTTPConnection(host, port)
    connection.sock = secured
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    shown = f"[{host}]" if ":" in host else host
    headers = {
        "Host": shown if port == HTTPS_PORT else f"{shown}:{port}",
        "User-Agent": "lynnsupport-probe",
        "Accept": "*/*",
        "Connection": "close",
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read(READ_BYTES)
    return answer.status


class _Deadline:
    """A limit for the whole: each piece may come in time, and the answer still never end."""

    def __init__(self) -> None:
        self.is_over = False
        self._held: socket.socket | None = None
        self._timer = Timer(WHOLE_SECONDS, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def holding[S: socket.socket](self, held: S) -> S:
        """`held`, which is from now on what is cut off."""
        self._held = held
        return held

    def _cut(self) -> None:
        self.is_over = True
        with suppress(OSError):
            if self._held is not None:
                self._held.shutdown(socket.SHUT_RDWR)
