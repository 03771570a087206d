"""Decoders of pictures."""

from __future__ import annotations

from typing import Final

import av
from av.video.codeccontext import VideoCodecContext

from media_server.hub.frames import TrackFormat

_DECODERS: Final = {"h264": "h264", "hevc": "hevc", "av1": "libdav1d", "vp8": "vp8", "vp9": "vp9"}
_RECORD_IS_NOT_FOR_DECODER: Final = frozenset({"vp8", "vp9"})
MAX_PIXELS: Final = 7680 * 4320


def open_decoder(source: TrackFormat) -> VideoCodecContext:
    """For frames of `source` as the hub has them. Raises ValueError for a picture that is too large, FFmpegError."""
    if source.width * source.height > MAX_PIXELS:
        raise ValueError("the picture is too large")
    decoder = av.CodecContext.create(_DECODERS[source.codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    if source.config and source.codec not in _RECORD_IS_NOT_FOR_DECODER:
        decoder.extradata = source.config
    # Slices at once where there are any; frames at once would hold back one for each thread.
    decoder.thread_type, decoder.thread_count = "SLICE", 2
    # What the parameter sets of a frame claim is no reason to take the memory for it.
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    return decoder
