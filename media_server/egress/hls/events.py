"""What is told of segments as they grow, to who keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from media_server.hub.frames import Track


@dataclass(frozen=True, slots=True)
class Part:
    """A partial segment: one moof and mdat."""

    duration_s: float
    is_independent: bool
    data: bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


class SegmentListener(Protocol):
    """Called on the event loop, in order; has to return soon and must not raise.

    `rendition` is the name of a playlist ([a-z0-9]+), numbers ascend in it. What was told of a segment is final: the
    parts one after the other are the segment, and `initialization` with the number its segments name comes before them.
    `recording/rewind.py` makes playlists of what was kept.
    """

    def initialization(self, rendition: str, number: int, track: Track, data: bytes) -> None:
        """The ftyp and moov of segments that name `number`; `track` has their codec, size and origin."""

    def segment_began(
        self, rendition: str, number: int, *, initialization: int, media_s: float, date_time: float, discontinuity: bool
    ) -> None:
        """A segment whose first sample is at `media_s` of the stream's timeline, and at `date_time` (Unix seconds)."""

    def part(self, rendition: str, number: int, part: Part) -> None:
        """The next part of that segment."""

    def segment_ended(self, rendition: str, number: int) -> None:
        """The segment is whole."""
