"""SVT-AV1, when root runs it, gives its threads SCHED_FIFO 99: nothing else gets a processor while it encodes."""

from __future__ import annotations

import os
from pathlib import Path


def calm_encoder_threads() -> None:
    """To be called when an encoder was opened: its threads are like all others from then on."""
    for thread in Path("/proc/self/task").iterdir():
        try:
            if os.sched_getscheduler(int(thread.name)) != os.SCHED_OTHER:
                os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
        except ProcessLookupError:
            continue
