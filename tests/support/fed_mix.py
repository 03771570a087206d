"""A mix as a media worker is fed it: the real sender, given Opus packets in real time by a task, not by an engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from media_server.feed import FeedSender, FeedTarget
from media_server.feed.sender import OnMicrophone
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
        on_microphone: OnMicrophone | None = None,
        clock_ahead_s: float = 0.0,
    ) -> None:
        """`programme` and `cue` give the packet that begins with a frame; the mixer's clock may be wrong."""
        self.on_air = on_air
        self.microphone: list[tuple[int, int, bytes, float]] = []
        self._clock_ahead_s = clock_ahead_s
        self._on_microphone = on_microphone
        self.sender = FeedSender(http, on_microphone=self._hear, unix_now=self.unix_now)
        self.frame = self.first_frame = 1_000_000
        self._began = self.unix_now()
        self._payloads = {"programme": programme, "cue": cue}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, target: FeedTarget) -> None:
        """Connect and play."""
        self.sender.use(target)
        self._tasks = [asyncio.create_task(self.sender.run()), asyncio.create_task(self._play())]

    def unix_now(self) -> float:
        """What the mixer's clock shows."""
        return time.time() + self._clock_ahead_s

    def frame_now(self) -> int:
        """The engine frame that leaves the mixer now."""
        return self.first_frame + round((self.unix_now() - self._began) * 48_000)

    async def connected(self) -> None:
        """Wait until the worker answers."""
        await eventually(lambda: self.sender.state == "connected")

    async def stop(self) -> None:
        """Say goodbye."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _hear(self, number: int, timestamp: int, payload: bytes, now: float) -> None:
        self.microphone.append((number, timestamp, payload, now))
        if self._on_microphone is not None:
            self._on_microphone(number, timestamp, payload, now)

    async def _play(self) -> None:
        self._began = self.unix_now()
        self.sender.anchor(self.first_frame, self._began)
        while True:
            while self.frame <= self.frame_now():
                self.sender.send("cue", self.frame, self._payloads["cue"](self.frame))
                if self.on_air and (self.frame - self.first_frame) % PROGRAMME_FRAMES == 0:
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
