"""Bounds of a process that decodes what strangers sent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from typing import Final

NICENESS: Final = 10
"""Below the worker that forwards packets: pictures that are made late are dropped, packets are not."""
MAX_MEMORY_BYTES: Final = 6 << 30
_MAX_FILES: Final = 64
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38


def confine(*, parent: int, niceness: int = NICENESS) -> None:
    """Be killed with `parent`, be nice, write no core, and take no more memory than the largest pictures need."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the worker is gone")
    # A terminal's Ctrl-C is for the worker, which ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_FILES, _MAX_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def environment() -> dict[str, str]:
    """What such a process is told of the worker's environment: where its programs are, and no secret."""
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"SVT_LOG": "0"}
