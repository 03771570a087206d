"""What a media playlist lists, and what is kept beside it: asked here, changed by who makes or mirrors it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from media_server.egress.hls.settings import HlsSettings


class ListedPart(Protocol):
    """What is listed of a part."""

    @property
    def duration_s(self) -> float:
        """Of media."""

    @property
    def is_independent(self) -> bool:
        """Whether a player may begin with it."""

    @property
    def size(self) -> int:
        """In bytes."""


P = TypeVar("P", bound=ListedPart)


@dataclass(slots=True, eq=False)
class Segment(Generic[P]):
    """A media segment, the last one perhaps still growing. `program_date_time` is Unix time of its first sample.

    `is_independent` says that it begins with a key frame; length and bytes are of the parts there are so far.
    """

    number: int
    discontinuity_sequence: int
    initialization: int
    program_date_time: float
    is_independent: bool = True
    parts: list[P] = field(default_factory=list)
    duration_s: float = 0.0
    size: int = 0

    def add(self, part: P) -> None:
        """The next part."""
        self.parts.append(part)
        self.duration_s += part.duration_s
        self.size += part.size


class Listing(ABC, Generic[P]):
    """One rendition's live playlist (RFC 8216bis §6.2.2): the segments that are listed, and those kept for the slow."""

    def __init__(self, name: str, *, settings: HlsSettings, next_number: int) -> None:
        self.name = name
        self.settings = settings
        self.ended = False
        self.is_withdrawn = False
        self.open_segment: Segment[P] | None = None
        self.complete: deque[Segment[P]] = deque()
        self.next_number = next_number
        self.first_listed = next_number
        self.initializations: dict[int, bytes] = {}

    @property
    @abstractmethod
    def target_duration_s(self) -> int:
        """TARGETDURATION."""

    def listed(self) -> list[Segment[P]]:
        """The complete segments that the playlist names, oldest first."""
        return [segment for segment in self.complete if segment.number >= self.first_listed]

    @property
    def has_segment(self) -> bool:
        """Whether one segment at least is complete: players refuse a playlist without one."""
        return bool(self.complete)

    @property
    def next_part(self) -> tuple[int, int]:
        """Media sequence number and index of the part that comes next, unless its segment ends first."""
        segment = self.open_segment
        return (segment.number, len(segment.parts)) if segment else (self.next_number, 0)

    @property
    def last_part(self) -> tuple[int, int] | None:
        """Media sequence number and index of the newest part."""
        segment = self.open_segment
        if segment is None or not segment.parts:
            if not self.complete:
                return None
            segment = self.complete[-1]
        return segment.number, len(segment.parts) - 1

    def contains(self, number: int, part: int | None) -> bool:
        """Whether the playlist has come to that segment (whole, when `part` is None) or part of it, or beyond.

        A part beyond its segment's end is part 0 of the next one (RFC 8216bis §6.2.5.2).
        """
        open_number, open_part = self.next_part
        if part is None or number != open_number:
            if part is not None and self.complete and number == self.complete[-1].number:
                return part < len(self.complete[-1].parts) or open_part > 0
            return number < open_number
        return part < open_part

    def find_segment(self, number: int) -> Segment[P] | None:
        """A complete segment."""
        for segment in reversed(self.complete):
            if segment.number == number:
                return segment
        return None

    def find_part(self, number: int, index: int) -> P | None:
        """A part, also of segments that are listed without their parts by now."""
        for segment in self._newest_first():
            if segment.number == number:
                return segment.parts[index] if index < len(segment.parts) else None
        return None

    def initialization(self, number: int) -> bytes | None:
        """An initialization segment that a kept segment names."""
        return self.initializations.get(number)

    def _newest_first(self) -> Iterator[Segment[P]]:
        if self.open_segment is not None:
            yield self.open_segment
        yield from reversed(self.complete)
