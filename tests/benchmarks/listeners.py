"""Listeners of one stream of Opus, each with a receiver report a second: `python -m tests.benchmarks.listeners`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.benchmarks.crowd import Crowd, Window
from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.lateness import Lateness, LatenessSamples
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.process import GENERATOR_CORE
from tests.benchmarks.pump import Pump
from tests.benchmarks.source import MICROPHONE_FRAMES_PER_S
from tests.support.servers import new_server_dir, remove_server_dir

LISTENERS: Final = 3000
STEP: Final = 250
_SAMPLED: Final = 50
_SETTLE_FRAMES: Final = 2 * MICROPHONE_FRAMES_PER_S
_WINDOW_FRAMES: Final = 5 * MICROPHONE_FRAMES_PER_S


@dataclass(frozen=True, slots=True)
class Listening:
    """What listeners cost, with their reports, and the same without them."""

    with_reports: Window
    without_reports: Window
    lateness: Lateness

    def __str__(self) -> str:
        window = self.with_reports
        text = (
            f"{window.viewers} listeners of Opus with a report a second each: {window.core:.0%} of a core, "
            f"{window.us_per_packet:.2f} µs a packet, loss {window.loss:.2%}, "
            f"{self.lateness}; "
            f"without reports {self.without_reports.core:.0%}; generator {window.generator:.0%}"
        )
        return text + ("; the load generator was the limit" if window.limited_by_generator else "")


def measure_listeners(count: int, say: Callable[[str], None]) -> Listening:
    """One worker, first with reports and then without: they are what the difference is for."""
    folder = new_server_dir()
    server = NrsLive(folder)
    pump, identity, samples = Pump(), DtlsIdentity(), LatenessSamples()
    crowd = Crowd(server.pid, pump, identity)
    try:
        server.publish_sound(pump, identity)
        pump.run_frames(MICROPHONE_FRAMES_PER_S)
        while len(crowd.viewers) < count:
            for n in range(min(STEP, count - len(crowd.viewers))):
                on_late = samples.add if n % _SAMPLED == 0 else None
                crowd.begin(partial(server.open_viewer, kind="audio"), reports=True, on_late=on_late)
            crowd.finish()
        say(f"{count} listeners are there")
        windows = []
        for reports in (True, False):
            for viewer in crowd.viewers:
                viewer.reports = reports
            pump.run_frames(_SETTLE_FRAMES)
            samples.is_on = reports
            windows.append(crowd.watch(_WINDOW_FRAMES))
            if not windows[-1].authentic:
                raise ValueError("a sampled packet did not decrypt")
        with_reports, without_reports = windows
        return Listening(with_reports, without_reports, samples.take())
    finally:
        crowd.close()
        pump.close()
        server.close()
        remove_server_dir(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.listeners", description=__doc__)
    parser.add_argument("--listeners", type=int, default=LISTENERS)
    os.sched_setaffinity(0, {GENERATOR_CORE})
    print(measure_listeners(parser.parse_args().listeners, print))
