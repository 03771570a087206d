"""What the kernel says a process has used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
SERVER_CORE: Final = 0
GENERATOR_CORE: Final = 1


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far, all threads, and resident bytes now."""

    cpu_s: float
    resident_bytes: int


def usage(pid: int) -> Usage:
    """Read from /proc/PID/stat and /proc/PID/statm (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Usage((int(fields[11]) + int(fields[12])) / CLOCK_TICKS, pages * os.sysconf("SC_PAGE_SIZE"))


def start_pinned(
    command: Sequence[str], core: int | None, log: Path, env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Starts `command` on one core (None: on any), with its output in `log`."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.pinned", "any" if core is None else str(core), *command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=dict(env),
        )


def busy_ticks(core: int) -> int:
    """Ticks that `core` has spent on anything, from /proc/stat (proc(5)): all but idle and waiting for I/O."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            return sum(int(value) for index, value in enumerate(ticks[:8]) if index not in (3, 4))
    raise ValueError(f"there is no core {core}")
