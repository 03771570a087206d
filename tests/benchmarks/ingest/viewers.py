"""Viewers of LL-HLS that a core serves at parts of a third of a second, by the worker and by a process beside it."""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import numpy as np

from tests.benchmarks.ingest.cpu import cpu_s, measure
from tests.benchmarks.ingest.encoders import make_clip, pushing
from tests.benchmarks.ingest.hls_crowd import HlsCrowd, next_part
from tests.benchmarks.ingest.ours import OurWorker
from tests.benchmarks.ingest.requests import first
from tests.support.servers import new_server_dir, remove_server_dir

PART_S: Final = 0.33
STEPS: Final = (100, 250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2500)
SETTLE_S: Final = 4.0
JOINING: Final = 50
"""So many come at a time."""


@dataclass(frozen=True, slots=True)
class Step:
    """`core` is what they cost the server, of one core, and `generator` what it took to be them; each viewer got so
    many parts a second, whole so many seconds after the first viewer had heard of them.
    """

    viewers: int
    core: float
    generator: float
    parts_per_s: float
    bitrate_bps: float
    late_p50_s: float
    late_p99_s: float

    def __str__(self) -> str:
        return (
            f"  {self.viewers} viewers: {self.core:.0%} of a core; each {self.parts_per_s:.2f} parts a second and "
            f"{self.bitrate_bps / 1e6:.2f} Mbit/s; parts whole after {1000 * self.late_p50_s:.0f} ms (p50), "
            f"{1000 * self.late_p99_s:.0f} ms (p99); the load generator took {self.generator:.0%} of a core"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ingest.viewers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--megabits", type=float, default=2.0)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clip = make_clip(Path(f"build/clip-{options.megabits:g}mbit.flv"), megabits=options.megabits, size="1280x720")
    for name, processes in (("the worker itself", 0), ("one process beside it", 1)):
        print(f"{name}:", flush=True)
        best = _most(clip, processes, options.seconds)
        if best is not None:
            print(f"  {best.viewers} viewers at most, with {best.core:.0%}: {best.viewers / best.core:.0f} a core")
    return 0


def _most(clip: Path, processes: int, seconds: float) -> Step | None:
    """The step of the most viewers of whom 99 % have each part before the next is there."""
    folder = new_server_dir()
    worker = OurWorker(folder, hls_processes=processes, part_s=PART_S)
    best = None
    try:
        with pushing(clip, [worker.push_url(0)]):
            worker.until_playable(0)
            time.sleep(SETTLE_S)
            idle = measure(worker, seconds / 2) / 100.0
            crowd = HlsCrowd(worker.hls_port, _media_playlists(worker))
            viewers = 0
            for wanted in STEPS:
                while viewers < wanted:
                    count = min(JOINING, wanted - viewers)
                    _join(worker, crowd, count)
                    viewers += count
                step = _step(worker, crowd, viewers, seconds, idle)
                print(step, flush=True)
                if step.late_p99_s > PART_S:
                    break
                best = step
            crowd.close()
    finally:
        worker.close()
        remove_server_dir(folder)
    return best


def _step(worker: OurWorker, crowd: HlsCrowd, viewers: int, seconds: float, idle: float) -> Step:
    crowd.play(SETTLE_S)
    crowd.begin_anew()
    used, own, since = cpu_s(worker), time.process_time(), time.monotonic()
    crowd.play(seconds)
    took = time.monotonic() - since
    p50, p99 = np.percentile(crowd.late_s or [np.inf], (50, 99))
    return Step(
        viewers=viewers,
        core=(cpu_s(worker) - used) / took - idle,
        generator=(time.process_time() - own) / took,
        parts_per_s=len(crowd.late_s) / took / viewers,
        bitrate_bps=8 * crowd.octets / took / viewers,
        late_p50_s=float(p50),
        late_p99_s=float(p99),
    )


def _media_playlists(worker: OurWorker) -> list[str]:
    """Paths, without a query, of a picture's playlist and of the sound's beside it."""
    index = worker.hls_path(0)
    picture = first(worker, index, r"^(?!#)([a-z0-9]+\.m3u8)")
    sound = first(worker, index, r'#EXT-X-MEDIA:TYPE=AUDIO.*URI="([a-z0-9]+\.m3u8)')
    return [urljoin(index, name) for name in (picture, sound)]


def _join(worker: OurWorker, crowd: HlsCrowd, count: int) -> None:
    """So many viewers come, each with a token of their own, to where the stream is now."""
    following = []
    for playlist in crowd.playlists:
        status, body = worker.get(f"{playlist}?token={worker.watch_token(0)}")
        if status != 200:
            raise RuntimeError(f"{playlist}: {status}")
        following.append(next_part(body.decode()))
    for _ in range(count):
        crowd.join(worker.watch_token(0), following)
    crowd.play(0.05)


if __name__ == "__main__":
    raise SystemExit(main())
