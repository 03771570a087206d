"""Configuration records and first frames of real encoders, small and made once."""

from __future__ import annotations

import fractions
from functools import cache

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from tests.support.svt_av1 import calm_encoder_threads

_GLOBAL_HEADER = 0x400000


@cache
def encoded(name: str, width: int, height: int, options: str = "", *, pixels: str = "yuv420p") -> tuple[bytes, bytes]:
    """(extradata, first frame) of encoder `name`; `options` as `key=value,…`."""
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base, encoder.framerate = fractions.Fraction(1, 30), fractions.Fraction(30)
    encoder.flags |= _GLOBAL_HEADER
    encoder.options = dict(option.split("=", 1) for option in options.split(",") if option)
    encoder.open()
    calm_encoder_threads()
    frame = VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 100, np.uint8), "yuv420p").reformat(format=pixels)
    frame.pts = 0
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return bytes(encoder.extradata or b""), bytes(packets[0])
