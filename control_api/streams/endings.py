"""Telling everybody whom it concerns that a stream has ended, after that is committed."""

import structlog

from control_api.errors import ServiceUnavailable
from control_api.media.commands import WorkerCommands
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.models import Stream, StreamState

log = structlog.get_logger(__name__)


class StreamEndings:
    def __init__(self, commands: WorkerCommands, announcer: StreamAnnouncer) -> None:
        self._commands = commands
        self._announcer = announcer

    async def tell(self, ended: Stream, *, was_on_air: bool) -> None:
        """Tell the media worker and those who watch; and the lobby when the stream was in the list."""
        try:
            await self._commands.end_stream(ended.worker_id, ended.id)
        except ServiceUnavailable:
            # The stream has ended in PostgreSQL; the reconciler tells the worker when Valkey is back.
            log.warning("end_stream_command_delayed", stream_id=str(ended.id))
        await self._announcer.stream_changed(StreamState.of(ended))
        if was_on_air:
            await self._announcer.lobby_changed()
