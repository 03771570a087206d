"""One TCP port that several processes listen at, each with a socket of its own (SO_REUSEPORT)."""

from __future__ import annotations

import socket
from typing import Final

from media_server.transport.sockets import ANY_ADDRESS, ANY_IPV4, bound_socket

_LOOPBACK: Final = "127.0.0.1"


def claim_port(host: str, port: int) -> socket.socket:
    """A socket that keeps a port for processes of ours, and is never listened at; 0 for any that is free.

    Raises OSError when somebody else has it. Another worker on this machine would share it else, and be asked for
    streams that it does not have.
    """
    with bound_socket(socket.SOCK_STREAM, host, port) as probe:
        family, (at, *_) = probe.family, probe.getsockname()
    # Not SO_REUSEADDR: with it, the probe of another would find nothing.
    return _bound(family, at, port, socket.SO_REUSEPORT)


def shared_socket(host: str, port: int) -> socket.socket:
    """A socket to listen with, at a port that was claimed. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # What is left of its connections (TIME_WAIT) then keeps nobody from claiming the port again.
    return _bound(family, host, port, socket.SO_REUSEPORT, socket.SO_REUSEADDR)


def reachable(host: str) -> str:
    """An address at which this machine reaches what listens at `host`."""
    return _LOOPBACK if host in (ANY_ADDRESS, ANY_IPV4) else host


def _bound(family: int, host: str, port: int, *options: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if host == ANY_ADDRESS:
            # Some systems say otherwise in net.ipv6.bindv6only.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        for option in options:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
