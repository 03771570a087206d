"""One encoder that publishes over a connection: admitted, its messages made frames, its room told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media_server.ingest.asking import IngestRefused
from media_server.ingest.figures import ConnectionFigures
from media_server.ingest.ports import Door, Keys
from media_server.rtmp.bitrate import Bitrate
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.events import MediaReceived, MetadataReceived
from media_server.rtmp.metadata import promises_of
from media_server.rtmp.tracks import EncoderTracks
from media_server.sessions.encoder import EncoderGrant, EncoderSession, Protocol
from media_server.sessions.refusal import Refused

MAX_CLOCK_JUMPS: Final = 100
"""Of one connection: an encoder that begins anew more often than this has no clock."""


async def admit(
    keys: Keys, door: Door, key: str, *, protocol: Protocol, address: str, close: Callable[[str], None]
) -> Publishing:
    """Asks control_api and the room. Raises IngestRefused."""
    grant = await keys.admit(key, protocol=protocol, address=address)
    try:
        session = door.admit(grant, close=close)
    except Refused as error:
        raise IngestRefused(error.code, str(error)) from None
    return Publishing(grant, session)


class Publishing:
    """Between a connection that was let in and its room."""

    def __init__(self, grant: EncoderGrant, session: EncoderSession) -> None:
        self.grant = grant
        self._session = session
        self._tracks = EncoderTracks(session)
        self._bitrate = Bitrate()

    @property
    def is_awaited(self) -> bool:
        """Whether somebody is sent what comes as it comes."""
        return self._session.is_awaited

    def metadata(self, event: MetadataReceived) -> None:
        """What the encoder promises."""
        self._tracks.promised(promises_of(event.values))

    def media(self, event: MediaReceived, *, now: float) -> None:
        """A message of it. Raises RtmpError."""
        if event.kind == "video":
            self._tracks.video(event.payload, event.timestamp_ms, now=now)
        else:
            self._tracks.audio(event.payload, event.timestamp_ms, now=now)
        if self._tracks.clock.jumps > MAX_CLOCK_JUMPS:
            raise RtmpError("the time stamps jump about: restart the encoder")

    def heard(self, *, now: float) -> None:
        """A part of a message came."""
        self._session.heard(now)

    def poll(self, *, now: float) -> None:
        """Called about each second."""
        self._tracks.poll(now=now)
        self._bitrate.look(self._tracks.received.media_bytes, now=now)

    def end_at_key_frame(self) -> None:
        """The encoder is to go to another worker; see `EncoderSession`."""
        self._session.end_at_key_frame()

    def close(self, reason: str) -> None:
        """The encoder is gone, or is to go."""
        self._session.close(reason)

    def figures(self, *, encoder: str, rtt_s: float | None) -> ConnectionFigures:
        """How it goes."""
        received = self._tracks.received
        return ConnectionFigures(
            stream_id=self.grant.stream_id,
            protocol=self.grant.protocol,
            encoder=encoder,
            bitrate_bps=self._bitrate.bps,
            media_bytes=received.media_bytes,
            frames=received.frames,
            late=received.late,
            damaged=received.damaged,
            clock_jumps=self._tracks.clock.jumps,
            rtt_s=rtt_s,
        )
