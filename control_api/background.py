"""Tasks that run beside the requests until their owner ends them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

ASK_AGAIN_S = 0.1


@asynccontextmanager
async def in_background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run each of `work` as a task while the context is open; they have ended when it is left."""
    tasks = {asyncio.create_task(coroutine) for coroutine in work}
    try:
        yield
    finally:
        # In Python 3.11 asyncio.wait_for, which redis-py and asyncpg stand on, loses a cancellation that arrives
        # together with its result (gh-86296). Asking once is then not enough.
        while pending := {task for task in tasks if not task.done()}:
            for task in pending:
                task.cancel()
            await asyncio.wait(pending, timeout=ASK_AGAIN_S)
