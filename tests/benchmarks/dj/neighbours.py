"""What shares a machine with a mixer: a media worker that forwards to a crowd, and a build now and then."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.benchmarks.dj.busy_sfu import BusySfu, busy_sfu

FORWARDING: Final = 0.4
"""Of a core, for the media worker."""
BUILD_S: Final = 1.0
BETWEEN_BUILDS_S: Final = 15.0


class Neighbours:
    """`look` at least each second."""

    def __init__(self, sfu: BusySfu) -> None:
        self._sfu = sfu
        self._build: subprocess.Popen[bytes] | None = None
        self._next_build = time.monotonic() + BETWEEN_BUILDS_S
        self.builds = 0

    def look(self) -> None:
        """Hear the media worker's crowd, and start a build when it is time for one."""
        self._sfu.read()
        if time.monotonic() < self._next_build or (self._build is not None and self._build.poll() is None):
            return
        command = [sys.executable, "-m", "tests.benchmarks.dj.compiling", "--seconds", str(BUILD_S)]
        self._build = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._next_build += BETWEEN_BUILDS_S
        self.builds += 1

    def end(self) -> None:
        """Wait for the last build."""
        if self._build is not None:
            self._build.wait()

    def __str__(self) -> str:
        reports = self._sfu.reports
        core = sum(report.core for report in reports) / len(reports)
        packets = sum(report.packets_per_s for report in reports) / len(reports)
        loss = max(report.loss for report in reports)
        return (
            f"media worker {core:.0%} of a core for {reports[-1].viewers} viewers, {packets:.0f} packets/s, "
            f"loss {loss:.2%} at most; {self.builds} builds"
        )


@contextmanager
def neighbours() -> Iterator[Neighbours]:
    """Busy from the first line of the block to its end."""
    with busy_sfu(FORWARDING) as sfu:
        around = Neighbours(sfu)
        try:
            yield around
        finally:
            around.end()
