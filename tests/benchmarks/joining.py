"""Viewers who come and go at a given rate, while others watch on: `python -m tests.benchmarks.joining`."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.crowd import GENERATOR_LIMIT, Crowd, OpenViewer, SignedIn
from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.lateness import SAMPLED, Lateness, LatenessSamples
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.peer import Peer
from tests.benchmarks.process import GENERATOR_CORE, usage
from tests.benchmarks.pump import Pump
from tests.benchmarks.source import FRAMES_PER_S
from tests.support.servers import new_server_dir, remove_server_dir

WATCHING: Final = 300
RATE: Final = 150.0
SECONDS: Final = 10.0
_WAITING_FOR_MEDIA_S: Final = 10.0
_SETTLE_FRAMES: Final = 2 * FRAMES_PER_S


@dataclass(frozen=True, slots=True)
class Joining:
    """How many joins a second there were, what each took until media came, and how those fared who were there."""

    watching: int
    asked_per_s: float
    joins_per_s: float
    join_p99_ms: float
    loss: float
    lateness: Lateness
    core: float
    generator: float

    @property
    def limited_by_generator(self) -> bool:
        return self.generator > GENERATOR_LIMIT

    def __str__(self) -> str:
        text = (
            f"{self.joins_per_s:.0f} joins a second of {self.asked_per_s:.0f} asked for, media within "
            f"{self.join_p99_ms:.0f} ms (p99), {self.core:.0%} of a core; to {self.watching} who watched meanwhile, "
            f"loss {self.loss:.2%}, {self.lateness}; generator {self.generator:.0%}"
        )
        return text + ("; the load generator was the limit" if self.limited_by_generator else "")


class _Passing:
    """Those who join, get media, and leave."""

    def __init__(self, crowd: Crowd, pump: Pump, open_viewer: OpenViewer) -> None:
        self.took_s: list[float] = []
        self.asked = 0
        self._crowd = crowd
        self._pump = pump
        self._open_viewer = open_viewer
        self._signing: list[tuple[float, SignedIn]] = []
        self._joining: list[tuple[float, Peer]] = []

    @property
    def is_done(self) -> bool:
        return not self._signing and not self._joining

    def ask(self, total: int) -> None:
        """Begin as many as make `total` of all that were begun."""
        while self.asked < total:
            self.asked += 1
            self._signing.append((time.monotonic(), self._crowd.sign_in(self._open_viewer)))

    def look(self) -> None:
        """Go on with those who are signed in; say goodbye to those who have media."""
        signed = [entry for entry in self._signing if entry[1].done()]
        self._signing = [entry for entry in self._signing if not entry[1].done()]
        self._joining += [(began, self._crowd.admit(future)) for began, future in signed]
        for began, peer in [entry for entry in self._joining if entry[1].first_media_at is not None]:
            assert peer.first_media_at is not None
            self.took_s.append(peer.first_media_at - began)
            self._joining.remove((began, peer))
            self._pump.remove(peer)


def measure_joining(*, watching: int = WATCHING, rate: float = RATE, seconds: float = SECONDS) -> Joining:
    """Raises TimeoutError when those who joined are without media for long."""
    folder = new_server_dir()
    server = NrsLive(folder)
    pump, identity, samples = Pump(), DtlsIdentity(), LatenessSamples()
    crowd = Crowd(server.pid, pump, identity)
    try:
        server.start_publishing(pump, identity)
        pump.run_frames(FRAMES_PER_S)
        for n in range(watching):
            crowd.begin(server.open_viewer, on_late=samples.add if n % SAMPLED == 0 else None)
        crowd.finish()
        pump.run_frames(_SETTLE_FRAMES)
        source = pump.sources[0]
        published, received, samples.is_on = source.packets, crowd.received(), True
        cpu, server_cpu, began = time.process_time(), usage(server.pid).cpu_s, time.monotonic()
        passing = _Passing(crowd, pump, server.open_viewer)

        def all_asked() -> bool:
            elapsed = time.monotonic() - began
            passing.ask(int(rate * min(elapsed, seconds)))
            passing.look()
            return elapsed >= seconds

        def all_left() -> bool:
            passing.look()
            return passing.is_done

        pump.run_until(all_asked, timeout_s=2 * seconds)
        took, joined = time.monotonic() - began, len(passing.took_s)
        generator, core = (time.process_time() - cpu) / took, (usage(server.pid).cpu_s - server_cpu) / took
        if not pump.run_until(all_left, timeout_s=_WAITING_FOR_MEDIA_S):
            raise TimeoutError("viewers who joined have no media")
        pump.run_frames(1)
        expected = (source.packets - published) * watching
        return Joining(
            watching=watching,
            asked_per_s=rate,
            joins_per_s=joined / took,
            join_p99_ms=1000 * sorted(passing.took_s)[int(0.99 * len(passing.took_s))],
            loss=max(0.0, 1 - (crowd.received() - received) / expected),
            lateness=samples.take(),
            core=core,
            generator=generator,
        )
    finally:
        crowd.close()
        pump.close()
        server.close()
        remove_server_dir(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.joining", description=__doc__)
    parser.add_argument("--watching", type=int, default=WATCHING)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    os.sched_setaffinity(0, {GENERATOR_CORE})
    print(measure_joining(watching=options.watching, rate=options.rate, seconds=options.seconds))
