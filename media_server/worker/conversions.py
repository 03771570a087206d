"""A room's derived tracks as one of its outputs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from media_server.sessions.live_room import LiveRoom
from media_server.sessions.spec import StreamSpec
from media_server.transcode.capacity import Capacity
from media_server.transcode.room import RoomTranscodes
from media_server.transcode.sounds import Sounds


class ConversionsOutput:
    """Opus and H.264 for viewers who cannot take the source, and the ladder."""

    def __init__(self, transcodes: RoomTranscodes, *, closed: Callable[[ConversionsOutput], None]) -> None:
        self.transcodes = transcodes
        self._closed = closed

    def want(self, spec: StreamSpec) -> None:
        """See `RoomOutput`."""
        self.transcodes.want_ladder(spec.ladder)

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`."""
        self.transcodes.poll(now=now)

    def end(self) -> None:
        """See `RoomOutput`."""
        self.transcodes.close()

    def close(self) -> None:
        """See `RoomOutput`."""
        self.transcodes.close()
        self._closed(self)

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"ladder": self.transcodes.ladder}


class WorkerConversions:
    """Those of all rooms of a worker."""

    def __init__(self, *, capacity: Capacity, sounds: Sounds, opus_bitrate_bps: int) -> None:
        self._capacity = capacity
        self._sounds = sounds
        self._opus_bitrate_bps = opus_bitrate_bps
        self._outputs: set[ConversionsOutput] = set()

    def open(self, room: LiveRoom) -> ConversionsOutput:
        """The output of a room."""
        transcodes = RoomTranscodes(
            room.hub,
            capacity=self._capacity,
            sounds=self._sounds,
            watched=lambda: room.intake.watched,
            request_keyframe=room.request_keyframe,
            opus_bitrate_bps=self._opus_bitrate_bps,
            clock=room.clock,
        )
        output = ConversionsOutput(transcodes, closed=self._outputs.discard)
        self._outputs.add(output)
        return output

    async def close(self) -> None:
        """The worker is going down: its processes end before it."""
        outputs = list(self._outputs)
        for output in outputs:
            output.close()
        await asyncio.gather(*(output.transcodes.ended() for output in outputs))
