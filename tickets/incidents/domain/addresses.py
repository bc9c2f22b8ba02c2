"""Which addresses the portal's own probe may ask: public ones only (AVL-5)."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit


class WhyNot(StrEnum):
    """Why an address is not asked."""

    SCHEME = "scheme"  # anything but https
    LOGIN = "login"
    HOST = "host"  # none, or one that cannot be read
    PATH = "path"
    INSIDE = "inside"  # it leads to where the portal asks nobody


class NotAsked(ValueError):
    """The portal's own probe does not ask this address."""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(f"not asked: {why}")
        self.why = why


_CARRIES_IPV4 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))


def is_public(address: str) -> bool:
    """Whether a resolved address is on the public Internet, whatever older address it may carry within."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or any(ip in network for network in _CARRIES_IPV4):
            return False
        return ip.is_global and not ip.is_multicast
    return _is_public_v4(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def host_of(url: str) -> tuple[str, int, str]:
    """Host, port and path of a health address. NotAsked for anything but plain https without a login."""
    try:
        parts = urlsplit(url)
        port, host = parts.port or 443, (parts.hostname or "").encode("idna").decode("ascii")
    except ValueError as error:  # UnicodeError is one
        raise NotAsked(WhyNot.HOST) from error
    if parts.scheme != "https":
        raise NotAsked(WhyNot.SCHEME)
    if "@" in parts.netloc:
        raise NotAsked(WhyNot.LOGIN)
    if not host:
        raise NotAsked(WhyNot.HOST)
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    if not path.isascii() or any(ord(character) <= 32 for character in path):
        raise NotAsked(WhyNot.PATH)
    return host, port, path
