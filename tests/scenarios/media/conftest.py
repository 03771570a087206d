"""A real media worker, and the light WebRTC clients of the benchmarks against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.pump import Pump
from tests.support.servers import new_server_dir, remove_server_dir


@pytest.fixture
def worker() -> Iterator[NrsLive]:
    folder = new_server_dir()
    worker = NrsLive(folder, core=None)
    yield worker
    worker.close()
    remove_server_dir(folder)


@pytest.fixture
def pump() -> Iterator[Pump]:
    pump = Pump()
    yield pump
    pump.close()
