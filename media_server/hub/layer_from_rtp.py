"""A further layer of a simulcast source, as a track of its own: a quality that nobody had to make."""

from __future__ import annotations

from typing import Final

from media_server.hub.frames import TrackFormat
from media_server.hub.video_from_rtp import VideoFromRtp

CODECS: Final = frozenset({"H264", "H265", "AV1", "VP9"})
"""Of others no player of HLS is given the pictures as they are, and nobody else takes a second quality."""
MAX_LAYERS: Final = 4
SILENT_S: Final = 3.0
"""A source that is short of bandwidth stops a layer: the track is gone when nothing has come for this long."""


class LayerFromRtp:
    """One of them. `newest` is the `dts` of its newest frame; `format` is None while the hub has no track of it."""

    def __init__(self, place: int, codec: str, *, reorder_wait_s: float) -> None:
        self.track_id = f"video:{place + 1}"
        self.format: TrackFormat | None = None
        self.newest: int | None = None
        self.heard_at = float("-inf")
        self._codec = codec
        self._reorder_wait_s = reorder_wait_s
        self.video = VideoFromRtp(codec, reorder_wait_s=reorder_wait_s)

    def wants_keyframe(self, *, now: float) -> bool:
        """Whether it cannot go on, or be told of, without one; asked for as often as this is asked."""
        return now - self.heard_at < SILENT_S and (self.format is None or self.video.wants_keyframe(now=now))

    def begin_anew(self) -> None:
        """It is gone, or its clock is another: it begins with a key frame."""
        self.format = None
        self.newest = None
        self.video = VideoFromRtp(self._codec, reorder_wait_s=self._reorder_wait_s)
