"""A recording holds what was played at the frame at which it was played, whatever the disk does."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from mixer.recording.flac import FlacRecording
from tests.mixer.rig import Audio, music


def played(frames: int) -> Audio:
    return (music(2.0)[:frames] / np.float32(32768.0)).astype(np.float32)


def decoded(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        pieces = [frame.to_ndarray().reshape(-1, 2) for frame in container.decode(audio=0)]
    return np.concatenate(pieces)


def test_a_recording_is_the_samples_that_were_played(tmp_path: Path) -> None:
    audio = played(50_000)
    recording = FlacRecording(tmp_path / "show.flac")
    for start in range(0, len(audio), 240):
        recording.write(7_000 + start, audio[start : start + 240])
    recorded = recording.finish()
    assert recorded.problem is None
    assert (recorded.first_frame, recorded.frames, recorded.silent_frames) == (7_000, 50_000, 0)
    assert recorded.bytes == recorded.path.stat().st_size
    assert np.array_equal(decoded(recorded.path), np.round(audio * 32767.0).astype(np.int16))


def test_missing_frames_are_silence_so_that_all_else_stays_in_its_place(tmp_path: Path) -> None:
    audio = played(48_000)
    recording = FlacRecording(tmp_path / "show.flac")
    recording.write(0, audio[:24_000])
    recording.write(33_600, audio[33_600:])
    recorded = recording.finish()
    assert (recorded.frames, recorded.silent_frames) == (48_000, 9_600)
    samples = decoded(recorded.path)
    assert not samples[24_000:33_600].any()
    assert np.array_equal(samples[33_600:], np.round(audio[33_600:] * 32767.0).astype(np.int16))


def test_another_session_of_frames_goes_on_where_the_recording_is(tmp_path: Path) -> None:
    recording = FlacRecording(tmp_path / "show.flac")
    recording.write(10_000_000, played(4_800))
    recording.write(0, played(4_800))
    recorded = recording.finish()
    assert (recorded.frames, recorded.silent_frames) == (9_600, 0)


def test_a_full_disk_ends_the_recording_and_nothing_else() -> None:
    recording = FlacRecording(Path("/dev/full"))
    for start in range(0, 48_000 * 4, 4_800):
        recording.write(start, played(4_800))
    recorded = recording.finish()
    assert recorded.problem == "No space left on device"
