"""Valkey from its wheel, on a unix socket. It keeps nothing: PostgreSQL can rebuild all that is in it."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from deploy.standalone.embedded import EmbeddedServer, Launch
from deploy.standalone.programs import valkey_server

PING_TIMEOUT_S = 1.0


class EmbeddedValkey(EmbeddedServer):
    """A Valkey server without a port and without files."""

    name = "Valkey"
    # The first is about saving to disk, which this one never does; the others say at length that it was asked to end.
    hushed = ("Memory overcommit must be enabled", "scheduling shutdown", "is now ready to exit")

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._program = valkey_server(copied=self.account is not None)
        self._socket = self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """Its address, as redis-py wants it."""
        return f"unix://{self._socket}"

    def launch(self) -> Launch:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.data_dir),
            "save": "",
            "appendonly": "no",
            "maxmemory": "256mb",
            # Only what lapses by itself may be evicted: commands to workers are not.
            "maxmemory-policy": "volatile-ttl",
            "loglevel": "warning",
        }
        settings = [part for name, value in options.items() for part in (f"--{name}", value)]
        return Launch((str(self._program), *settings), self.account, signal.SIGTERM)

    def is_ready(self, pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(PING_TIMEOUT_S)
            try:
                probe.connect(str(self._socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False
