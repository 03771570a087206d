"""An encoder's session: OBS, say, whose frames come by RTMP or SRT from whoever speaks that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from media_server.hub.frames import Frame, Track

Protocol = Literal["rtmp", "rtmps", "srt"]

SILENT_FOR_GOOD_S: Final = 90.0
"""A connection may stall for a minute; whoever carries it ends it before this, or the room does."""
TELL_EACH_S: Final = 0.1
"""How often the room is told that frames come, which it takes seconds to miss."""
BEGIN_WITHIN_S: Final = 30.0
"""Who was let in and sends no media after this is closed."""
LEAVING: Final = "this media server is about to leave"


@dataclass(frozen=True, slots=True)
class EncoderGrant:
    """What control_api says of a stream key. `take_over`: in place of a connection that is still heard."""

    stream_id: str
    user_id: str
    generation: int
    protocol: Protocol
    take_over: bool


@dataclass(frozen=True, slots=True)
class EncoderHooks:
    """What a session tells its room."""

    begun: Callable[[EncoderSession, Sequence[Track], float], None]
    put: Callable[[Track, float], None]
    frame: Callable[[str, Frame, float], None]
    heard: Callable[[float], None]
    is_awaited: Callable[[], bool]
    closed: Callable[[EncoderSession], None]


class EncoderSession:
    """One connection of one generation. It has the room from `begin` on, until it is closed by either side.

    `close_connection` is called once when the session is over, whoever ended it; it may call `close` again.
    """

    action: Literal["encode"] = "encode"

    def __init__(
        self,
        session_id: str,
        grant: EncoderGrant,
        *,
        now: float,
        hooks: EncoderHooks,
        close_connection: Callable[[str], None],
    ) -> None:
        self.session_id = session_id
        self.user_id = grant.user_id
        self.generation = grant.generation
        self.protocol = grant.protocol
        self.has_begun = False
        self.is_closed = False
        self._picture: str | None = None
        self._ends_at_key_frame = False
        self._hooks = hooks
        self._close_connection = close_connection
        self._heard_at = now
        self._told_at = float("-inf")

    @property
    def is_awaited(self) -> bool:
        """Whether somebody is sent the frames as they come, over RTP; all others may have them a little later."""
        return self._hooks.is_awaited()

    def begin(self, tracks: Sequence[Track], now: float) -> None:
        """The tracks are known; frames on one new clock follow. Said again when the encoder's clock begins anew."""
        if self.is_closed:
            return
        self._heard_at = now
        self.has_begun = True
        self._picture = next((track.track_id for track in tracks if track.kind == "video"), None)
        self._hooks.begun(self, tracks, now)

    def put(self, track: Track, now: float) -> None:
        """A further track, or another format of one; it goes on at its next key frame."""
        if self.has_begun and not self.is_closed:
            self._hooks.put(track, now)

    def push(self, track_id: str, frame: Frame, now: float) -> None:
        """One frame, in the order of decoding. Nothing before `begin`, nor of a track that was not said."""
        if self.has_begun and not self.is_closed:
            if self._ends_at_key_frame and frame.is_key and self._picture in (track_id, None):
                self.close(LEAVING)
                return
            self._heard_at = now
            if now - self._told_at >= TELL_EACH_S:
                self._told_at = now
                self._hooks.heard(now)
            self._hooks.frame(track_id, frame, now)

    def heard(self, now: float) -> None:
        """Something came that is no whole frame yet: the encoder is there."""
        self._heard_at = now
        if self.has_begun and not self.is_closed:
            self._hooks.heard(now)

    def end_at_key_frame(self) -> None:
        """The encoder is to go to another worker: close before the next picture that stands alone.

        What has begun, of segments too, is whole by then. Without a picture any frame will do.
        """
        self._ends_at_key_frame = True

    def is_dead(self, now: float) -> bool:
        """Whether it has been silent for too long."""
        return now - self._heard_at > (SILENT_FOR_GOOD_S if self.has_begun else BEGIN_WITHIN_S)

    def close(self, reason: str) -> None:
        """The connection is over, or is to be. The room waits for the encoder to come again."""
        if self.is_closed:
            return
        self.is_closed = True
        self._hooks.closed(self)
        self._close_connection(reason)
