"""Runs a program on uvloop until it returns or a signal asks it to end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Final

import structlog
import uvloop

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
EXIT_BAD_SETTINGS: Final = 2

log = structlog.get_logger("deploy.processes")


def run_until_signal(name: str, program: Callable[[], Coroutine[None, None, None]]) -> int:
    """Run it; a signal cancels it. The exit status: 0 after a signal or a return, 1 after an error, which is logged."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(program())
        was_asked = False

        def ask_to_stop(sig: signal.Signals) -> None:
            nonlocal was_asked
            if not was_asked:
                was_asked = True
                log.info("stopping", process=name, signal=sig.name)
                task.cancel()

        for sig in STOP_SIGNALS:
            loop.add_signal_handler(sig, ask_to_stop, sig)
        try:
            await task
        except asyncio.CancelledError:
            if not was_asked:
                raise

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
