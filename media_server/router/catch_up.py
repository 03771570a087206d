"""A late joiner on the way through the cached group of pictures to the present."""

from __future__ import annotations

from typing import Final

from media_server.router.segment import Segment
from media_server.rtp.leg import MediaPacket
from media_server.rtp.parts import WHOLE

MAX_STEP_PACKETS: Final = 64
"""Of a step, so that a key frame does not flood the viewer's receive buffer."""
TIMES: Final = 3
"""As fast as the layer itself: a group that is two seconds old is caught up with in one."""
LEAST_BPS: Final = 4_000_000
"""A path that carries less is the exception, and little pictures are caught up with the sooner."""
_MAX_SAVED_S: Final = 0.03
"""Of time that was not used, so that steps that come late do not slow it down."""


class CatchUpPace:
    """Faster than the group was made, slower than would flood a path that carries the stream: a token bucket."""

    def __init__(self, *, now: float) -> None:
        self._octets = 0.0
        self._filled_at = now - _MAX_SAVED_S

    def fill(self, bitrate_bps: float, *, now: float) -> None:
        """A step begins, of a layer that takes `bitrate_bps`."""
        octets_per_s = max(TIMES * bitrate_bps, LEAST_BPS) / 8
        earned = (now - self._filled_at) * octets_per_s
        self._filled_at = now
        self._octets = min(self._octets + earned, _MAX_SAVED_S * octets_per_s)

    def take(self, octets: int, *, is_owed: bool) -> bool:
        """Whether a packet of `octets` may leave now; one that `is_owed` may in any case."""
        if self._octets <= 0.0 and not is_owed:
            return False
        self._octets -= octets
        return True


class CatchUp:
    """Goes through the packets of a segment in steps; `cursor` is the number of the next, `newest` was sent last.

    Without a `pace` it takes as few steps as it can.
    """

    def __init__(self, segment: Segment, pace: CatchUpPace | None) -> None:
        self.cursor = segment.first
        self.newest: MediaPacket | None = None
        self._segment = segment
        self._pace = pace

    @property
    def is_done(self) -> bool:
        """Whether it has come to the present."""
        head = self._segment.view.head
        return head is None or self.cursor > head.index

    def step(self, *, now: float) -> list[MediaPacket]:
        """The packets that leave now. The first picture lets the viewer begin, and is sent whatever is in it."""
        segment, pace = self._segment, self._pace
        view = segment.view
        if pace is not None:
            pace.fill(view.producer.meter.bitrate_bps(WHOLE, now=now), now=now)
        opening = view.packet_at(segment.first)
        end = self.cursor + MAX_STEP_PACKETS
        if view.head is not None:
            end = min(end, view.head.index + 1)
        batch: list[MediaPacket] = []
        while self.cursor < end:
            packet = view.packet_at(self.cursor)
            if packet is not None:
                is_first_picture = opening is not None and packet.timestamp == opening.timestamp
                if pace is not None and not pace.take(len(packet.payload), is_owed=is_first_picture):
                    break
                self.newest = segment.timed(packet)
                batch.append(self.newest)
            self.cursor += 1
        return batch
