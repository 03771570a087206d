"""Requests that wait for a part: blocking reload and preload hints (RFC 8216bis §6.2.5.2, §6.2.6)."""

from __future__ import annotations

import asyncio
from typing import Final

from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.media_playlist import MediaPlaylist

MAX_WAITING: Final = 10_000
"""Requests waiting on one stream. Beyond it they are refused (503): some of them are answered five times a second."""


class TooManyWaiting(Exception):
    """The stream has as many waiting requests as it may."""


class PartWaiters:
    """Wakes, with one future for all of them, the requests that wait for the same part of one stream."""

    def __init__(self, egress: HlsEgress) -> None:
        self.waiting = 0
        self._futures: dict[tuple[MediaPlaylist, int, int | None], asyncio.Future[None]] = {}
        egress.on_change(self._wake)

    async def wait(self, playlist: MediaPlaylist, number: int, part: int | None, *, timeout_s: float) -> bool:
        """Until `playlist` contains that part, or that segment when `part` is None, or has ended. False on time-out.

        Raises TooManyWaiting.
        """
        if playlist.ended or playlist.contains(number, part):
            return True
        if self.waiting >= MAX_WAITING:
            raise TooManyWaiting
        key = (playlist, number, part)
        future = self._futures.get(key)
        if future is None:
            future = self._futures[key] = asyncio.get_running_loop().create_future()
        self.waiting += 1
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(future)
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1
            if self.waiting == 0:
                self._futures.clear()
        return True

    def _wake(self) -> None:
        ready = [key for key in self._futures if key[0].ended or key[0].contains(key[1], key[2])]
        for key in ready:
            future = self._futures.pop(key)
            if not future.done():
                future.set_result(None)
