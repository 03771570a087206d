"""A late joiner on the way through the cached group of pictures to the present."""

from __future__ import annotations

from typing import Final

from media_server.router.segment import Segment
from media_server.rtp.leg import MediaPacket

MAX_STEP_PACKETS: Final = 64
"""Of a step, so that a key frame does not flood the viewer's receive buffer."""
USUAL_SPEED: Final = 3.0
"""As fast as the pictures were made: a group that is two seconds old is caught up with in one. A path that carries the
stream and some more carries that for so long; ten times as much it would drop."""
LEAST_SPEED: Final = 2.0
MUCH_BPS: Final = 9_000_000
"""What takes more than this at its usual speed is slower, down to the least."""
LITTLE_BPS: Final = 4_000_000
"""What takes less than this is faster: a path that carries no more is the exception."""
STEP_S: Final = 0.02
"""What is due is sent together so often: each step costs a viewer a send of their own."""
RELAY_SPEED: Final = 100.0
"""For another worker, who has no viewer's path before it."""
_TICK_S: Final = 0.01


def speed_for(bitrate_bps: float) -> float:
    """How many times as fast as it was made a group of that bit rate is sent to a viewer."""
    bitrate_bps = max(bitrate_bps, 1.0)
    usual = min(USUAL_SPEED, max(LEAST_SPEED, MUCH_BPS / bitrate_bps))
    return min(max(usual, LITTLE_BPS / bitrate_bps), RELAY_SPEED)


class CatchUp:
    """Goes through the packets of a segment in steps; `cursor` is the number of the next, `newest`, as the view has it,
    was sent last.

    Where the segment is squeezed, each leaves when the time has come that its time stamp names: then no viewer's jitter
    buffer takes it for one that is late, or early.
    """

    def __init__(self, segment: Segment, *, now: float) -> None:
        self.cursor = segment.first
        self.newest: MediaPacket | None = None
        self._segment = segment
        self._began_at = self._next_at = now

    @property
    def has_more(self) -> bool:
        """Whether there is something to send, now or soon."""
        head = self._segment.view.head
        return head is not None and self.cursor <= head.index

    @property
    def is_done(self) -> bool:
        """Whether it has come to the present, and what follows is not squeezed."""
        head, squeezed = self._segment.view.head, self._segment.squeezed
        return not self.has_more and (head is None or squeezed is None or squeezed.is_true(head.timestamp))

    def step(self, *, now: float) -> list[MediaPacket]:
        """The packets that leave now; to be called each ten milliseconds or so."""
        if now < self._next_at:
            return []
        segment = self._segment
        view, squeezed = segment.view, segment.squeezed
        end = self.cursor + MAX_STEP_PACKETS
        if view.head is not None:
            end = min(end, view.head.index + 1)
        due = round((now - self._began_at) * view.producer.clock_rate)
        batch: list[MediaPacket] = []
        for number in range(self.cursor, end):
            packet = view.packet_at(number)
            if packet is None:
                continue
            if squeezed is not None and squeezed.wait(packet.timestamp) > due:
                # Half a tick less, so that a call that comes a little early is not one too few.
                self._next_at = now + STEP_S - _TICK_S / 2
                # What is missing right before it may be of its time, and is not passed over before that has come.
                return batch
            self.newest = packet
            batch.append(segment.timed(packet))
            self.cursor = number + 1
        self.cursor = end
        return batch
