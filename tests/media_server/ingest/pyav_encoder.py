"""The ffmpeg in PyAV as an encoder: `python -m tests.media_server.ingest.pyav_encoder URL`.

A program of its own, since PyAV opens addresses without letting go of the interpreter.
"""

from __future__ import annotations

import sys
from fractions import Fraction

import av
import numpy as np

PICTURES = 50


def push(url: str) -> None:
    """Two seconds of grey that becomes lighter."""
    with av.open(url, "w", format="flv") as out:
        video = out.add_stream("libx264", rate=25, options={"preset": "ultrafast", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt, video.gop_size = 320, 180, "yuv420p", 25
        video.time_base = Fraction(1, 25)
        for index in range(PICTURES):
            picture = av.VideoFrame.from_ndarray(np.full((180, 320, 3), index * 4, np.uint8), format="rgb24")
            picture.pts = index
            out.mux(video.encode(picture))
        out.mux(video.encode(None))


if __name__ == "__main__":
    push(sys.argv[1])
