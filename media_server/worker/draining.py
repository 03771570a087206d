"""How a worker leaves: it takes nobody in any more, and is gone when nobody is left, or at a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

import structlog

from media_server.sessions.rooms import Rooms

_LOOK_EACH_S: Final = 0.1

_log = structlog.get_logger(__name__)


class Drained(Exception):
    """The worker may end."""


class Drain:
    """`run` raises Drained when the worker was told to leave and may."""

    def __init__(
        self,
        rooms: Rooms,
        *,
        changed: Callable[[], None],
        send_encoders_away: Callable[[], Coroutine[None, None, None]],
        is_idle: Callable[[], bool],
    ) -> None:
        """`is_idle`: whether nothing that this worker alone has is still to be brought away."""
        self._rooms = rooms
        self._changed = changed
        self._send_encoders_away = send_encoders_away
        self._is_idle = is_idle
        self._within_s: float | None = None
        self._asked = asyncio.Event()

    def begin(self, within_s: float) -> None:
        """Leave in so many seconds at the latest. Asked again, the first word holds."""
        if self._within_s is not None:
            return
        self._within_s = within_s
        self._rooms.is_draining = True
        self._changed()
        self._asked.set()

    async def run(self, leave: asyncio.Event | None, *, within_s: float) -> None:
        """Wait until told to leave, by a command or by `leave`, which gives `within_s`; then until nobody is here."""
        async with asyncio.TaskGroup() as tasks:
            signalled = tasks.create_task(self._follow(leave, within_s))
            await self._asked.wait()
            signalled.cancel()
        assert self._within_s is not None
        _log.info("draining", within_s=self._within_s, sessions=self._rooms.session_count)
        try:
            async with asyncio.timeout(self._within_s):
                async with asyncio.TaskGroup() as tasks:
                    # Browsers are told where to go; encoders have nobody who could tell them.
                    sending = tasks.create_task(self._send_encoders_away())
                    # Looked at again and again: a viewer by HLS leaves by not asking any more.
                    while not (self._rooms.is_empty and self._is_idle()):  # noqa: ASYNC110
                        await asyncio.sleep(_LOOK_EACH_S)
                    sending.cancel()
        except TimeoutError:
            _log.warning("left before everybody had gone", sessions=self._rooms.session_count)
        raise Drained

    async def _follow(self, leave: asyncio.Event | None, within_s: float) -> None:
        if leave is not None:
            await leave.wait()
            self.begin(within_s)
