"""How far a viewer has come in its numbers, and what makes others go on from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.rtp.leg import MediaPacket
from media_server.rtp.sequence import timestamp_delta

_STEP_S: Final = 0.001
"""The least by which time goes on from one view to the next."""
_MAX_ERROR_S: Final = 1.0
"""Sender reports that tell a time further than this from when packets come are nonsense."""


@dataclass(frozen=True, slots=True)
class Position:
    """The newest numbers that a viewer was sent, and when. Picture numbers are None where its codec has none."""

    index: int
    timestamp: int
    at: float
    picture_id: int | None
    tl0: int | None

    def time_offset(self, timestamp: int, *, true_offset: int, clock_rate: int, now: float) -> tuple[int, int]:
        """(what to add to time stamps that begin with `timestamp`, the same before time had to be kept ascending).

        `true_offset` is what sender reports say, or packets' arrival.
        """
        expected = self.timestamp + round((now - self.at) * clock_rate)
        if abs(timestamp_delta((timestamp + true_offset) & 0xFFFFFFFF, expected & 0xFFFFFFFF)) > (
            _MAX_ERROR_S * clock_rate
        ):
            true_offset = (expected - timestamp) & 0xFFFFFFFF
        step = max(1, round(_STEP_S * clock_rate))
        ahead = timestamp_delta((timestamp + true_offset) & 0xFFFFFFFF, self.timestamp)
        return (true_offset + max(step - ahead, 0)) & 0xFFFFFFFF, true_offset

    def picture_offset(self, opening: MediaPacket | None) -> int:
        """What to add to picture ids so that `opening` is the next picture (RFC 7741 §4.2)."""
        named = picture_id(opening) if opening is not None else None
        return 0 if named is None or self.picture_id is None else (self.picture_id + 1 - named) & 0x7FFF

    def tl0_offset(self, opening: MediaPacket | None) -> int:
        """What to add to TL0PICIDX so that `opening` is the next picture of the lowest layer."""
        named = tl0_index(opening) if opening is not None else None
        return 0 if named is None or self.tl0 is None else (self.tl0 + 1 - named) & 0xFF


def picture_id(packet: MediaPacket) -> int | None:
    """The VP8 picture id of a packet, of 7 or 15 bits."""
    at = packet.picture_id_at
    if not at:
        return None
    first = packet.payload[at]
    return (first & 0x7F) << 8 | packet.payload[at + 1] if first & 0x80 else first & 0x7F


def tl0_index(packet: MediaPacket) -> int | None:
    """The TL0PICIDX of a VP8 packet."""
    return packet.payload[packet.tl0_at] if packet.tl0_at else None
