"""What shares a machine with a mixer: a media worker that forwards to a crowd, and a build now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.benchmarks.dj.busy_sfu import BusySfu, busy_sfu
from tests.benchmarks.dj.compiling import compiling

FORWARDING: Final = 0.4
"""Of a core, for the media worker."""
BUILD_S: Final = 1.0
BETWEEN_BUILDS_S: Final = 15.0


class Neighbours:
    """`look` at least each minute."""

    def __init__(self, sfu: BusySfu) -> None:
        self._sfu = sfu

    def look(self) -> None:
        """Hear how the media worker is."""
        self._sfu.read()

    def __str__(self) -> str:
        reports = self._sfu.reports
        core = sum(report.core for report in reports) / len(reports)
        packets = sum(report.packets_per_s for report in reports) / len(reports)
        loss = sum(report.loss for report in reports) / len(reports)
        return (
            f"media worker {core:.0%} of a core for {reports[-1].viewers} viewers, {packets:.0f} packets/s, "
            f"loss {loss:.2%}"
        )


@contextmanager
def neighbours(between_builds_s: float = BETWEEN_BUILDS_S) -> Iterator[Neighbours]:
    """Busy from the first line of the block to its end."""
    with busy_sfu(FORWARDING) as sfu, compiling(BUILD_S, between_builds_s):
        yield Neighbours(sfu)
