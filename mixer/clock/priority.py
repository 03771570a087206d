"""What a process does so that its ticks are in time: a priority of its own, and no collector."""

from __future__ import annotations

import gc
import os
import resource
from typing import Final

_REAL_TIME_PRIORITY: Final = 50
RUNAWAY_S: Final = 3.0
"""Longer than to take over from an engine that was lost."""
# Then it is killed: SIGXCPU may be ignored, as whoever started the process wished.
_GRACE_US: Final = 1_000_000


def take_real_time_priority(runaway_s: float = RUNAWAY_S) -> bool:
    """Ask for SCHED_FIFO; False where the system does not allow it, and the process goes on without.

    A thread of this process that then computes for `runaway_s` without waiting for anything ends it by SIGXCPU: at
    this priority a loop without an end would keep a processor from everybody else.
    """
    # A signal handler would not do: Python runs it after the call that does not return.
    limit_us = round(1e6 * runaway_s)
    resource.setrlimit(resource.RLIMIT_RTTIME, (limit_us, limit_us + _GRACE_US))
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_REAL_TIME_PRIORITY))
    except PermissionError:
        return False
    return True


def stop_collecting_garbage() -> None:
    """Collect once, and never again: a full collection takes longer than a tick. A tick leaves no cycles behind."""
    gc.collect()
    gc.freeze()
    gc.disable()
