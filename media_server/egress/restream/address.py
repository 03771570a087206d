"""Where a target is: what its URL may say, and to which addresses we connect."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

MAX_URL_CHARS: Final = 500
_DEFAULT_PORTS: Final = {"rtmp": 1935, "rtmps": 443}
_LOW_PORTS: Final = frozenset({80, 443})
_NAT64: Final = IPv6Network("64:ff9b::/96")


class BadTarget(Exception):
    """Nothing is sent there. The message is a sentence for the creator, without the key."""


@dataclass(frozen=True, slots=True)
class TargetAddress:
    """A target's server. `tc_url` is its URL without the key, as RTMP servers are told it."""

    host: str
    port: int
    app: str
    is_tls: bool

    @property
    def tc_url(self) -> str:
        """The URL with its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rtmps' if self.is_tls else 'rtmp'}://{host}:{self.port}/{self.app}"

    @classmethod
    def parse(cls, url: str) -> TargetAddress:
        """Reads `rtmp(s)://host[:port]/app`. Raises BadTarget."""
        if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable():
            raise BadTarget("The address of the target makes no sense.")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadTarget("The address of the target makes no sense.") from None
        default = _DEFAULT_PORTS.get(parts.scheme)
        if default is None or not parts.hostname:
            raise BadTarget("The address of a target begins with rtmp:// or rtmps:// and a host.")
        if parts.username is not None or parts.password is not None:
            raise BadTarget("The address of a target has no user name in it.")
        port = default if port is None else port
        if port not in _LOW_PORTS and not 1023 < port < 65_536:
            raise BadTarget(f"Port {port} is not one for RTMP.")
        app = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
        if not app:
            raise BadTarget("The address of a target ends in the name of an application, such as /live.")
        return cls(parts.hostname, port, app, parts.scheme == "rtmps")


async def resolved(address: TargetAddress, *, allow_private: bool) -> Sequence[str]:
    """The addresses of the host, each of which may be connected to. Raises BadTarget, also when one may not.

    Who connects uses these and asks no name server again: an answer that is another the second time opens nothing.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise BadTarget("The host of the target is not known.") from None
    hosts = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not hosts:
        raise BadTarget("The host of the target is not known.")
    if not allow_private and not all(is_public(host) for host in hosts):
        raise BadTarget("The host of the target is not on the public Internet.")
    return hosts


def is_public(host: str) -> bool:
    """Whether a numeric address, and the one of IPv4 that it may stand for, is on the public Internet."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        return _is_global(address) and all(_is_global(each) for each in _embedded(address))
    return _is_global(address)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    """What mapped, 6to4, Teredo and NAT64 addresses lead to."""
    found = [address.ipv4_mapped, address.sixtofour, address.teredo[1] if address.teredo else None]
    if address in _NAT64:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]
