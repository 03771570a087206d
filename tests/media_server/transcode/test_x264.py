"""The encoder of renditions: a picture in, a picture out, no more bits than was said."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from av.video.frame import VideoFrame

from media_server.codecs.h264 import parse_avcc, parse_sequence_parameters
from media_server.transcode.renditions import Rendition
from media_server.transcode.x264 import X264

FPS = 30


def noise(count: int) -> list[VideoFrame]:
    """Pictures of 320 × 180 that nothing can be told about beforehand."""
    rng = np.random.default_rng(7)
    frames = []
    for number in range(count):
        coarse = rng.integers(16, 235, (45, 80), dtype=np.uint8)
        luma = coarse.repeat(4, 0).repeat(4, 1)
        frame = VideoFrame.from_ndarray(np.concatenate([luma, np.full((90, 320), 128, np.uint8)]), "yuv420p")
        frame.pts, frame.time_base = number * 90_000 // FPS, Fraction(1, 90_000)
        frames.append(frame)
    return frames


@pytest.mark.parametrize("bitrate_bps", [400_000, 1_200_000])
def test_a_bit_rate_is_kept_over_every_second_whatever_the_picture(bitrate_bps: int) -> None:
    encoder = X264(Rendition("video:180", 320, 180, bitrate_bps, "180p", from_key=True), fps=FPS)
    sizes = [
        8 * sum(len(made.data) for made in encoder.encode(encoder.scale(frame), is_key=number % 60 == 0))
        for number, frame in enumerate(noise(4 * FPS))
    ]
    seconds = [sum(sizes[start : start + FPS]) for start in range(0, len(sizes), FPS)]
    # A second may hold the whole buffer beside what flows out of it.
    assert max(seconds) < 2.0 * bitrate_bps
    assert sum(seconds) / len(seconds) == pytest.approx(bitrate_bps, rel=0.2)


def test_what_is_made_is_high_profile_without_frames_out_of_order() -> None:
    encoder = X264(Rendition("video:90", 160, 90, 200_000, "90p", from_key=True), fps=FPS)
    parameters = parse_sequence_parameters(parse_avcc(encoder.format.config).sps[0])
    assert (parameters.profile, parameters.width, parameters.height) == (100, 160, 90)
    assert parameters.reorder_frames == 0
    for number, frame in enumerate(noise(20)):
        (made,) = encoder.encode(encoder.scale(frame), is_key=number == 10)
        assert (made.pts, made.dts) == (frame.pts, frame.pts)
        assert made.is_key == (number in (0, 10))
