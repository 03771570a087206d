"""What keeps the loop's pauses short: when the garbage collector works, and how soon a thread gives the GIL back.

A full collection looks at every object there is, a tenth of a second of them with thousands of viewers, and forwards
nothing meanwhile. Sessions leave no circles behind, so that there is little to find; it is done while nothing is
forwarded, else once an hour.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

POLL_S: Final = 1.0
QUIET_DATAGRAMS_PER_S: Final = 50
"""Fewer, and nothing is being forwarded that a pause would disturb."""
LATEST_FULL_S: Final = 3600.0
_YOUNG: Final = 1_000
_YOUNG_IN_MIDDLE: Final = 4
"""A collection of the young ones, then, is of 1,000 objects, and now and then of 5,000: a millisecond or two."""
_NEVER: Final = 1 << 30
_SWITCH_S: Final = 0.0005
"""How long the loop may wait for another thread that runs Python; the default is ten times that."""

_log = structlog.get_logger(__name__)


@contextmanager
def short_pauses() -> Iterator[None]:
    """Sets the interpreter up for it, until the end of the block."""
    thresholds, switch_s = gc.get_threshold(), sys.getswitchinterval()
    # What exists now lives as long as the process; the collector need not look at it again.
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNG_IN_MIDDLE, _NEVER)
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(switch_s)


class Collector:
    """Does the full collections. `received` counts datagrams."""

    def __init__(self, received: Callable[[], int], *, now: float) -> None:
        self._received = received
        self._received_before = received()
        self._polled_at = now
        self._full_at = now
        self._promotions = _promotions()

    def poll(self, *, now: float) -> bool:
        """Whether it collected. Called each POLL_S."""
        received = self._received()
        rate = (received - self._received_before) / max(now - self._polled_at, POLL_S)
        self._received_before, self._polled_at = received, now
        if _promotions() == self._promotions:
            # Nothing has grown old enough for a full collection to be the one that finds it.
            return False
        if rate >= QUIET_DATAGRAMS_PER_S and now - self._full_at < LATEST_FULL_S:
            return False
        began = time.perf_counter()
        found = gc.collect()
        took_ms = round((time.perf_counter() - began) * 1000, 1)
        _log.debug("everything was looked at for garbage", objects=found, took_ms=took_ms)
        self._full_at = now
        self._promotions = _promotions()
        return True


async def keep_collecting(collector: Collector, clock: Callable[[], float]) -> None:
    """Poll `collector` until cancelled."""
    while True:
        await asyncio.sleep(POLL_S)
        collector.poll(now=clock())


def _promotions() -> int:
    """How often objects have moved to the oldest generation."""
    return int(gc.get_stats()[1]["collections"])
