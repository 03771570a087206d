"""What counts as one place on the Internet where something is limited for each."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

_IPV6_PREFIX: Final = 64


def site_of(host: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, since a site owns at least that."""
    try:
        parsed = ip_address(host.partition("%")[0])
    except ValueError:
        return host  # the peer of a unix socket
    if not isinstance(parsed, IPv6Address):
        return host
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _IPV6_PREFIX), strict=False))
