"""Waiting for a condition instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_S = 0.02
# Of a condition that says nothing of how soon: a machine under the load of all tests may take its time.
PATIENCE_S = 30.0


def wait_until(condition: Callable[[], bool], *, timeout_s: float = PATIENCE_S) -> None:
    """Block until `condition()` is true; fails the test with TimeoutError when it does not become so."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not true after {timeout_s} s")
        time.sleep(POLL_S)


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], *, timeout_s: float = PATIENCE_S, every_s: float = POLL_S
) -> None:
    """Wait until `condition()`, which may be a coroutine function, is true; raises TimeoutError otherwise.

    Give `every_s` where the condition spends from a rate limit.
    """
    async with asyncio.timeout(timeout_s):
        while True:
            result = condition()
            if await result if isinstance(result, Awaitable) else result:
                return
            await asyncio.sleep(every_s)
