"""What is told of segments as they grow, to who keeps them."""

from __future__ import annotations

from typing import Protocol

from media_server.hub.frames import Track


class Part:
    """A partial segment: one moof and mdat, put together for the first who wants its bytes."""

    __slots__ = ("_pieces", "duration_s", "is_independent", "size")

    def __init__(self, duration_s: float, is_independent: bool, *pieces: bytes) -> None:
        self.duration_s = duration_s
        self.is_independent = is_independent
        self.size = sum([len(piece) for piece in pieces])
        """In bytes."""
        self._pieces = pieces

    @property
    def data(self) -> bytes:
        """All of it."""
        if len(self._pieces) > 1:
            self._pieces = (b"".join(self._pieces),)
        return self._pieces[0]


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
