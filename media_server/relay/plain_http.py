"""The key of a pull goes to its origin over HTTP: by TLS, or not over the Internet."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from media_server.relay.offer import RelayError

_PORT: Final = 80


class PlainHttp:
    """Where keys may be sent in the clear: within this machine and on private networks, or `anywhere`."""

    def __init__(self, *, own: Collection[IPv4Address | IPv6Address], anywhere: bool) -> None:
        """`own`: the addresses of this machine."""
        self._own = frozenset(own)
        self._anywhere = anywhere

    async def check(self, url: str) -> None:
        """Raises RelayError where a key would go in the clear to `url`, OSError for a name that nobody has."""
        parts = urlsplit(url)
        if parts.scheme == "https" or self._anywhere:
            return
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or _PORT, type=socket.SOCK_STREAM
        )
        addresses = {ip_address(str(name[0]).partition("%")[0]) for *_, name in found}
        if any(ip.is_global and ip not in self._own for ip in addresses):
            raise RelayError(
                "the key would go over the Internet in the clear: give the origin a MEDIA_INTERNAL_URL of https or of "
                "a private network, or set INTERNAL_PLAIN_HTTP=anywhere"
            )
