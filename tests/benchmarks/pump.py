"""The loop of the load generator: one epoll for all peers, the sources' clocks, and the peers' timers."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Final

from tests.benchmarks.arrivals import Arrivals
from tests.benchmarks.peer import Peer
from tests.benchmarks.source import Source, SyntheticCamera

TICK_S: Final = 0.025
MARGIN_S: Final = 0.001


class Pump:
    """Runs on the calling thread for as long as asked; nothing happens between calls."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self._epoll = select.epoll()
        self._arrivals = Arrivals(self._epoll.fileno())
        self._peers: dict[int, Peer] = {}
        self._next_tick = 0.0

    @property
    def camera(self) -> SyntheticCamera | None:
        """The first source, where that is a camera."""
        first = self.sources[0] if self.sources else None
        return first if isinstance(first, SyntheticCamera) else None

    def add(self, peer: Peer) -> None:
        self._peers[peer.socket.fileno()] = peer
        self._epoll.register(peer.socket.fileno(), select.EPOLLIN)

    def remove(self, peer: Peer) -> None:
        """Says goodbye and closes the socket."""
        descriptor = peer.socket.fileno()
        del self._peers[descriptor]
        self._epoll.unregister(descriptor)
        self._arrivals.forget(descriptor)
        peer.leave()
        peer.close()

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
        """Runs from just before a frame of the first source is due to just before another: all that it sent has had a
        frame's time.
        """
        if not self.sources:
            raise RuntimeError("nothing is published")
        source = self.sources[0]
        for _ in range(frames):
            due = source.next_due
            while source.next_due == due:
                self._turn(due)
            while time.monotonic() < source.next_due - MARGIN_S:
                self._turn(source.next_due - MARGIN_S)

    def _turn(self, until: float) -> None:
        now = time.monotonic()
        for source in self.sources:
            source.tick(now)
            until = min(until, source.next_due)
        if now >= self._next_tick:
            self._next_tick = now + TICK_S
            for peer in self._peers.values():
                peer.tick(now)
        turn = self._arrivals.turn(until - time.monotonic())
        for descriptor in turn.unread:
            peer = self._peers[descriptor]
            peer.readable(now)
            if peer.may_be_counted:
                peer.count_by(self._arrivals)
        for descriptor, datagram in turn.mail:
            self._peers[descriptor].take(datagram, now)
