"""Parts: any decoder takes them, and time in them has no hole."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.media_server.egress.hls.simulation import Publisher, all_segments, decode, read_fragment, runs
from tests.support.rtp_source import H264Source, OpusSource


@pytest.mark.parametrize("fps", [15, 24, 25, 30, 50, 60])
def test_video_decodes_without_a_warning_and_no_picture_is_missing(fps: int) -> None:
    publisher = Publisher(video=H264Source(width=320, height=180, fps=fps), audio=None)
    publisher.run(5)
    ((_, data),) = runs(publisher.playlist("video"))
    frames, complaints = decode(data)
    assert complaints == []
    times = [float(frame.time or 0) for frame in frames]
    assert times == sorted(times)
    assert max(after - before for before, after in pairwise(times)) == pytest.approx(1 / fps, abs=0.001)
    assert len(frames) >= 4.6 * fps


def test_audio_decodes_without_a_warning_in_unbroken_time() -> None:
    publisher = Publisher()
    publisher.run(5)
    ((_, data),) = runs(publisher.playlist("audio"))
    frames, complaints = decode(data)
    assert complaints == []
    positions = [frame.pts for frame in frames]
    assert positions == list(range(positions[0] or 0, (positions[0] or 0) + 1024 * len(frames), 1024))


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_each_part_begins_where_the_one_before_ended(kind: str) -> None:
    publisher = Publisher(video=H264Source(width=320, height=180, fps=30))
    publisher.run(7)
    fragments = [
        read_fragment(part.data) for segment in all_segments(publisher.playlist(kind)) for part in segment.parts
    ]
    assert len(fragments) > 25
    for before, after in pairwise(fragments):
        assert after.decode_time == before.end
        assert after.sequence_number == before.sequence_number + 1


def test_pictures_that_were_reordered_for_b_frames_are_shown_at_their_times() -> None:
    source = H264Source(width=320, height=180, b_frames=2, gop=30)
    publisher = Publisher(video=source, audio=None, answers_keyframe_requests=False)
    publisher.run(4)
    ((_, data),) = runs(publisher.playlist("video"))
    frames, complaints = decode(data)
    # RTP has no times of decoding: those we give ascend, which is all that is asked for, and are not evenly spaced.
    assert [complaint for complaint in complaints if "DTS discontinuity" not in complaint] == []
    times = [round(30 * float(frame.time or 0)) for frame in frames]
    # The last pictures of an open part may precede one that has not come.
    assert times[:-3] == list(range(times[0], times[0] + len(times) - 3))


def test_ffmpeg_of_another_version_reads_both_renditions_without_a_word(tmp_path: Path) -> None:
    publisher = Publisher(video=H264Source(width=320, height=180), audio=OpusSource())
    publisher.run(5)
    files = []
    for kind in ("video", "audio"):
        ((_, data),) = runs(publisher.playlist(kind))
        files.append(tmp_path / f"{kind}.mp4")
        files[-1].write_bytes(data)
    inputs = [argument for file in files for argument in ("-i", str(file))]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", *inputs, "-f", "null", "-"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
