"""How well a room's stream comes, as one of its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from media_server.ingest.health import StreamHealth
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.spec import StreamSpec


class HealthOutput:
    """Told to whoever publishes."""

    def __init__(self, room: LiveRoom) -> None:
        self._health = StreamHealth()
        room.hub.listen(self._health, now=room.clock())

    def want(self, spec: StreamSpec) -> None:
        """See `RoomOutput`; how a stream comes does not depend on what is wanted of it."""

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`."""
        self._health.poll(now=now)

    def end(self) -> None:
        """See `RoomOutput`; the hub says it too."""

    def close(self) -> None:
        """See `RoomOutput`; it goes with the room's hub."""

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"health": self._health.state()}
