"""Files that were cut short, which FFmpeg alone would play as far as they go."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixer.inspection.ending import check_ending
from mixer.inspection.inspect import Sent, inspect
from mixer.tracks.rejected import Problem, TrackRejected
from tests.support.music import encoded, tune

CONTAINERS = {".ogg": "ogg", ".m4a": "mov", ".aiff": "aiff"}
MP4 = struct.pack(">I4s", 16, b"ftyp") + bytes(8)


def aiff(content: bytes) -> bytes:
    """Another file as AIFF."""
    out = io.BytesIO()
    with av.open(io.BytesIO(content), "r") as source, av.open(out, "w", format="aiff") as made:
        stream = made.add_stream("pcm_s16be", rate=48_000, layout="stereo")
        for frame in source.decode(audio=0):
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


def made(folder: Path, suffix: str) -> bytes:
    if suffix == ".aiff":
        return aiff(encoded(folder, tune(1, 6.0), ".wav"))
    return encoded(folder, tune(1, 6.0), suffix)


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac", ".m4a", ".ogg", ".aiff"])
def test_a_file_cut_at_any_tenth_is_said_to_be_cut_short(tmp_path: Path, suffix: str) -> None:
    content = made(tmp_path, suffix)
    sent = Sent(tmp_path, suffix, max_seconds=60.0)
    for tenth in range(1, 10):
        sent.path.write_bytes(content[: len(content) * tenth // 10])
        result = inspect(sent)
        assert (result["outcome"], result["code"]) == ("rejected", "TRUNCATED"), f"{suffix} at {tenth} tenths: {result}"
        assert "cut short" in result["message"]
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {sent.path.name, f"encoded{suffix}"}


@pytest.mark.parametrize("suffix", list(CONTAINERS))
@pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125)], ids=["nothing", "a tag"])
def test_a_whole_file_is_let_through_whatever_is_behind_it(tmp_path: Path, suffix: str, behind: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(made(tmp_path, suffix) + behind)
    check_ending(path, CONTAINERS[suffix])


@given(
    container=st.sampled_from(sorted(CONTAINERS.values())),
    prefix=st.sampled_from([b"", b"OggS\0", MP4, MP4 + b"\0\0\0\1moov", b"FORM"]),
    content=st.binary(max_size=300),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_whole_or_cut_short(tmp_path: Path, container: str, prefix: bytes, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(prefix + content)
    try:
        check_ending(path, container)
    except TrackRejected as rejected:
        assert rejected.problem is Problem.TRUNCATED  # noqa: PT017 - either outcome is right
