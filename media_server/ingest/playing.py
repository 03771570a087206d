"""One player (VLC, ffplay) that is sent a stream over a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import parse_qs

from media_server.hub.frames import Codec, Frame, Track
from media_server.ingest.asking import IngestRefused
from media_server.ingest.ports import Bring, FindRoom, Room, Tokens
from media_server.rtmp.choice import choose
from media_server.rtmp.messages import Message
from media_server.rtmp.muxer import PLAIN_CODECS, FlvMuxer
from media_server.tokens import TokenError

ENHANCED_CODECS: Final[frozenset[Codec]] = PLAIN_CODECS | {"hevc", "av1", "vp9", "opus"}


async def admit(tokens: Tokens, find_room: FindRoom, bring: Bring, name: str) -> tuple[Room, str]:
    """The room that `name`, a stream id with `?token=`, opens, and the viewer's id. Raises IngestRefused.

    A stream that another worker has is brought here first.
    """
    stream_id, _, query = name.partition("?")
    token = parse_qs(query, max_num_fields=8).get("token", [""])[0] if len(query) < 4096 else ""
    try:
        grant = tokens.verify(token, "watch", stream_id=stream_id)
    except TokenError as error:
        raise IngestRefused(error.code, str(error)) from None
    await bring(stream_id)
    room = find_room(stream_id)
    if room is None or not room.can_be_played:
        raise IngestRefused("STREAM_NOT_LIVE", "the stream is not live")
    if room.is_dropped(grant.subject):
        raise IngestRefused("VIEWER_DROPPED", "you have left the stream or were removed from it")
    return room, grant.subject


class Playing:
    """Listens to a hub and sends what it has as messages. `ended` is called once when the stream is over.

    While `is_behind`, frames are dropped; the picture goes on at a key frame.
    """

    def __init__(
        self,
        room: Room,
        viewer_id: str,
        *,
        send: Callable[[Message], None],
        is_behind: Callable[[], bool],
        ended: Callable[[], None],
        is_enhanced: bool,
    ) -> None:
        self._room = room
        self._viewer_id = viewer_id
        self._send = send
        self._is_behind = is_behind
        self._ended = ended
        self._codecs = ENHANCED_CODECS if is_enhanced else PLAIN_CODECS
        self._muxer = FlvMuxer(stream_id=0, is_publishing=False)
        self._give_up_frames: Callable[[], None] = lambda: None

    def begin(self, *, now: float) -> None:
        """From now on; first the newest group of pictures, so that there is something to see."""
        self._room.hub.listen(self, now=now, with_kept=True)
        self._give_up_frames = self._room.take_frames()
        self._room.seen_on_hls(self._viewer_id)

    def close(self) -> None:
        """Nothing more is sent."""
        self._room.hub.unlisten(self)
        self._give_up_frames()

    def may_stay(self) -> bool:
        """Whether the viewer may go on watching; called about each second."""
        if self._room.is_dropped(self._viewer_id):
            return False
        self._room.seen_on_hls(self._viewer_id)
        return True

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        for message in self._muxer.select(*choose(tracks, self._codecs)):
            self._send(message)

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if self._is_behind():
            self._muxer.skip_to_key()
            return
        for message in self._muxer.frame(track, frame):
            self._send(message)

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`."""
        self._muxer.interrupt()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._ended()
