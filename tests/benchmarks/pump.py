"""The loop of the load generator: one epoll for all peers, the camera's clock, and the peers' timers."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Final

from tests.benchmarks.peer import Peer
from tests.benchmarks.source import SyntheticCamera

TICK_S: Final = 0.025
MARGIN_S: Final = 0.001


class Pump:
    """Runs on the calling thread for as long as asked; nothing happens between calls."""

    def __init__(self) -> None:
        self.camera: SyntheticCamera | None = None
        self._epoll = select.epoll()
        self._peers: dict[int, Peer] = {}
        self._next_tick = 0.0

    def add(self, peer: Peer) -> None:
        self._peers[peer.socket.fileno()] = peer
        self._epoll.register(peer.socket.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for peer in self._peers.values():
            peer.close()
        self._epoll.close()

    def run_until(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        """Runs until `condition()`, asked every tick, or the time-out; whether the condition came true."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() >= deadline:
                return False
            asked_again_at = min(deadline, time.monotonic() + TICK_S)
            while time.monotonic() < asked_again_at:
                self._turn(min(asked_again_at, self._next_tick))
        return True

    def run_frames(self, frames: int) -> None:
        """Runs from just before a frame is due to just before another: all that was sent has had a frame's time."""
        camera = self.camera
        if camera is None:
            raise RuntimeError("nothing is published")
        for _ in range(frames):
            due = camera.next_due
            while camera.next_due == due:
                self._turn(due)
            while time.monotonic() < camera.next_due - MARGIN_S:
                self._turn(camera.next_due - MARGIN_S)

    def _turn(self, until: float) -> None:
        now = time.monotonic()
        if self.camera is not None:
            self.camera.tick(now)
            until = min(until, self.camera.next_due)
        if now >= self._next_tick:
            self._next_tick = now + TICK_S
            for peer in self._peers.values():
                peer.tick(now)
        for descriptor, _ in self._epoll.poll(max(0.0, until - time.monotonic()), 512):
            self._peers[descriptor].readable(now)
