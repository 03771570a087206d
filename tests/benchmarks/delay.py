"""What forwarding adds to a packet's way, at half load and at 80 %: `python -m tests.benchmarks.delay`.

Viewers watch several streams, as they do on a server of many: the frames of one stream reach all of its viewers one
after the other, and those of different streams wait for each other.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.benchmarks.crowd import GENERATOR_LIMIT, Crowd, Window
from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.lateness import SAMPLED, Lateness, LatenessSamples
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.process import GENERATOR_CORE
from tests.benchmarks.pump import Pump
from tests.benchmarks.source import FRAMES_PER_S
from tests.support.servers import new_server_dir, remove_server_dir

SHARES: Final = (0.5, 0.8)
STREAMS: Final = 20
MOST_VIEWERS: Final = 1500
_FIRST_VIEWERS: Final = 100
_TRIES: Final = 4
_CLOSE_ENOUGH: Final = 0.04
_SETTLE_FRAMES: Final = 2 * FRAMES_PER_S
_LOOK_FRAMES: Final = 2 * FRAMES_PER_S
_WINDOW_FRAMES: Final = 8 * FRAMES_PER_S


@dataclass(frozen=True, slots=True)
class Delay:
    """At a load of `window.core`."""

    window: Window
    streams: int
    lateness: Lateness

    def __str__(self) -> str:
        text = f"{self.window.viewers} viewers of {self.streams} streams, {self.window.core:.0%} of a core"
        text += f": {self.lateness}; generator {self.window.generator:.0%}"
        return text + ("; the load generator was the limit" if self.window.generator > GENERATOR_LIMIT else "")


def measure_delay(
    say: Callable[[str], None],
    *,
    shares: Sequence[float] = SHARES,
    streams: int = STREAMS,
    most_viewers: int = MOST_VIEWERS,
) -> list[Delay]:
    """One for each share of a core, in ascending order."""
    folder = new_server_dir()
    server = NrsLive(folder)
    pump, identity, samples = Pump(), DtlsIdentity(), LatenessSamples()
    crowd = Crowd(server.pid, pump, identity)
    delays = []
    try:
        server.wait_until_healthy()
        ids = [server.publish_another(pump, identity) for _ in range(streams)]
        pump.run_frames(_SETTLE_FRAMES)

        def join(count: int) -> None:
            for n in range(count):
                stream = ids[(len(crowd.viewers) + n) % streams]
                is_sampled = (len(crowd.viewers) + n) % SAMPLED == 0
                crowd.begin(partial(server.open_viewer, stream=stream), on_late=samples.add if is_sampled else None)
            crowd.finish()
            pump.run_frames(_SETTLE_FRAMES)

        join(min(_FIRST_VIEWERS, most_viewers))
        for share in shares:
            for _ in range(_TRIES):
                core = crowd.watch(_LOOK_FRAMES).core
                missing = round((share / core - 1) * len(crowd.viewers))
                missing = min(missing, most_viewers - len(crowd.viewers))
                if share - core < _CLOSE_ENOUGH or missing <= 0:
                    break
                join(missing)
            samples.is_on = True
            window = crowd.watch(_WINDOW_FRAMES)
            samples.is_on = False
            delays.append(Delay(window, streams, samples.take()))
            say(str(delays[-1]))
    finally:
        crowd.close()
        pump.close()
        server.close()
        remove_server_dir(folder)
    return delays


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.delay", description=__doc__)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--most-viewers", type=int, default=MOST_VIEWERS)
    options = parser.parse_args()
    os.sched_setaffinity(0, {GENERATOR_CORE})
    measure_delay(print, streams=options.streams, most_viewers=options.most_viewers)
