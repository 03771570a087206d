"""How a mixer keeps its deadlines beside a busy media worker, builds and stalls: `python -m tests.benchmarks.dj.ticks`.

Stalls are calls of 50 ms that hold the interpreter of the mixer's worker, one in two seconds; a build is a second of
compiling on every core, four times a minute. A tick is missed when it ends after the next was due.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path

from tests.benchmarks.dj.lateness import Lateness
from tests.benchmarks.dj.neighbours import Neighbours, neighbours
from tests.mixer.host.full_house import FullHouse


async def measure(seconds: float, sessions: int, *, real_time: bool, around: Neighbours | None) -> tuple[str, Lateness]:
    """(priority that the clock had, its lateness) with as many shows as are admitted, `sessions` at most."""

    def look() -> None:
        lateness.read()
        if around is not None:
            around.look()

    with tempfile.TemporaryDirectory() as folder:
        house = FullHouse(Path(folder), capacity=sessions, real_time=real_time, each_turn=look)
        lateness = Lateness(house.host)
        try:
            await house.start()
            engine = house.host.engine_pid
            assert engine is not None
            fifo = os.sched_getscheduler(engine) == os.SCHED_FIFO
            lateness.begin()
            await house.play(seconds)
            lateness.read()
        finally:
            await house.host.stop()
        breaks = sum(steady.breaks for _, steady in house.programmes)
        print(f"  {len(house.names)} shows, {house.stalls} stalls, {breaks} breaks in what was encoded", flush=True)
        return "SCHED_FIFO" if fifo else "no real-time priority", lateness


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.ticks", description=__doc__)
    parser.add_argument("--sessions", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=25.0, help="of each of three measurements")
    options = parser.parse_args()
    rows = []
    for is_busy in (False, True):
        with neighbours() if is_busy else nullcontext() as around:
            for real_time in (True, False) if is_busy else (True,):
                measuring = measure(options.seconds, options.sessions, real_time=real_time, around=around)
                priority, lateness = asyncio.run(measuring)
                rows.append((f"{'busy' if is_busy else 'alone'}, {priority}", lateness))
            if around is not None:
                print(f"  {around}")
    print(f"\n{'late, ms':32} {'p50':>7} {'p99':>7} {'p99.9':>7} {'max':>7} {'ticks':>7} {'missed':>7} {'skipped':>7}")
    for name, lateness in rows:
        late = "".join(f" {1000 * lateness.percentile_s(percent):7.2f}" for percent in (50, 99, 99.9))
        counts = f" {lateness.ticks:7} {lateness.missed:7} {lateness.skipped:7}"
        print(f"{name:32}{late} {1000 * lateness.longest_s:7.2f}{counts}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
