"""The segments and parts of one rendition: which are listed, which are still kept, and what comes next."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from media_server.egress.hls.settings import HlsSettings

_ALWAYS_KEPT: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A partial segment: one moof and mdat."""

    duration_s: float
    is_independent: bool
    data: bytes


@dataclass(slots=True, eq=False)
class Segment:
    """A media segment, the last one perhaps still growing. `program_date_time` is Unix time of its first sample."""

    number: int
    discontinuity_sequence: int
    initialization: int
    program_date_time: float
    parts: list[Part] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """Of the parts there are so far."""
        return sum(part.duration_s for part in self.parts)

    @property
    def size(self) -> int:
        """Bytes of the parts there are so far."""
        return sum(len(part.data) for part in self.parts)


class MediaPlaylist:
    """One rendition's live playlist (RFC 8216bis §6.2.2). `on_change` is called whenever there is more to list.

    Segment numbers rise from `first_number` on. A publisher's restart begins far above the numbers used before, so that
    no name is ever given to other bytes.
    """

    def __init__(
        self, name: str, *, settings: HlsSettings, first_number: int, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self.name = name
        self.settings = settings
        self.on_change = on_change
        self.ended = False
        self.target_duration_s = settings.target_duration_s
        self.open_segment: Segment | None = None
        self._complete: deque[Segment] = deque()
        self._next_number = first_number
        self._first_listed = first_number
        self._initializations: dict[int, bytes] = {}
        self._initialization = 0

    def set_initialization(self, data: bytes) -> None:
        """The initialization segment of segments that start from now on."""
        self._initialization = self._next_number
        self._initializations[self._initialization] = data

    def start_segment(self, *, discontinuity_sequence: int, program_date_time: float) -> None:
        """Opens the next segment; the one before must have ended."""
        if self.open_segment is not None or self.ended:
            raise ValueError("a segment is open, or the playlist has ended")
        self.open_segment = Segment(self._next_number, discontinuity_sequence, self._initialization, program_date_time)
        self._next_number += 1

    def add_part(self, part: Part) -> None:
        """Appends to the open segment."""
        if self.open_segment is None:
            raise ValueError("no segment is open")
        self.open_segment.parts.append(part)
        self.on_change()

    def end_segment(self) -> None:
        """Ends the open segment, and drops those that no client may still ask for."""
        segment, self.open_segment = self.open_segment, None
        if segment is None:
            return
        if not segment.parts:
            self._next_number = segment.number
            return
        # RFC 8216bis §4.4.3.1: no EXTINF, rounded, is above the target. A source that never sends key frames when asked
        # leaves no choice but to raise it.
        self.target_duration_s = max(self.target_duration_s, math.floor(segment.duration_s + 0.5))
        self._complete.append(segment)
        self._forget()
        used = {kept.initialization for kept in self._complete} | {self._initialization}
        self._initializations = {number: data for number, data in self._initializations.items() if number in used}
        self.on_change()

    def end(self) -> None:
        """Nothing follows any more."""
        self.end_segment()
        self.ended = True
        self.on_change()

    def listed(self) -> list[Segment]:
        """The complete segments that the playlist names, oldest first."""
        return [segment for segment in self._complete if segment.number >= self._first_listed]

    @property
    def has_segment(self) -> bool:
        """Whether one segment at least is complete: players refuse a playlist without one."""
        return bool(self._complete)

    @property
    def next_part(self) -> tuple[int, int]:
        """Media sequence number and index of the part that comes next, unless its segment ends first."""
        segment = self.open_segment
        return (segment.number, len(segment.parts)) if segment else (self._next_number, 0)

    @property
    def last_part(self) -> tuple[int, int] | None:
        """Media sequence number and index of the newest part."""
        segment = self.open_segment
        if segment is None or not segment.parts:
            if not self._complete:
                return None
            segment = self._complete[-1]
        return segment.number, len(segment.parts) - 1

    def contains(self, number: int, part: int | None) -> bool:
        """Whether the playlist has come to that segment (whole, when `part` is None) or part of it, or beyond.

        A part beyond its segment's end is part 0 of the next one (RFC 8216bis §6.2.5.2).
        """
        open_number, open_part = self.next_part
        if part is None or number != open_number:
            if part is not None and self._complete and number == self._complete[-1].number:
                return part < len(self._complete[-1].parts) or open_part > 0
            return number < open_number
        return part < open_part

    def segment(self, number: int) -> bytes | None:
        """A complete segment."""
        for segment in reversed(self._complete):
            if segment.number == number:
                return b"".join(part.data for part in segment.parts)
        return None

    def part(self, number: int, index: int) -> bytes | None:
        """A part, also of segments that are listed without their parts by now."""
        for segment in self._newest_first():
            if segment.number == number:
                return segment.parts[index].data if index < len(segment.parts) else None
        return None

    def initialization(self, number: int) -> bytes | None:
        """An initialization segment that a kept segment names."""
        return self._initializations.get(number)

    def _forget(self) -> None:
        """Takes segments off the list when it is long enough without them, and later drops them."""
        # RFC 8216bis §6.2.2: a list is never shorter than three target durations.
        window_s = max(self.settings.window_s, 3 * self.target_duration_s)
        total_s = 0.0
        kept = 0
        for segment in reversed(self._complete):
            if total_s >= window_s:
                self._first_listed = max(self._first_listed, segment.number + 1)
            if total_s >= 2 * window_s:
                break
            total_s += segment.duration_s
            kept += 1
        size = sum(segment.size for segment in self._complete)
        while len(self._complete) > kept or (size > self.settings.max_bytes and len(self._complete) > _ALWAYS_KEPT):
            gone = self._complete.popleft()
            size -= gone.size
            self._first_listed = max(self._first_listed, gone.number + 1)

    def _newest_first(self) -> Iterator[Segment]:
        if self.open_segment is not None:
            yield self.open_segment
        yield from reversed(self._complete)
