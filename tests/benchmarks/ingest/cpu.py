"""Processor time for one ingested stream of 6 Mbit/s with HLS: ours and nginx with its RTMP module, in the same run."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

import psutil

from tests.benchmarks.ingest.encoders import make_clip, pushing
from tests.benchmarks.ingest.nginx import PACKAGES, NginxRtmp
from tests.benchmarks.ingest.ours import OurWorker
from tests.support.servers import new_server_dir, remove_server_dir

STREAMS: Final = 8
SETTLE_S: Final = 8.0
Server = OurWorker | NginxRtmp


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ingest.cpu", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    clip = make_clip(Path("build/clip-6mbit.flv"))
    kinds: list[type[OurWorker] | type[NginxRtmp]] = [OurWorker]
    if NginxRtmp.is_installed():
        kinds.append(NginxRtmp)
    else:
        print(f"nginx is not installed (Debian: apt-get install {PACKAGES}), so there is nothing to compare with.")
    shares = {}
    for kind in kinds:
        folder = new_server_dir()
        server = kind(folder)
        try:
            idle = measure(server, options.seconds / 3)
            busy = measure_streams(server, clip, options.seconds)
        finally:
            server.close()
            remove_server_dir(folder)
        shares[kind.name] = (busy - idle) / STREAMS
        print(f"{kind.name}: idle {idle:.2f} % of a core; {shares[kind.name]:.3f} % of a core a stream of 6 Mbit/s")
    if len(shares) == 2:
        ours, theirs = shares.values()
        print(f"ours / nginx-rtmp: {ours / theirs:.2f}")
    return 0


def measure_streams(server: Server, clip: Path, seconds: float) -> float:
    """Per cent of a core while STREAMS come in."""
    with pushing(clip, [server.push_url(number) for number in range(STREAMS)]) as encoders:
        for number in range(STREAMS):
            server.until_playable(number)
        time.sleep(SETTLE_S)
        share = measure(server, seconds)
        if any(encoder.poll() is not None for encoder in encoders):
            raise RuntimeError(f"{server.name} let an encoder go")
    return share


def measure(server: Server, seconds: float) -> float:
    """Per cent of a core of all processes of the server."""
    before, since = cpu_s(server), time.monotonic()
    time.sleep(seconds)
    return 100.0 * (cpu_s(server) - before) / (time.monotonic() - since)


def cpu_s(server: Server) -> float:
    """Seconds of processor that all processes of the server have used."""
    times = [psutil.Process(pid).cpu_times() for pid in server.pids]
    return sum(spent.user + spent.system for spent in times)


if __name__ == "__main__":
    raise SystemExit(main())
