"""Which addresses the portal's own probe may ask: public ones only (AVL-5)."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

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
    """Host, port and path of a health address. ValueError for anything but plain https without a login."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("a health address is https, with a host and without a login")
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    if not path.isascii() or any(ord(character) <= 32 for character in path):
        raise ValueError("the path of a health address is plain ASCII")
    return parts.hostname.encode("idna").decode("ascii"), parts.port or 443, path
