"""Picture and sound that were captured together are played together, whatever clocks and network do."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media_server.egress.hls.simulation import Publisher, decode, runs
from tests.support.rtp_source import CLOCK_BITS, H264Source, OpusSource

DURATION_S = 24
SETTLED_S = 14


@pytest.mark.parametrize(
    ("drift_ppm", "audio_delay_s", "reports", "tolerance_s"),
    [
        (0, 0.02, True, 0.02),
        (0, 0.14, True, 0.02),
        (0, -0.2, True, 0.02),
        (150, 0.02, True, 0.02),
        (-150, 0.08, True, 0.02),
        (150, 0.02, False, 0.04),
    ],
    ids=["steady", "audio-late", "audio-early", "audio-fast", "audio-slow-and-late", "audio-fast-without-reports"],
)
def test_a_beep_is_heard_within_20_ms_of_its_picture(
    drift_ppm: int, audio_delay_s: float, reports: bool, tolerance_s: float
) -> None:
    """Each full second of capture time beeps; the capture time is drawn in the pictures.

    Without sender reports arrival is all there is to go by, and sound arrives when its packet is full.
    """
    video = H264Source(width=CLOCK_BITS * 8, height=96, fps=30)
    audio = OpusSource()
    publisher = Publisher(video=video, audio=audio)
    start = publisher.now
    sample_rate = 48_000 * (1 + drift_ppm / 1e6)
    events: list[tuple[float, str, int]] = [(index / 30 + 0.02, "video", index) for index in range(30 * DURATION_S)]
    events += [((960 * (index + 1)) / sample_rate + audio_delay_s, "audio", index) for index in range(50 * DURATION_S)]
    events += [(index * 0.05, "poll", index) for index in range(20 * DURATION_S)]
    if reports:
        events += [(index + 0.4, "report", index) for index in range(DURATION_S)]
    for at, what, index in sorted(events):
        now = start + at
        if what == "video":
            captured_s = index / 30
            for packet in video.packets(timestamp=round(90_000 * captured_s), clock=round(1000 * captured_s)):
                publisher.source.receive("video", packet, now=now)
        elif what == "audio":
            captured = (np.arange(960 * index, 960 * (index + 1))) / sample_rate
            beep = 0.5 * np.sin(2 * np.pi * 1000 * captured) * (captured % 1 < 0.1) * (captured > 0.5)
            for packet in audio.packets(beep.astype(np.float32), timestamp=960 * index):
                publisher.source.receive("audio", packet, now=now)
        elif what == "report":
            for kind, source, rate in (("video", video, 90_000.0), ("audio", audio, sample_rate)):
                timestamp = (source.numbers.first_timestamp + round(at * rate)) & 0xFFFFFFFF
                publisher.source.sender_report(
                    "video" if kind == "video" else "audio", ntp_s=3.9e9 + at, rtp_timestamp=timestamp
                )
        else:
            publisher.now = now
            publisher.poll()
    ((_, picture_data),) = runs(publisher.playlist("video"))
    ((_, sound_data),) = runs(publisher.playlist("audio"))
    pictures, _ = decode(picture_data)
    sounds, _ = decode(sound_data)
    shown = {drawn_clock(frame.to_ndarray().astype(np.uint8)): float(frame.time or 0) for frame in pictures}
    samples = np.concatenate([frame.to_ndarray()[0] for frame in sounds])
    first_s = float(sounds[0].time or 0)
    loud = np.abs(samples) > 0.2
    beeps = [first_s + index / 48_000 for index in np.flatnonzero(loud) if not loud[max(0, index - 4800) : index].any()]
    offsets = []
    for heard_s in beeps:
        captured_ms = min((ms for ms in shown if ms % 1000 == 0), key=lambda ms: abs(shown[ms] - heard_s))
        if captured_ms >= 1000 * SETTLED_S:
            offsets.append(heard_s - shown[captured_ms])
    assert len(offsets) >= 7
    assert max(abs(offset) for offset in offsets) < tolerance_s


def drawn_clock(yuv: NDArray[np.uint8]) -> int:
    """The number that H264Source drew in the picture."""
    return sum(1 << bit for bit in range(CLOCK_BITS) if yuv[8, bit * 8 + 4] > 125)
