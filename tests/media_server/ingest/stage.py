"""An RTMP server on a free port of 127.0.0.1, whose rooms are hubs that somebody listens to."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from media_server.hub.frames import Frame, Track
from media_server.hub.hub import Hub
from media_server.ingest.asking import IngestRefused
from media_server.ingest.limits import IngestLimits
from media_server.ingest.ports import Room
from media_server.ingest.server import RtmpPlaces, RtmpServer
from media_server.sessions.encoder import EncoderGrant, EncoderHooks, EncoderSession, Protocol
from media_server.sessions.refusal import Refused
from media_server.tokens import TokenVerifier
from tests.support.media_tokens import TokenSigner

KEY = "nrs_abcdefghijklmnopqrstuvwxyz234567"


class KnownKeys:
    """As control_api answers: each key opens the stream of its name."""

    def __init__(self) -> None:
        self.streams = {KEY: "stream-1"}
        self.refusals: dict[str, IngestRefused] = {}
        self.asked: list[tuple[Protocol, str]] = []
        self.take_over = False
        self.hold: asyncio.Event | None = None

    async def admit(self, key: str, *, protocol: Protocol, address: str) -> EncoderGrant:
        self.asked.append((protocol, address))
        if self.hold is not None:
            await self.hold.wait()
        if key in self.refusals:
            raise self.refusals[key]
        if key not in self.streams:
            raise IngestRefused("STREAM_KEY_INVALID", "This stream key is not known. Copy it again from the studio.")
        return EncoderGrant(self.streams[key], "user-1", len(self.asked), protocol, self.take_over)


@dataclass
class Heard:
    """A listener that keeps everything."""

    tracks: list[tuple[Track, ...]] = field(default_factory=list)
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    interrupts: int = 0
    is_over: bool = False

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        self.tracks.append(tuple(tracks))

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        self.frames.setdefault(track.track_id, []).append(frame)

    def on_interrupt(self, *, now: float) -> None:
        self.interrupts += 1

    def on_end(self, *, now: float) -> None:
        self.is_over = True

    def count(self, track_id: str = "video") -> int:
        """How many frames of a track came."""
        return len(self.frames.get(track_id, ()))

    def formats(self) -> dict[str, str]:
        """The codecs of the newest tracks."""
        return {track.track_id: track.format.codec for track in self.tracks[-1]} if self.tracks else {}

    def track(self, track_id: str) -> Track:
        """One of the newest tracks."""
        return next(track for track in self.tracks[-1] if track.track_id == track_id)


@dataclass
class StageRoom:
    """One stream: its hub, who listens, and the encoder that has it."""

    hub: Hub = field(default_factory=Hub)
    heard: Heard = field(default_factory=Heard)
    current: EncoderSession | None = None
    signs_of_life: int = 0
    is_awaited: bool = False
    reasons: list[str] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    takers: int = 0

    @property
    def can_be_played(self) -> bool:
        return bool(self.hub.tracks) and not self.hub.is_over

    def take_frames(self) -> Callable[[], None]:
        self.takers += 1

        def give_up() -> None:
            self.takers -= 1

        return give_up

    def is_dropped(self, viewer_id: str) -> bool:
        return viewer_id in self.dropped

    def seen_on_hls(self, viewer_id: str) -> None:
        self.seen.add(viewer_id)


class StageDoor:
    """Rooms by stream, each with one encoder at a time, as the real door has them."""

    def __init__(self) -> None:
        self.rooms: dict[str, StageRoom] = {}

    def room(self, stream_id: str = "stream-1") -> StageRoom:
        """Made when it is not there."""
        if stream_id not in self.rooms:
            room = self.rooms[stream_id] = StageRoom()
            room.hub.listen(room.heard, now=0.0)
        return self.rooms[stream_id]

    async def bring(self, stream_id: str) -> None:
        """It is here, or nowhere."""

    def find_room(self, stream_id: str) -> Room | None:
        return self.rooms.get(stream_id)

    def admit(self, grant: EncoderGrant, *, close: Callable[[str], None]) -> EncoderSession:
        room = self.room(grant.stream_id)
        if room.current is not None and not grant.take_over:
            raise Refused("ALREADY_PUBLISHING", "An encoder is publishing with this stream key already.")

        def begun(session: EncoderSession, tracks: Sequence[Track], now: float) -> None:
            before, room.current = room.current, session
            if before is not None and before is not session:
                before.close("another encoder took over")
            room.hub.begin(tracks, now=now)

        def closed(session: EncoderSession) -> None:
            if room.current is session:
                room.current = None

        def heard(now: float) -> None:
            room.signs_of_life += 1

        def close_connection(reason: str) -> None:
            room.reasons.append(reason)
            close(reason)

        hooks = EncoderHooks(
            begun=begun,
            put=lambda track, now: room.hub.put(track, now=now),
            frame=lambda track_id, frame, now: room.hub.push(track_id, frame, now=now),
            heard=heard,
            is_awaited=lambda: room.is_awaited,
            closed=closed,
        )
        return EncoderSession(
            secrets.token_hex(8), grant, now=time.monotonic(), hooks=hooks, close_connection=close_connection
        )


class SteppedClock:
    """The real clock, which a test may put ahead."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


@dataclass
class Stage:
    """The server, and what is behind it."""

    server: RtmpServer
    keys: KnownKeys
    door: StageDoor
    signer: TokenSigner
    clock: SteppedClock

    @property
    def room(self) -> StageRoom:
        return self.door.room()

    @property
    def heard(self) -> Heard:
        return self.room.heard

    def url(self, key: str = KEY, *, tls: bool = False) -> str:
        """Where an encoder publishes."""
        if tls:
            return f"rtmps://localhost:{self.server.tls_port}/live/{key}"
        return f"rtmp://127.0.0.1:{self.server.port}/live/{key}"

    def play_url(self, stream_id: str = "stream-1", **claims: object) -> str:
        """Where a player gets the stream."""
        token = self.signer.sign(stream_id, "watch", **claims)
        return f"rtmp://127.0.0.1:{self.server.port}/live/{stream_id}?token={token}"


@asynccontextmanager
async def stage(
    limits: IngestLimits | None = None,
    *,
    port: int = 0,
    certificate: Path | None = None,
    key: Path | None = None,
) -> AsyncIterator[Stage]:
    """From listening to gone."""
    keys, door, signer, clock = KnownKeys(), StageDoor(), TokenSigner(), SteppedClock()
    server = RtmpServer(
        keys=keys,
        door=door,
        find_room=door.find_room,
        bring=door.bring,
        tokens=TokenVerifier(signer.public_key),
        clock=clock,
        limits=limits,
    )
    await server.start(RtmpPlaces("127.0.0.1", port, 0 if certificate else None, certificate, key))
    running = asyncio.create_task(server.run())
    try:
        yield Stage(server, keys, door, signer, clock)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await server.stop()
