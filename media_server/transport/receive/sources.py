"""Source addresses, from the forms in which the kernel and Python give them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from struct import Struct
from typing import Any, Final

from media_server.rtp.leg import Address

SOCKADDR_BYTES: Final = 28
"""Of struct sockaddr_in6; sockaddr_in has 16."""
_MAPPED: Final = bytes(10) + b"\xff\xff"
_MAPPED_TEXT: Final = "::ffff:"
# sa_family is in the machine's byte order, the port in the network's (ip(7), ipv6(7)).
_FAMILY: Final = Struct("=H")
_PORT: Final = Struct("!H")
_MOST_REMEMBERED: Final = 16_384


def of_python(source: Sequence[Any]) -> Address:
    """The address in what `socket.recvfrom` gives: (host, port), or (host, port, flow, scope) of IPv6."""
    host, port = source[0], source[1]
    if ":" not in host:
        return host, port
    # A scope id, as in fe80::1%eth0, says nothing about whom a datagram is from.
    host = host.partition("%")[0]
    mapped = host.removeprefix(_MAPPED_TEXT)
    return (mapped if "." in mapped else host), port


def of_sockaddr(name: bytes) -> Address:
    """The address in a struct sockaddr_in or sockaddr_in6."""
    port = _PORT.unpack_from(name, 2)[0]
    if _FAMILY.unpack_from(name)[0] == socket.AF_INET:
        return socket.inet_ntoa(name[4:8]), port
    host = name[8:24]
    if host.startswith(_MAPPED):
        return socket.inet_ntoa(host[12:]), port
    return socket.inet_ntop(socket.AF_INET6, host), port


class Sources:
    """`of_sockaddr`, remembered: peers send many datagrams each. When full it begins anew, at the price of a flood."""

    def __init__(self) -> None:
        self._known: dict[bytes, Address] = {}

    def of(self, name: bytes) -> Address:
        """The address in a struct sockaddr_in or sockaddr_in6."""
        address = self._known.get(name)
        if address is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            address = self._known[name] = of_sockaddr(name)
        return address

    def __len__(self) -> int:
        return len(self._known)
