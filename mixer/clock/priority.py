"""What a process does so that its ticks are in time: a priority of its own, and no collector."""

from __future__ import annotations

import gc
import os

_REAL_TIME_PRIORITY = 50


def take_real_time_priority() -> bool:
    """Ask for SCHED_FIFO; False where the system does not allow it, and the process goes on without."""
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
