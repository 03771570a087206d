"""Ports for programs that want to be told one."""

from __future__ import annotations

import socket


def free_port(*, udp_too: bool = False) -> int:
    """A port that nothing listened on a moment ago. Prefer binding port 0 where a program can say what it got."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            if not udp_too:
                return port
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def free_ports(count: int) -> list[int]:
    """So many ports in a row, of TCP and of UDP, that nothing listened on a moment ago."""
    while True:
        first = free_port(udp_too=True)
        ports = [first + number for number in range(count)]
        if ports[-1] < 65_536 and all(_is_free(port) for port in ports):
            return ports


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as sock:
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
