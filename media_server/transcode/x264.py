"""H.264 for live viewers: no B-frames, no delay, key frames where they are asked for."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter

from media_server.codecs.h264 import NAL_DELIMITER, NAL_PPS, NAL_SPS, build_avcc
from media_server.codecs.nal import join_lengths, split_byte_stream
from media_server.hub.frames import CLOCK_RATE, Frame, TrackFormat
from media_server.transcode.renditions import Rendition

_LEFT_OUT: Final = frozenset({NAL_SPS, NAL_PPS, NAL_DELIMITER})
_BUFFER_S: Final = 1.0
"""The decoder's buffer (VBV): what a picture may take more is over within this time."""
_LARGE_PIXELS: Final = 1280 * 720


class X264:
    """One rendition. Picture for picture: what goes in comes out at once, in the same order."""

    def __init__(self, rendition: Rendition, *, fps: float) -> None:
        self.rendition = rendition
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, VideoCodecContext)
        encoder.width, encoder.height, encoder.pix_fmt = rendition.width, rendition.height, "yuv420p"
        encoder.bit_rate = rendition.bitrate_bps
        encoder.framerate = Fraction(round(fps * 1000), 1000)
        encoder.time_base = Fraction(1, CLOCK_RATE)
        self._threads = encoder.thread_count = 2 if rendition.width * rendition.height > _LARGE_PIXELS else 1
        encoder.flags |= Flags.global_header
        kilobits = rendition.bitrate_bps // 1000
        encoder.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "profile": "high",
            # Key frames come where the source has its own, or on the grid: nowhere else.
            "x264-params": "keyint=infinite:scenecut=0:bframes=0:open-gop=0",
            "maxrate": f"{kilobits}k",
            "bufsize": f"{round(kilobits * _BUFFER_S)}k",
        }
        encoder.open()
        self._encoder = encoder
        self._scaler = VideoReformatter()
        nals = split_byte_stream(bytes(encoder.extradata or b""))
        sets = ([nal for nal in nals if nal[0] & 0x1F == kind] for kind in (NAL_SPS, NAL_PPS))
        self.format = TrackFormat("h264", build_avcc(*sets), width=rendition.width, height=rendition.height)

    def scale(self, picture: VideoFrame) -> VideoFrame:
        """`picture` in the size of this rendition; itself where it has it. Nobody else may scale it meanwhile."""
        width, height = self.rendition.width, self.rendition.height
        return self._scaler.reformat(picture, width, height, "yuv420p", threads=self._threads)

    def encode(self, scaled: VideoFrame, *, is_key: bool) -> list[Frame]:
        """The frames of a picture of this rendition's size. Its `pts` is in 1/90000 s."""
        scaled.time_base = Fraction(1, CLOCK_RATE)
        scaled.pict_type = PictureType.I if is_key else PictureType.NONE
        made: list[Frame] = []
        for packet in self._encoder.encode(scaled):
            assert packet.pts is not None
            nals = [nal for nal in split_byte_stream(bytes(packet)) if nal[0] & 0x1F not in _LEFT_OUT]
            made.append(Frame(packet.pts, packet.pts, packet.is_keyframe, join_lengths(nals)))
        return made
