"""`python -m tests.benchmarks.dj.compiling --seconds 1 --every 15`: what builds do to a machine.

A build reads the sources of the standard library and compiles them, in one process a core as `make -j` does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from deploy.standalone.embedded import die_with_parent


def compile_for(seconds: float) -> None:
    end = time.monotonic() + seconds
    for path in cycle(sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))):
        if time.monotonic() > end:
            return
        compile(path.read_bytes(), str(path), "exec")


@contextmanager
def compiling(seconds: float, every_s: float) -> Iterator[None]:
    """Builds of so long, so often, until the end of the block."""
    command = [sys.executable, "-m", "tests.benchmarks.dj.compiling"]
    options = ["--seconds", str(seconds), "--every", str(every_s)]
    with subprocess.Popen(
        [*command, *options], stdin=subprocess.DEVNULL, preexec_fn=die_with_parent(signal.SIGTERM)
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.compiling", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a build takes")
    parser.add_argument("--every", type=float, default=15.0, help="seconds from one build to the next")
    options = parser.parse_args()
    next_at = time.monotonic()
    while True:
        next_at = max(next_at + options.every, time.monotonic())
        time.sleep(max(0.0, next_at - time.monotonic()))
        processes = [
            multiprocessing.Process(target=compile_for, args=(options.seconds,), daemon=True)
            for _ in os.sched_getaffinity(0)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()


if __name__ == "__main__":
    main()
