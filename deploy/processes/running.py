"""Runs a program on uvloop until it returns or a signal asks it to end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Final

import structlog
import uvloop

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
EXIT_BAD_SETTINGS: Final = 2
LOST_CANCELLATION_S: Final = 5.0  # longer than any of our programs takes to end in order

log = structlog.get_logger("deploy.processes")


def run_until_signal(
    name: str,
    program: Callable[[], Coroutine[None, None, None]],
    *,
    first_signal: Callable[[], None] | None = None,
) -> int:
    """Run it; a signal cancels it. The exit status: 0 after a signal or a return, 1 after an error, which is logged.

    With `first_signal` the first one calls that, so that the program may end by itself, and a second one cancels.
    """

    async def run() -> None:
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        is_first = first_signal is not None

        def on_signal() -> None:
            nonlocal is_first
            if is_first and first_signal is not None:
                is_first = False
                log.info("leaving", process=name)
                first_signal()
            else:
                asked.set()

        for sig in STOP_SIGNALS:
            loop.add_signal_handler(sig, on_signal)
        task, stop = asyncio.create_task(program()), asyncio.create_task(asked.wait())
        await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            stop.cancel()
            task.result()
            return
        log.info("stopping", process=name)
        task.cancel()
        while not (await asyncio.wait([task], timeout=LOST_CANCELLATION_S))[0]:
            # asyncio.wait_for of Python 3.11, which redis-py sends with, loses a cancellation that comes in the moment
            # its task is done; and a TaskGroup cancels its tasks only once.
            log.warning("stopping_again", process=name, tasks=len(asyncio.all_tasks()) - 1)
            for other in asyncio.all_tasks() - {asyncio.current_task()}:
                other.cancel()
        with suppress(asyncio.CancelledError):
            task.result()

    try:
        uvloop.run(run())
    except Exception:
        log.critical("process_failed", process=name, exc_info=True)
        return 1
    return 0


def refuse(sentences: str) -> int:
    """Say why the process cannot run; returns its exit status."""
    print(sentences, file=sys.stderr)
    return EXIT_BAD_SETTINGS
