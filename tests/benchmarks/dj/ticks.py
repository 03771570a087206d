"""How a mixer keeps its deadlines beside a busy media worker, builds and stalls: `python -m tests.benchmarks.dj.ticks`.

Stalls are calls of 50 ms that hold the interpreter of the mixer's worker, one in two seconds; a build is a second of
compiling on every core, four times a minute or as often as is said. A tick is missed when it ends after the next was
due; each is listed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path

from tests.benchmarks.dj.lateness import Lateness
from tests.benchmarks.dj.neighbours import BETWEEN_BUILDS_S, Neighbours, neighbours
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
        stolen_ms = 1000 * lateness.stolen_s
        breaks = sum(steady.breaks for _, steady in house.programmes)
        print(f"  {len(house.names)} shows, {house.stalls} stalls, {breaks} breaks in what was encoded", flush=True)
        print(f"  processors stolen from this machine: {stolen_ms:.0f} ms", flush=True)
        return "SCHED_FIFO" if fifo else "no real-time priority", lateness


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.ticks", description=__doc__)
    parser.add_argument("--sessions", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=25.0, help="of each of three measurements")
    parser.add_argument("--between-builds", type=float, default=BETWEEN_BUILDS_S, help="seconds from one to the next")
    parser.add_argument("--busy", action="store_true", help="measure only beside neighbours, with real-time priority")
    options = parser.parse_args()
    rows = []
    for is_busy in (True,) if options.busy else (False, True):
        with neighbours(options.between_builds) if is_busy else nullcontext() as around:
            for real_time in (True, False) if is_busy and not options.busy else (True,):
                measuring = measure(options.seconds, options.sessions, real_time=real_time, around=around)
                priority, lateness = asyncio.run(measuring)
                rows.append((f"{'busy' if is_busy else 'alone'}, {priority}", lateness))
            if around is not None:
                print(f"  {around}")
    print(f"\n{'after they were due, ms':32} {'p50':>7} {'p99':>7} {'p99.9':>7} {'max':>7}")
    for name, lateness in rows:
        print(f"{name}: {lateness.ticks} ticks, {lateness.missed} missed, {lateness.skipped} skipped")
        for what, after in (("began", lateness.began), ("ended", lateness.ended)):
            figures = "".join(f" {1000 * after.percentile_s(percent):7.2f}" for percent in (50, 99, 99.9))
            print(f"  {what:30}{figures} {1000 * after.longest_s:7.2f}")
        for tick in lateness.overdue:
            print(f"  missed: {tick}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
