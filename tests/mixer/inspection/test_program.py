"""The program as it is started: bounded, cut off, and gone with whoever started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.music import encoded, tune, wav
from tests.support.processes import REPOSITORY

GIB = 1024**3


def run(folder: Path, suffix: str, **overrides: Any) -> tuple[int, dict[str, Any] | None]:
    """Exit status, and the result if there is one."""
    bounds = {"memory_bytes": GIB, "mapped_bytes": 12 * GIB, "cpu_s": 100, "file_bytes": 4 * GIB}
    request = {
        "task": "inspect",
        "folder": str(folder),
        "suffix": suffix,
        "max_seconds": overrides.pop("max_seconds", 3 * 3_600),
        "parent": os.getpid(),
        "bounds": bounds | overrides,
    }
    process = subprocess.run(
        [sys.executable, "-m", "mixer.inspection"],
        input=json.dumps(request).encode(),
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )
    result = folder / "result.json"
    return process.returncode, json.loads(result.read_text()) if result.exists() else None


def sent(folder: Path, content: bytes, suffix: str) -> Path:
    (folder / f"original{suffix}").write_bytes(content)
    return folder


def test_it_finds_what_is_in_a_track(tmp_path: Path) -> None:
    status, result = run(sent(tmp_path, encoded(tmp_path, tune(1, 10.0), ".mp3"), ".mp3"), ".mp3")
    assert status == 0
    assert result is not None
    assert (result["outcome"], result["container"], result["scan"]) == ("inspected", "mp3", {"rules": []})
    assert result["analysis"]["duration_s"] == pytest.approx(10.0, abs=0.1)
    assert len(result["fingerprint"]) > 50
    assert (tmp_path / "audio.mp3").stat().st_size == pytest.approx(10 * 40_000, rel=0.05)


def test_out_of_memory_or_time_it_dies_without_a_result(tmp_path: Path) -> None:
    sent(tmp_path, wav(np.tile(tune(1, 4.0), (45, 1))), ".wav")
    assert run(tmp_path, ".wav", memory_bytes=250 * 1024**2) == (1, None)
    status, result = run(tmp_path, ".wav", cpu_s=1)
    assert (status, result) == (-9, None)


def test_a_track_that_is_too_long_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    status, result = run(sent(tmp_path, wav(tune(1, 5.0)), ".wav"), ".wav", max_seconds=4)
    assert status == 0
    assert result is not None
    assert result["code"] == "TOO_LONG"


def large_wav() -> bytes:
    """100 MB at 192 kHz."""
    minute, frames = tune(1, 60.0), 100_000_000 // 4
    return wav(np.tile(minute, (-(-frames // len(minute)), 1))[:frames], 192_000)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("suffix", "make", "memory_bytes"),
    [
        (".wav", lambda _: large_wav(), 3 * GIB // 2),
        (".mp3", lambda folder: encoded(folder, tune(1, 60.0), ".mp3") * 60, 3 * GIB // 2),
        (".mp3", lambda folder: encoded(folder, tune(1, 60.0), ".mp3", bit_rate=64_000) * 178, 3 * GIB),
    ],
    ids=["WAV of 100 MB", "an hour", "three hours"],
)
def test_the_largest_and_the_longest_stay_within_their_memory_and_time(
    tmp_path: Path, suffix: str, make: Callable[[Path], bytes], memory_bytes: int
) -> None:
    """The bounds hold the program: out of them it has no result."""
    status, result = run(sent(tmp_path, make(tmp_path), suffix), suffix, memory_bytes=memory_bytes, cpu_s=900)
    assert status == 0
    assert result is not None
    assert result["outcome"] == "inspected"
    assert len(result["fingerprint"]) == pytest.approx(8.07 * result["analysis"]["duration_s"], abs=30)
