"""`python -m tests.benchmarks.dj.compiling --seconds 1`: what a build does to the machine.

It reads the sources of the standard library and compiles them, in one process a core as `make -j` does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sysconfig
import time
from itertools import cycle
from pathlib import Path


def compile_for(seconds: float) -> None:
    end = time.monotonic() + seconds
    for path in cycle(sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))):
        if time.monotonic() > end:
            return
        compile(path.read_bytes(), str(path), "exec")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.compiling", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    processes = [multiprocessing.Process(target=compile_for, args=(options.seconds,)) for _ in os.sched_getaffinity(0)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


if __name__ == "__main__":
    main()
