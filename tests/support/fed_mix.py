"""A mix as a media worker is fed it: the real sender, given Opus packets in real time by a task, not by an engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from media_server.feed import FeedSender, FeedTarget
from tests.support.waiting import eventually

SILENCE = b"\xfc\xff\xfe"
"""An Opus packet of 20 ms."""
FRAME_S = 0.01
CUE_FRAMES, PROGRAMME_FRAMES = 480, 960


class FedMix:
    """Sends the cue each 10 ms and, on air, the programme each 20 ms. What comes from the microphone is kept."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        on_air: bool = True,
        programme: Callable[[int], bytes] = lambda frame: SILENCE,
        cue: Callable[[int], bytes] = lambda frame: SILENCE,
    ) -> None:
        self.on_air = on_air
        self.microphone: list[tuple[int, int, bytes, float]] = []
        self.sender = FeedSender(http, on_microphone=lambda *packet: self.microphone.append(packet))
        self.frame = 1_000_000
        self._payloads = {"programme": programme, "cue": cue}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, target: FeedTarget) -> None:
        """Connect and play."""
        self.sender.use(target)
        self._tasks = [asyncio.create_task(self.sender.run()), asyncio.create_task(self._play())]

    async def connected(self) -> None:
        """Wait until the worker answers."""
        await eventually(lambda: self.sender.state == "connected")

    async def stop(self) -> None:
        """Say goodbye."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _play(self) -> None:
        began, first = time.time(), self.frame
        self.sender.anchor(first, began)
        while True:
            due = first + round((time.time() - began) * 48_000)
            while self.frame <= due:
                self.sender.send("cue", self.frame, self._payloads["cue"](self.frame))
                if self.on_air and (self.frame - first) % PROGRAMME_FRAMES == 0:
                    self.sender.send("programme", self.frame, self._payloads["programme"](self.frame))
                self.frame += CUE_FRAMES
            await asyncio.sleep(FRAME_S / 2)


@asynccontextmanager
async def fed_mix(url: str, token: str, **mix: object) -> AsyncIterator[FedMix]:
    """A mix that feeds the worker at `url`, connected, until the end."""
    async with aiohttp.ClientSession() as http:
        fed = FedMix(http, **mix)  # type: ignore[arg-type]
        fed.start(FeedTarget(url, token))
        try:
            await fed.connected()
            yield fed
        finally:
            await fed.stop()
