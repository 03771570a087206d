"""The program as it is started: bounded, cut off, and gone with whoever started it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
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


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("kind", ["mp3", "wav"])
def test_an_hour_stays_within_its_memory(tmp_path: Path, kind: str) -> None:
    """A WAV of 100 MB at 192 kHz, and an hour of MP3."""
    minute = tune(1, 60.0)
    if kind == "wav":
        rate, frames = 192_000, 100_000_000 // 4
        content = wav(np.tile(minute, (-(-frames // len(minute)), 1))[:frames], rate)
    else:
        content = encoded(tmp_path, minute, ".mp3") * 60
    status, result = run(sent(tmp_path, content, f".{kind}"), f".{kind}", memory_bytes=3 * GIB // 2, cpu_s=900)
    assert status == 0
    assert result is not None
    assert result["outcome"] == "inspected"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3 * 1024**2
