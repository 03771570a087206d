"""A room's archive as one of its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.recording.archive import Archive
from media_server.recording.archives import Archives
from media_server.recording.recorder import RecordingWish
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.spec import StreamSpec


class RecordingOutput:
    """What is recorded of a room, and what can be rewound to."""

    def __init__(self, archive: Archive, *, drop: Callable[[Archive], None]) -> None:
        self._archive = archive
        self._drop = drop

    def want(self, spec: StreamSpec) -> None:
        """See `RoomOutput`."""
        wish = spec.recording
        self._archive.want(
            recording=RecordingWish(wish.recording_id, wish.prefix, wish.room_bytes) if wish is not None else None,
            rewind_s=spec.rewind_s,
        )

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`; the archives have a clock of their own."""

    def end(self) -> None:
        """See `RoomOutput`."""
        self._archive.end()

    def close(self) -> None:
        """See `RoomOutput`."""
        self._drop(self._archive)

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"recording": self._archive.state()}


def make_recording(archives: Archives) -> Callable[[LiveRoom], RecordingOutput]:
    """Makes that of each room of a worker."""

    def make(room: LiveRoom) -> RecordingOutput:
        archive = archives.open(room.stream_id)
        room.hls.listen(archive.intake)
        return RecordingOutput(archive, drop=archives.drop)

    return make
