"""The socket of one connection: bytes out, reading that rests and goes on, and an end that lets the other side read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast


class Line:
    """Nothing happens by any of its methods while there is no connection, or no more."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._transport: asyncio.Transport | None = None
        self.address = ""
        self.stuck_since: float | None = None
        """Since when the other side has read too little of what it was sent."""
        self.over_since: float | None = None
        """Since when nothing is sent any more."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is sent any more."""
        return self.over_since is not None

    @property
    def unsent_bytes(self) -> int:
        """What the other side has not read yet, beyond what the system holds."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def connected(self, transport: asyncio.BaseTransport) -> None:
        """There is a connection."""
        # Not asserted: uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""

    def lost(self) -> None:
        """There is none any more."""
        self._transport = None

    def bound(self, unsent_bytes: int) -> None:
        """From so much on that was not sent, `stuck_since` is set (by who hears of it from asyncio)."""
        if self._transport is not None:
            self._transport.set_write_buffer_limits(high=unsent_bytes)

    def write(self, data: bytes) -> bool:
        """Whether it will be sent."""
        if not data or self._transport is None or self.is_over:
            return False
        self._transport.write(data)
        return True

    def pause(self) -> None:
        """Nothing is read up to `resume`."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Go on reading."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def hang_up(self) -> None:
        """Nothing is sent after what was written; who is to end it for good calls `abort` a while later."""
        if self.is_over:
            return
        self.over_since = self._clock()
        if self._transport is not None and self._transport.can_write_eof():
            try:
                self._transport.write_eof()
            except OSError:
                # The client has reset the connection, which nobody has read yet.
                self._transport.abort()

    def abort(self) -> None:
        """End it here and now."""
        if self._transport is not None:
            self._transport.abort()
