"""Pins itself to a core, asks to die with its parent, then becomes the command: `pinned CORE|any COMMAND…`."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1

if __name__ == "__main__":
    if sys.argv[1] != "any":
        os.sched_setaffinity(0, {int(sys.argv[1])})
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command is the benchmark's own
