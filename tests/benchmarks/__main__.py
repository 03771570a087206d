"""`make bench`: forwarding measured beside Janus on this machine, as a table and as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.crowd import Server
from tests.benchmarks.janus import PROGRAM as JANUS_PROGRAM
from tests.benchmarks.janus import Janus
from tests.benchmarks.latency import measure_latency
from tests.benchmarks.measure import Benchmark, Result, load
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.process import GENERATOR_CORE, SERVER_CORE
from tests.support.servers import new_server_dir, remove_server_dir

# Below this share of its core the server had time to spare.
SERVER_IS_LIMIT = 0.85
OTHERS_MATTER = 0.10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the figures are written")
    parser.add_argument("--most-viewers", type=int, default=1500, help="where to stop adding viewers")
    parser.add_argument("--without-latency", action="store_true", help="leave out what needs Chromium")
    parser.add_argument("--without-janus", action="store_true", help="measure our own worker alone")
    options = parser.parse_args()
    latency = None if options.without_latency else asyncio.run(measure_latency(print))
    if len(os.sched_getaffinity(0)) < 2:
        print("Two cores are needed, one for the server and one for the load: this machine gives us one.")
        return 1
    os.sched_setaffinity(0, {GENERATOR_CORE})

    print(f"Each viewer is sent {load()}. Server on core {SERVER_CORE}, load generator on core {GENERATOR_CORE}.")
    results = [measure(NrsLive, options.most_viewers)]
    if options.without_janus:
        print("Janus is left out, as asked.")
    elif JANUS_PROGRAM is None:
        print("Janus is not installed (Debian: apt-get install janus), so there is nothing to compare with.")
    else:
        results.append(measure(Janus, options.most_viewers))
    print(table(results))
    document = {
        "machine": {"cpu": cpu_model(), "kernel": platform.release(), "python": platform.python_version()},
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "latency": None if latency is None else asdict(latency),
        "forwarding": [result.document() for result in results],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(document, indent=2) + "\n")
    print(f"Written to {options.json}.")
    return 0


def measure(start: Callable[[Path], Server], most_viewers: int) -> Result:
    """One server from start to end, in a folder of its own."""
    folder = new_server_dir()
    server = start(folder)
    print(f"\n{server.name}")
    try:
        return Benchmark(server, lambda line: print(f"  {line}", flush=True)).run(most_viewers=most_viewers)
    finally:
        server.close()
        remove_server_dir(folder)


def table(results: list[Result]) -> str:
    """The figures beside each other; with two servers, the second's divided by the first's."""
    rows: list[tuple[str, Callable[[Result], float], str]] = [
        ("server CPU a forwarded packet, µs", lambda r: r.us_per_packet, ".2f"),
        ("viewers a core without loss", lambda r: r.viewers_per_core, ".0f"),
        ("joins a second", lambda r: r.joins_per_s, ".0f"),
        ("server CPU a join, ms", lambda r: r.join_cpu_ms, ".1f"),
        ("memory a viewer, KiB", lambda r: r.kib_per_viewer, ".0f"),
    ]
    lines = ["", f"{'':36}" + "".join(f"{result.name:>14}" for result in results)]
    if len(results) == 2:
        lines[-1] += f"{results[1].name.split()[0] + ' / ours':>16}"
    for label, value, form in rows:
        line = f"{label:36}" + "".join(f"{value(result):>14{form}}" for result in results)
        if len(results) == 2 and value(results[0]):
            line += f"{value(results[1]) / value(results[0]):>16.2f}"
        lines.append(line)
    for result in results:
        if result.joins_core < SERVER_IS_LIMIT:
            lines.append(
                f"{result.name}: while joining, the server used {result.joins_core:.0%} of its core and the load "
                f"generator {result.joins_generator:.0%} of its own: more joins a second may be possible."
            )
        if result.is_capped:
            lines.append(f"{result.name}: stopped at --most-viewers; the server could take more.")
        if result.limited_by_generator:
            lines.append(f"{result.name}: the load generator was the limit of viewers; the server could take more.")
        if result.others_on_core > OTHERS_MATTER:
            lines.append(
                f"{result.name}: other programs took up to {result.others_on_core:.0%} of the server's core; "
                "measure on a quiet machine to know how many viewers fit."
            )
    return "\n".join(lines)


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
