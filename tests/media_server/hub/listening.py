"""A hub listener that keeps what it hears."""

from __future__ import annotations

from collections.abc import Sequence

from media_server.hub.frames import Frame, Track
from media_server.hub.hub import Hub


class Heard:
    """Events in their order: tracks as their ids, frames as (track id, dts), and words for the rest."""

    def __init__(self, hub: Hub, *, with_kept: bool = False) -> None:
        self.events: list[object] = []
        self.frames: dict[str, list[Frame]] = {}
        self.tracks: Sequence[Track] = ()
        hub.listen(self, now=0.0, with_kept=with_kept)

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        self.tracks = tracks
        self.events.append([track.track_id for track in tracks])

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        self.events.append((track.track_id, frame.dts))
        self.frames.setdefault(track.track_id, []).append(frame)

    def on_interrupt(self, *, now: float) -> None:
        self.events.append("interrupt")

    def on_end(self, *, now: float) -> None:
        self.events.append("end")
