"""Pictures of one source, decoded once and encoded as often as is wanted. Runs in a picture process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from media_server.hub.frames import CLOCK_RATE, TrackFormat
from media_server.transcode.decoding import open_decoder
from media_server.transcode.renditions import Rendition
from media_server.transcode.wire import FromProcess, MadeFormat, MadePicture, SourceFrame
from media_server.transcode.x264 import X264

KEY_GRID_TICKS: Final = 2 * CLOCK_RATE
"""A source whose key frames are further apart gets further ones, for who joins: all renditions at the same pictures."""
_USUAL_FPS: Final = 30.0
_SLOWEST_FPS, _FASTEST_FPS = 5.0, 120.0
_KNOWN_KEYS: Final = 256


class Converter:
    """Fed a source's frames in the order of decoding; gives what there is to say after each."""

    def __init__(self) -> None:
        self._epoch = 0
        self._decoder: VideoCodecContext | None = None
        self._renditions: tuple[Rendition, ...] = ()
        self._encoders: dict[str, tuple[int, X264]] = {}
        self._announced = 0
        self._keys: dict[int, bool] = {}
        self._hidden: set[int] = set()
        self._key_at: int | None = None
        self._shown_pts: int | None = None
        self._decoded_pts: int | None = None
        self._fps = _USUAL_FPS
        self._threads = ThreadPoolExecutor(thread_name_prefix="rung")

    def begin(self, epoch: int, source: TrackFormat) -> None:
        """A source begins, or begins anew. Raises ValueError for one that cannot be decoded."""
        self._epoch = epoch
        self._decoder = open_decoder(source)
        self._encoders.clear()
        self._keys.clear()
        self._hidden.clear()
        self._key_at = self._shown_pts = self._decoded_pts = None

    def set_outputs(self, renditions: Sequence[Rendition]) -> None:
        """What to make; what is made already as it is wanted goes on."""
        self._renditions = tuple(renditions)
        kept = {track_id: made for track_id, made in self._encoders.items() if made[1].rendition in self._renditions}
        self._encoders = kept

    def feed(self, message: SourceFrame) -> list[FromProcess]:
        """What is made of one frame: the pictures that it completes. Frames of another epoch are nothing."""
        if message.epoch != self._epoch or self._decoder is None:
            return []
        frame = message.frame
        if len(self._keys) > _KNOWN_KEYS:
            self._keys.clear()
        if frame.is_key:
            self._keys[frame.pts] = True
        if not message.is_shown and self._shown_pts is None:
            self._hidden.add(frame.pts)
        packet = av.Packet(frame.data)
        packet.pts, packet.dts, packet.time_base = frame.pts, frame.dts, Fraction(1, CLOCK_RATE)
        try:
            pictures = self._decoder.decode(packet)
        except av.FFmpegError:
            # A frame that is broken: pictures that build on it are, too, until the next key frame.
            return []
        return [said for picture in pictures for said in self._picture(picture)]

    def _picture(self, picture: VideoFrame) -> Iterator[FromProcess]:
        pts = picture.pts
        if pts is None:
            return
        is_source_key = self._keys.pop(pts, False)
        self._measure(pts)
        if self._shown_pts is None:
            if pts in self._hidden:
                return
            self._hidden.clear()
        elif pts <= self._shown_pts:
            return
        self._shown_pts = pts
        yield from self._open(is_source_key)
        is_key = is_source_key or self._key_at is None or pts - self._key_at >= KEY_GRID_TICKS
        if is_key:
            self._key_at = pts
        encoders = list(self._encoders.values())
        # One after the other: PyAV changes a picture's colour tags for as long as it is scaled.
        scaled = [encoder.scale(picture) for _, encoder in encoders]
        made = self._threads.map(lambda each, own: each[1].encode(own, is_key=is_key), encoders, scaled)
        for (number, _), frames in zip(encoders, made, strict=True):
            for frame in frames:
                yield MadePicture(self._epoch, number, frame)

    def _open(self, is_source_key: bool) -> Iterator[FromProcess]:
        """Encoders of what is wanted and not made yet; those of the ladder begin where the source has a key frame."""
        for rendition in self._renditions:
            if rendition.track_id in self._encoders or (rendition.from_key and not is_source_key):
                continue
            encoder = X264(rendition, fps=self._fps)
            self._encoders[rendition.track_id] = (self._announced, encoder)
            self._announced = (self._announced + 1) % 256
            yield MadeFormat(self._epoch, rendition.track_id, encoder.format)

    def _measure(self, pts: int) -> None:
        if self._decoded_pts is not None and pts > self._decoded_pts:
            self._fps = min(max(CLOCK_RATE / (pts - self._decoded_pts), _SLOWEST_FPS), _FASTEST_FPS)
        self._decoded_pts = pts
