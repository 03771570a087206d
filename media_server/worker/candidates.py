"""Where peers reach the sockets of a worker."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

import ifaddr

from media_server.settings import WorkerSettings
from media_server.transport.sockets import ANY_ADDRESS, ANY_IPV4

IpAddress = IPv4Address | IPv6Address


def reachable_hosts(settings: WorkerSettings, *, has_ipv6: bool) -> tuple[str, ...]:
    """As configured (NAT 1:1), else where the sockets are bound; loopback is last.

    `has_ipv6` says whether a socket bound to everything got both families.
    """
    if settings.media_advertised_ips:
        return tuple(str(ip) for ip in settings.media_advertised_ips)
    if settings.media_host not in (ANY_ADDRESS, ANY_IPV4):
        return (settings.media_host,)
    families = (4, 6) if has_ipv6 else (4,)
    return tuple(str(ip) for ip in offered(own_addresses()) if ip.version in families)


def own_addresses() -> list[IpAddress]:
    """Those of the network interfaces."""
    # An IPv6 address comes with its flow and scope.
    said = (ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips)
    return [ip_address(host.partition("%")[0]) for host in said]


def offered(addresses: Iterable[IpAddress]) -> list[IpAddress]:
    """Those that make candidates (RFC 8445 §5.1.1.1), IPv4 first: the first is also the default of the description.

    Link-local ones are left out: a browser elsewhere has no use for them, and one nearby would need a scope. Loopback
    serves those on this machine alone.
    """
    kept = [ip for ip in dict.fromkeys(addresses) if not ip.is_link_local]
    return sorted(kept, key=lambda ip: (ip.is_loopback, ip.version))
