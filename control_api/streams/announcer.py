"""How the rest of the product is told that a stream changed."""

from typing import Protocol

from control_api.identity import StreamId
from control_api.streams.models import StreamState


class StreamAnnouncer(Protocol):
    """Tells those who watch. Announcements are hints: what is true is in PostgreSQL, and a lost one is not repeated."""

    async def stream_changed(self, state: StreamState) -> None:
        """The stream is now as `state` says."""

    async def stream_moves(self, stream_id: StreamId, worker_id: str) -> None:
        """Those who publish or watch the stream at that media worker have to ask anew where to."""

    async def lobby_changed(self) -> None:
        """The list of live streams is not what it was."""


class NobodyListens:
    """The announcer of a process that carries no Socket.IO server."""

    async def stream_changed(self, state: StreamState) -> None:
        return None

    async def stream_moves(self, stream_id: StreamId, worker_id: str) -> None:
        return None

    async def lobby_changed(self) -> None:
        return None
