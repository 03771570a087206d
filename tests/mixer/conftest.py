"""The kernels are compiled before the first test, because that may take longer than a test is allowed to."""

from __future__ import annotations

import fcntl
import tempfile
from pathlib import Path

import pytest

from mixer.engine.engine import Engine
from tests.mixer.rig import MemoryTracks

HERE = Path(__file__).parent
LOCK = Path(tempfile.gettempdir()) / "nrs-live-kernels.lock"


def pytest_collection_finish(session: pytest.Session) -> None:
    """One process of a parallel run compiles, the others wait and load what it cached."""
    if any(HERE in item.path.parents for item in session.items):
        with LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Engine(1, MemoryTracks()).prewarm()
