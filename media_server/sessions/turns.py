"""The order in which rooms do what a wake-up of the socket gives them to do.

First all of them forward: whole frames at once, the beginning of one when the rest has had its time. What was sent as
one burst wakes the worker at its first packet, which forwarded by itself would cost each viewer a send of its own, for
a picture that nobody can show before the rest is there. Then, for a while, frames and HLS are made of what came, and
the socket is looked at again before more of that is done.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

REST_WITHIN_S: Final = 0.001
"""So long the beginning of a frame waits, more or less: publishers who pace their packets send few within it."""
WORK_S: Final = 0.00025
"""So long work that nobody waits for goes on at a time."""


class Reader(Protocol):
    """What makes something of the packets of a room."""

    def work(self, *, until: float) -> bool:
        """Do some of it, until `until` (time.monotonic) or a little longer. Whether none is left."""


class Received(Protocol):
    """A room that has received something."""

    @property
    def rtp_source(self) -> Reader:
        """Who reads what it received."""

    def forward_frames(self) -> bool:
        """Forward whole frames. Whether nothing is left."""

    def forward(self) -> None:
        """Forward everything."""


class Turns:
    """Whose turn it is. `take` belongs into a running event loop."""

    def __init__(self) -> None:
        self._received: dict[Received, None] = {}
        self._begun: dict[Received, None] = {}
        self._unread: dict[Received, None] = {}
        self._rest: asyncio.TimerHandle | None = None
        self._work: asyncio.Handle | None = None

    def note(self, room: Received) -> None:
        """`room` has received something."""
        self._received[room] = None

    def take(self) -> None:
        """Forward what was received since the last call, and begin to read it."""
        for room in self._received:
            if room.forward_frames():
                self._begun.pop(room, None)
            else:
                self._begun[room] = None
        self._unread |= self._received
        self._received.clear()
        if self._begun and self._rest is None:
            self._rest = asyncio.get_running_loop().call_later(REST_WITHIN_S, self._forward_rest)
        if self._work is None:
            self._read()

    def _forward_rest(self) -> None:
        self._rest = None
        for room in self._begun:
            room.forward()
        self._begun.clear()

    def _read(self) -> None:
        self._work = None
        until = time.monotonic() + WORK_S
        while self._unread:
            room = next(iter(self._unread))
            if not room.rtp_source.work(until=until):
                break
            del self._unread[room]
            if time.monotonic() >= until:
                break
        if self._unread:
            self._work = asyncio.get_running_loop().call_soon(self._read)
