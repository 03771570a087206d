"""The pictures of a worker's rooms: outputs that make them, and the newest of each for whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.egress.thumbnails.thumbnails import MadeStill, Preview, Thumbnails
from media_server.hub.frames import TrackFormat
from media_server.router.room_state import RoomPhase
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.spec import StreamSpec
from media_server.transcode.still import StillRequest
from media_server.transcode.stills import StillMaker


class PreviewOutput:
    """One room's."""

    def __init__(self, room: LiveRoom, thumbnails: Thumbnails, *, forget: Callable[[str], None]) -> None:
        self.room = room
        self.thumbnails = thumbnails
        self._forget = forget
        room.hub.listen(thumbnails, now=room.clock())

    def want(self, spec: StreamSpec) -> None:
        """See `RoomOutput`: every live stream has pictures."""

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`."""
        self.thumbnails.poll(now=now)

    def end(self) -> None:
        """See `RoomOutput`: the hub said so."""

    def close(self) -> None:
        """See `RoomOutput`."""
        self.room.hub.unlisten(self.thumbnails)
        self._forget(self.room.stream_id)

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"preview": self.thumbnails.jpeg is not None}


class Previews:
    """Makes the outputs of rooms, and finds what they have."""

    def __init__(self, maker: StillMaker) -> None:
        self._maker = maker
        self._outputs: dict[str, PreviewOutput] = {}

    def open(self, room: LiveRoom) -> PreviewOutput:
        """The output of a room."""
        output = PreviewOutput(room, Thumbnails(self._make), forget=self._forget)
        self._outputs[room.stream_id] = output
        return output

    def find(self, stream_id: str, suffix: str) -> Preview | None:
        """The newest picture of a stream that viewers may see: of a mix that is not on air there is none."""
        output = self._outputs.get(stream_id)
        if output is None or output.room.room.state.phase not in (RoomPhase.LIVE, RoomPhase.INTERRUPTED):
            return None
        output.thumbnails.looked_at(now=output.room.clock())
        return output.thumbnails.jpeg if suffix == "jpg" else output.thumbnails.webp

    def _forget(self, stream_id: str) -> None:
        self._outputs.pop(stream_id, None)

    def _make(
        self,
        track_format: TrackFormat,
        key_frame: bytes,
        earlier: tuple[bytes, ...],
        done: Callable[[MadeStill | None], None],
    ) -> bool:
        return self._maker.make(StillRequest(track_format, key_frame, earlier), done)
