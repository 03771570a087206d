"""Has a worker's rooms served by its processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from media_server.hls_servers.served import Served
from media_server.hls_servers.servers import HlsServers


class HlsServersOutput:
    """A `RoomOutput` that has the room served."""

    def __init__(self, servers: HlsServers, room: Served) -> None:
        self._servers = servers
        self._room = room
        servers.open(room)

    def want(self, spec: object) -> None:
        """See `RoomOutput`: every stream is served."""

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`."""

    def end(self) -> None:
        """See `RoomOutput`: the playlists say so."""

    def close(self) -> None:
        """See `RoomOutput`."""
        self._servers.close(self._room.stream_id)

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {}
