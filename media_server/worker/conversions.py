"""A room's derived tracks as one of its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.sessions.live_room import LiveRoom
from media_server.sessions.spec import StreamSpec
from media_server.transcode.background import Background
from media_server.transcode.capacity import Capacity
from media_server.transcode.room import RoomTranscodes


class ConversionsOutput:
    """Opus and H.264 for viewers who cannot take the source, and the ladder."""

    def __init__(self, transcodes: RoomTranscodes) -> None:
        self.transcodes = transcodes

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

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"ladder": self.transcodes.ladder}


def make_conversions(
    *, capacity: Capacity, background: Background, opus_bitrate_bps: int
) -> Callable[[LiveRoom], ConversionsOutput]:
    """Makes those of each room of a worker. `background` has threads for sound."""

    def make(room: LiveRoom) -> ConversionsOutput:
        return ConversionsOutput(
            RoomTranscodes(
                room.hub,
                capacity=capacity,
                background=background,
                watched=lambda: room.intake.watched,
                opus_bitrate_bps=opus_bitrate_bps,
                clock=room.clock,
            )
        )

    return make
