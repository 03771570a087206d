"""Telling everybody whom it concerns that a stream has ended, after that is committed."""

import structlog

from control_api.errors import ServiceUnavailable
from control_api.media.commands import WorkerCommands
from control_api.streams.announcer import StreamAnnouncer
from control_api.streams.booths import BoothNews
from control_api.streams.models import Source, Stream, StreamState

log = structlog.get_logger(__name__)


class StreamEndings:
    def __init__(self, commands: WorkerCommands, announcer: StreamAnnouncer, booths: BoothNews) -> None:
        self._commands = commands
        self._announcer = announcer
        self._booths = booths

    async def tell(self, ended: Stream, *, was_on_air: bool) -> None:
        """Tell the media worker, those who watch and those in its booth; and the lobby when it was in the list."""
        try:
            await self._commands.end_stream(ended.worker_id, ended.id)
        except ServiceUnavailable:
            # The stream has ended in PostgreSQL; the reconciler tells the worker when Valkey is back.
            log.warning("end_stream_command_delayed", stream_id=str(ended.id))
        if ended.source is Source.MIX:
            await self._booths.mix_changed(ended.id)
        await self._announcer.stream_changed(StreamState.of(ended))
        if was_on_air:
            await self._announcer.lobby_changed()
