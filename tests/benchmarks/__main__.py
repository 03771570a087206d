"""`make bench`: forwarding measured beside Janus and beside a loop in C on this machine, as tables and as JSON."""

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
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.crowd import LOSS, Server
from tests.benchmarks.delay import measure_delay
from tests.benchmarks.janus import PROGRAM as JANUS_PROGRAM
from tests.benchmarks.janus import Janus
from tests.benchmarks.joining import measure_joining
from tests.benchmarks.latency import measure_latency
from tests.benchmarks.listeners import LISTENERS, measure_listeners
from tests.benchmarks.measure import Benchmark, Result, load
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.process import GENERATOR_CORE, SERVER_CORE
from tests.benchmarks.raw_loop import COMPILER, measure_raw_loop
from tests.benchmarks.tables import forwarding_table
from tests.support.servers import new_server_dir, remove_server_dir

SECTIONS: Final = ("latency", "raw", "plain", "janus", "listeners", "joining", "delay")
PLAIN_VIEWERS: Final = 400
"""Where measuring the plain form stops: it is there for its cost a packet."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the figures are written")
    parser.add_argument("--most-viewers", type=int, default=3000, help="where to stop adding viewers")
    parser.add_argument("--listeners", type=int, default=LISTENERS, help="of one stream of Opus")
    for section in SECTIONS:
        parser.add_argument(f"--without-{section}", action="store_true", help=f"leave out {HELP[section]}")
    options = parser.parse_args()
    wanted = {section for section in SECTIONS if not getattr(options, f"without_{section}")}
    latency = asyncio.run(measure_latency(print)) if "latency" in wanted else None
    if len(os.sched_getaffinity(0)) < 2:
        print("Two cores are needed, one for the server and one for the load: this machine gives us one.")
        return 1
    os.sched_setaffinity(0, {GENERATOR_CORE})
    document: dict[str, Any] = {
        "machine": {"cpu": cpu_model(), "kernel": platform.release(), "python": platform.python_version()},
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "loss_limit": LOSS,
        "latency": None if latency is None else asdict(latency),
        "forwarding": [],
    }
    print(f"Each viewer is sent {load()}. Server on core {SERVER_CORE}, load generator on core {GENERATOR_CORE}.")
    forwarding(wanted, options.most_viewers, document)
    if "listeners" in wanted:
        heading("Listeners")
        listening = measure_listeners(options.listeners, say)
        say(str(listening))
        document["listeners"] = asdict(listening)
    if "joining" in wanted:
        heading("Coming and going")
        joining = measure_joining()
        say(str(joining))
        document["joining"] = asdict(joining)
    if "delay" in wanted:
        heading("Delay")
        document["delay"] = [asdict(delay) for delay in measure_delay(say, most_viewers=options.most_viewers)]
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(document, indent=2) + "\n")
    print(f"\nWritten to {options.json}; python -m tests.benchmarks.plot draws it.")
    return 0


def forwarding(wanted: set[str], most_viewers: int, document: dict[str, Any]) -> None:
    """Ours in both forms, Janus, and the least that it can cost."""
    raw = None
    results = [measure(NrsLive, most_viewers)]
    if "plain" in wanted:
        results.append(measure(partial(NrsLive, fan_out="plain"), min(most_viewers, PLAIN_VIEWERS)))
    if "janus" in wanted:
        if JANUS_PROGRAM is None:
            print("Janus is not installed (Debian: apt-get install janus), so there is nothing to compare with.")
        else:
            results.append(measure(Janus, most_viewers))
    if "raw" in wanted:
        if COMPILER is None:
            print("There is no C compiler, so the raw loop is left out.")
        else:
            heading("The raw loop")
            raw = measure_raw_loop(max(results[0].viewers_per_core, 1))
            say(f"{raw.viewers} sockets: {raw.us_per_packet:.2f} µs a packet, loss {raw.loss:.2%}")
            document["raw_loop"] = asdict(raw)
    print(forwarding_table(results, raw))
    document["forwarding"] = [result.document() for result in results]


def measure(start: Callable[[Path], Server], most_viewers: int) -> Result:
    """One server from start to end, in a folder of its own."""
    folder = new_server_dir()
    server = start(folder)
    heading(server.name)
    try:
        return Benchmark(server, say).run(most_viewers=most_viewers)
    finally:
        server.close()
        remove_server_dir(folder)


def heading(text: str) -> None:
    print(f"\n{text}", flush=True)


def say(line: str) -> None:
    print(f"  {line}", flush=True)


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


HELP: Final = {
    "latency": "what needs Chromium",
    "raw": "the loop in C",
    "plain": "our fan-out without compiled code",
    "janus": "Janus",
    "listeners": "thousands of listeners of Opus",
    "joining": "viewers who come and go while others watch",
    "delay": "the delay at half load and at 80 %%",
}


if __name__ == "__main__":
    sys.exit(main())
