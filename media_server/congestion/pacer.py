"""Spreads what came all at once over the time until the next frame, so that routers on the way need no deep queues.

What an encoder sends comes in whole frames, and a key frame may be two hundred packets. They leave in slices, each of
which is still handed to the kernel in runs; one pacer is for all viewers of a layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import ceil
from typing import Final, Generic, Protocol, TypeVar

SLICE_S: Final = 0.01
"""How often `due` is called."""
RUN_PACKETS: Final = 32
"""What is no more than this leaves at once: a run that the kernel takes whole."""
MAX_WAIT_S: Final = 0.2
"""When something has waited for longer, everything goes: delay is worse than a burst. This bounds the queue too."""
_MIN_FRAME_S: Final = 0.005
_MAX_FRAME_S: Final = 0.035


class Timed(Protocol):
    """A packet, as far as it matters here."""

    @property
    def timestamp(self) -> int:
        """On the track's RTP clock, 32 bits."""


PacketT = TypeVar("PacketT", bound=Timed)


class Pacer(Generic[PacketT]):
    """Order is kept: while anything waits, what comes waits behind it."""

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._waiting: list[PacketT] = []
        self._since = 0.0
        self._slice = RUN_PACKETS
        self._next_at = 0.0
        self._timestamp: int | None = None
        self._frame_s = _MAX_FRAME_S

    def take(self, batch: Sequence[PacketT], *, now: float) -> Sequence[PacketT]:
        """`batch` came: what leaves at once."""
        if not batch:
            return batch
        self._note_frame_time(batch[0].timestamp)
        if not self._waiting:
            if len(batch) <= RUN_PACKETS:
                return batch
            self._since = now
            self._next_at = now
        self._waiting += batch
        slices = int(self._frame_s / SLICE_S) + 1
        self._slice = max(RUN_PACKETS, ceil(len(self._waiting) / slices))
        return self.due(now=now)

    def due(self, *, now: float) -> Sequence[PacketT]:
        """What leaves now of what waits. Call it every SLICE_S."""
        waiting = self._waiting
        if not waiting or now < self._next_at:
            return ()
        if now - self._since > MAX_WAIT_S or len(waiting) <= self._slice:
            return self.flush()
        # Half a slice, so that a call that comes a little early is not one too few.
        self._next_at = now + SLICE_S / 2
        leaving = list(islice(waiting, self._slice))
        del waiting[: self._slice]
        return leaving

    def flush(self) -> Sequence[PacketT]:
        """All that waits."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def _note_frame_time(self, timestamp: int) -> None:
        before, self._timestamp = self._timestamp, timestamp
        if before is None or before == timestamp:
            return
        frame_s = ((timestamp - before) & 0xFFFFFFFF) / self._clock_rate
        if frame_s >= _MIN_FRAME_S:
            # Frames out of order (B-frames) look a day apart, and those of a slow source need no such time to leave.
            self._frame_s = min(frame_s, _MAX_FRAME_S)
