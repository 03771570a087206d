"""How the rest of the product is told that a stream changed."""

from typing import Protocol

from control_api.streams.models import StreamState


class StreamAnnouncer(Protocol):
    """Tells those who watch. Announcements are hints: what is true is in PostgreSQL, and a lost one is not repeated."""

    async def stream_changed(self, state: StreamState) -> None:
        """The stream is now as `state` says."""

    async def lobby_changed(self) -> None:
        """The list of live streams is not what it was."""


class NobodyListens:
    """The announcer of a process that carries no Socket.IO server."""

    async def stream_changed(self, state: StreamState) -> None:
        return None

    async def lobby_changed(self) -> None:
        return None
