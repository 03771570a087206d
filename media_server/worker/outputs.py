"""What a worker makes of each room beside what its viewers are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from media_server.recording.archive import Archive
from media_server.recording.archives import Archives
from media_server.recording.recorder import RecordingWish
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.outputs import MakeOutputs, RoomOutput
from media_server.sessions.spec import StreamSpec


class RecordingOutput:
    """A room's archive: what is recorded of it, and what can be rewound to."""

    def __init__(self, archive: Archive, *, drop: Callable[[Archive], None]) -> None:
        self.archive = archive
        self._drop = drop

    def want(self, spec: StreamSpec) -> None:
        """See `RoomOutput`."""
        wish = spec.recording
        self.archive.want(
            recording=RecordingWish(wish.recording_id, wish.prefix, wish.room_bytes) if wish is not None else None,
            rewind_s=spec.rewind_s,
        )

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`; the archives have a clock of their own."""

    def end(self) -> None:
        """See `RoomOutput`."""
        self.archive.end()

    def close(self) -> None:
        """See `RoomOutput`."""
        self._drop(self.archive)

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"recording": self.archive.state()}


def make_outputs(archives: Archives) -> MakeOutputs:
    """The outputs of every room of a worker."""

    def make(room: LiveRoom) -> Sequence[RoomOutput]:
        archive = archives.open(room.stream_id)
        return (RecordingOutput(archive, drop=archives.drop),)

    return make
