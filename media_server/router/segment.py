"""Which packets of which view a viewer was sent under which numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from media_server.router.squeeze import SqueezedTimeline
from media_server.router.view import View
from media_server.rtp.leg import MediaPacket, continued

MAX_SEGMENTS: Final = 32
"""Older ones are forgotten: more changes than anybody makes within the time that a packet may be asked for again."""


@dataclass(slots=True)
class Segment:
    """A run of one view's packets, from number `first` of the view on, and what is added to them.

    Time stamps are those of `squeezed`, up to number `squeezed_end` of the view once that is known. `opens_with` is the
    time stamp of the first packet where nothing was sent before it, None else.
    """

    view: View
    first: int
    index_offset: int
    timestamp_offset: int
    picture_id_offset: int = 0
    tl0_offset: int = 0
    opens_with: int | None = None
    squeezed: SqueezedTimeline | None = None
    squeezed_end: int | None = None

    def timed(self, packet: MediaPacket) -> MediaPacket:
        """`packet` of the view with the time stamp that belongs to it in this segment."""
        if self.squeezed is None or (self.squeezed_end is not None and packet.index > self.squeezed_end):
            return packet
        return MediaPacket(
            packet.index,
            self.squeezed.at(packet.timestamp),
            packet.marker,
            packet.payload,
            packet.starts_keyframe,
            packet.extensions,
            packet.picture_id_at,
            packet.tl0_at,
        )

    def as_sent(self, packet: MediaPacket) -> MediaPacket:
        """`packet` of the view as the viewer has it: nothing is to be added to its numbers any more."""
        packet = self.timed(packet)
        return MediaPacket(
            packet.index + self.index_offset,
            (packet.timestamp + self.timestamp_offset) & 0xFFFFFFFF,
            packet.marker,
            continued(packet, picture_id_offset=self.picture_id_offset, tl0_offset=self.tl0_offset),
            packet.starts_keyframe,
            packet.extensions,
        )


class Segments:
    """A viewer's, the newest last."""

    def __init__(self) -> None:
        self._segments: deque[Segment] = deque(maxlen=MAX_SEGMENTS)

    def add(self, segment: Segment) -> None:
        """What the viewer is sent from now on."""
        self._segments.append(segment)

    def find(self, index: int) -> Segment | None:
        """The one that packet `index`, as the viewer counts from the first on, was sent in."""
        for segment in reversed(self._segments):
            if index >= segment.first + segment.index_offset:
                return segment
        return None

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)
