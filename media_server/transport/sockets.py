"""Sockets of one or both families of IP."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal

ANY_ADDRESS: Final = "::"
"""Everything of this machine: both families on one socket where it has IPv6, all of IPv4 where it has not."""
ANY_IPV4: Final = "0.0.0.0"  # noqa: S104 - a media server is reached from outside
IpVersion = Literal[4, 6]
_MAPPED: Final = "::ffff:"
_NO_IPV6: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


def bound_socket(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    """A non-blocking socket of `kind`, bound. Raises OSError when the port is taken."""
    if host != ANY_ADDRESS:
        return _bound(socket.AF_INET6 if ":" in host else socket.AF_INET, kind, host, port)
    try:
        return _bound(socket.AF_INET6, kind, host, port)
    except OSError as error:
        if error.errno not in _NO_IPV6:
            raise
        return _bound(socket.AF_INET, kind, ANY_IPV4, port)


def version_of(host: str) -> IpVersion:
    """Of an IP address."""
    return 6 if ":" in host else 4


def versions_reached(sock: socket.socket) -> tuple[IpVersion, ...]:
    """Those of the addresses that a bound socket can send to."""
    if sock.family == socket.AF_INET:
        return (4,)
    return (4, 6) if sock.getsockname()[0] == ANY_ADDRESS else (6,)


def told_address(host: str) -> str:
    """An IP address as another process told it, in its usual form. Raises ValueError for one nothing can be sent to.

    Link-local ones would need a scope, which is the sender's own; mapped ones are IPv4.
    """
    ip = ip_address(host)
    if ip.is_unspecified or ip.is_multicast:
        raise ValueError("the address is nobody's")
    if isinstance(ip, IPv6Address) and (ip.is_link_local or ip.scope_id is not None or ip.ipv4_mapped is not None):
        raise ValueError("the address is not one that other machines can send to")
    return str(ip)


def as_known(host: str) -> str:
    """`host` as a socket of both families says it, in the one form it has here: IPv4 is dotted, and has no scope."""
    bare = host.partition("%")[0]
    return bare[len(_MAPPED) :] if bare.startswith(_MAPPED) and "." in bare else bare


def as_mapped(host: str) -> str:
    """`host` as a socket of both families takes it: IPv4 mapped into IPv6 (RFC 4291 §2.5.5.2)."""
    return host if ":" in host else _MAPPED + host


def _bound(family: socket.AddressFamily, kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6 and host == ANY_ADDRESS:
            # Some systems say otherwise in net.ipv6.bindv6only.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
