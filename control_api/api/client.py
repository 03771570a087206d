"""Where a request comes from and what the browser asked for, seen through proxies that we trust."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HOST = re.compile(r"^(?P<name>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$")
IPV6_SITE_PREFIX = 64
UNKNOWN_ADDRESS = IPv4Address("0.0.0.0")  # noqa: S104 - the peer of a unix socket, not something to bind
MAX_FORWARDED_HOPS = 32


@dataclass(frozen=True, slots=True)
class Client:
    """The far end of a request: its address, and the scheme and host name it used."""

    address: Address
    scheme: str
    host_name: str

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def limit_key(self) -> str:
        """What rate limits count by: the address, or the /64 of an IPv6 one, since a site owns at least that."""
        if isinstance(self.address, IPv6Address):
            return str(IPv6Network((self.address, IPV6_SITE_PREFIX), strict=False))
        return str(self.address)


CLIENT = web.RequestKey("client", Client)


class ClientResolver:
    """Reads the forwarding headers of trusted proxies, and of nobody else."""

    def __init__(self, trusted_proxies: Sequence[Network]) -> None:
        self._trusted = tuple(trusted_proxies)

    def resolve(self, request: web.Request) -> Client:
        peer = parse_address(request.remote or "") or UNKNOWN_ADDRESS
        if not self._is_trusted(peer):
            return Client(peer, request.url.scheme, host_name(request.headers.get("Host", "")))
        forwarded_proto = request.headers.get("X-Forwarded-Proto", "")
        forwarded_host = request.headers.get("X-Forwarded-Host", request.headers.get("Host", ""))
        return Client(
            self._first_untrusted(peer, ",".join(request.headers.getall("X-Forwarded-For", []))),
            forwarded_proto if forwarded_proto in {"http", "https"} else request.url.scheme,
            host_name(forwarded_host),
        )

    def address(self, request: web.Request) -> str:
        """The address of the far end as text."""
        return str(self.resolve(request).address)

    def _first_untrusted(self, peer: Address, forwarded_for: str) -> Address:
        # Read from the right: each proxy appends whom it saw, so everything left of the first address that is
        # not ours was written by that stranger.
        address = peer
        for hop in reversed(forwarded_for.split(",")[-MAX_FORWARDED_HOPS:]):
            claimed = parse_address(hop.strip())
            if claimed is None:
                return address
            address = claimed
            if not self._is_trusted(address):
                return address
        return address

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def parse_address(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def host_name(host: str) -> str:
    """The name in a Host header without its port; `localhost` when it is not one."""
    match = HOST.match(host)
    return match["name"] if match else "localhost"
