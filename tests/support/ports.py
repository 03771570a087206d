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
