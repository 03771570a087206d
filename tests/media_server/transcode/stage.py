"""A hub whose derived tracks are made by real processes, on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from media_server.hub.frames import Frame, Track
from media_server.hub.hub import Hub
from media_server.transcode.capacity import Capacity
from media_server.transcode.room import RoomTranscodes
from media_server.transcode.sounds import SoundMaker
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.waiting import eventually


class Stage:
    """Collects what comes out of the hub, by track."""

    def __init__(self, sounds: SoundMaker, *, cores: float) -> None:
        self.now = 100.0
        self.hub = Hub()
        self.frames: dict[str, list[Frame]] = {}
        self.tracks: dict[str, Track] = {}
        self.watched: set[str] = set()
        self.asked: list[float] = []
        """When a key frame of the source was asked for."""
        self.capacity = Capacity(cores)
        self.hub.listen(self, now=self.now)
        self.transcodes = RoomTranscodes(
            self.hub,
            capacity=self.capacity,
            sounds=sounds,
            watched=lambda: self.watched,
            request_keyframe=lambda: self.asked.append(self.now),
            opus_bitrate_bps=96_000,
            clock=lambda: self.now,
        )

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        self.tracks = {track.track_id: track for track in tracks}

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        self.frames.setdefault(track.track_id, []).append(frame)

    def on_interrupt(self, *, now: float) -> None: ...
    def on_end(self, *, now: float) -> None: ...

    def made(self, track_id: str) -> list[Frame]:
        return self.frames.get(track_id, [])

    def push(self, source: PictureSource | ToneSource, count: int = 1) -> None:
        """Frames at once; the clock goes on by their time."""
        for _ in range(count):
            frame = source.next()
            self.now += 1 / source.fps if isinstance(source, PictureSource) else 0.0
            self.hub.push(source.track_id, frame, now=self.now)

    async def until(self, condition: Callable[[], bool], *, source: PictureSource | ToneSource | None = None) -> None:
        """Wait for it, while frames of `source` come as fast as they do in reality."""

        def one_more() -> bool:
            if source is not None:
                self.push(source)
            return condition()

        await eventually(one_more, timeout_s=30.0, every_s=1 / 30)

    def poll_after(self, seconds: float) -> None:
        """Let time pass, and poll."""
        self.now += seconds
        self.transcodes.poll(now=self.now)


@asynccontextmanager
async def stage(*, cores: float = 8.0) -> AsyncIterator[Stage]:
    sounds = SoundMaker()
    making = asyncio.create_task(sounds.run())
    made = Stage(sounds, cores=cores)
    try:
        yield made
    finally:
        made.transcodes.close()
        await eventually(lambda: made.transcodes.picture_pid is None)
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
