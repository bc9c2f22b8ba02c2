"""Which addresses of the Internet the portal's own probe may ask: public ones, however they are written."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# RFC 6052: the last 32 bits are an address of the old kind, reached through a translator.
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether `text`, as a resolver writes it, is an address that anybody may reach.

    Private, loopback, link-local, shared, reserved and multicast ones are not; nor is one that carries such
    an address inside (mapped, 6to4, Teredo, NAT64), nor anything that is no address.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in _and_inside(address))


def _and_inside(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address, and those that it stands for. A zone, as in `fe80::1%eth0`, belongs to this machine."""
    if isinstance(address, IPv4Address):
        return [address]
    inside: list[IPv4Address | IPv6Address] = []
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        inside.append(address.sixtofour)
    if address.teredo is not None:
        inside.extend(address.teredo)
    if address in _TRANSLATED:
        inside.append(IPv4Address(int(address) & 0xFFFFFFFF))
    if int(address) >> 32 == 0:  # the old «compatible» form, ::10.0.0.1
        inside.append(IPv4Address(int(address)))
    return [address, *inside]
