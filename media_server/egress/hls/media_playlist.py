"""The segments and parts of one rendition: which are listed, which are still kept, and what comes next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from media_server.egress.hls.events import Part, SegmentListener
from media_server.egress.hls.settings import HlsSettings
from media_server.egress.hls.target_duration import TargetDuration
from media_server.hub.frames import Track

_ALWAYS_KEPT: Final = 3


@dataclass(slots=True, eq=False)
class Segment:
    """A media segment, the last one perhaps still growing. `program_date_time` is Unix time of its first sample.

    `is_independent` says that it begins with a key frame.
    """

    number: int
    discontinuity_sequence: int
    initialization: int
    program_date_time: float
    is_independent: bool = True
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
        self,
        name: str,
        *,
        settings: HlsSettings,
        target: TargetDuration,
        first_number: int,
        on_change: Callable[[], None] = lambda: None,
        listeners: Sequence[SegmentListener] = (),
    ) -> None:
        self.name = name
        self.settings = settings
        self.on_change = on_change
        self.ended = False
        self.is_withdrawn = False
        self.open_segment: Segment | None = None
        self._target = target
        self._listeners = listeners
        self._complete: deque[Segment] = deque()
        self._next_number = first_number
        self._first_listed = first_number
        self._last_discontinuity: int | None = None
        self._initializations: dict[int, bytes] = {}
        self._initialization = 0

    @property
    def target_duration_s(self) -> int:
        """TARGETDURATION."""
        return self._target.seconds

    def set_initialization(self, data: bytes, track: Track) -> None:
        """The initialization segment of segments that start from now on, of a track's format."""
        self._initialization = self._next_number
        self._initializations[self._initialization] = data
        for listener in self._listeners:
            listener.initialization(self.name, self._initialization, track, data)

    def start_segment(
        self, *, discontinuity_sequence: int, media_s: float, program_date_time: float, is_independent: bool = True
    ) -> None:
        """Opens the next segment, which begins at that media time; the one before must have ended."""
        if self.open_segment is not None or self.ended:
            raise ValueError("a segment is open, or the playlist has ended")
        number = self._next_number
        self.open_segment = Segment(
            number, discontinuity_sequence, self._initialization, program_date_time, is_independent
        )
        self._next_number += 1
        is_discontinuity = self._last_discontinuity not in (None, discontinuity_sequence)
        self._last_discontinuity = discontinuity_sequence
        for listener in self._listeners:
            listener.segment_began(
                self.name,
                number,
                initialization=self._initialization,
                media_s=media_s,
                date_time=program_date_time,
                discontinuity=is_discontinuity,
            )

    def add_part(self, part: Part) -> None:
        """Appends to the open segment."""
        if self.open_segment is None:
            raise ValueError("no segment is open")
        self.open_segment.parts.append(part)
        for listener in self._listeners:
            listener.part(self.name, self.open_segment.number, part)
        self.on_change()

    def end_segment(self) -> None:
        """Ends the open segment, and drops those that no client may still ask for."""
        segment, self.open_segment = self.open_segment, None
        if segment is None:
            return
        if not segment.parts:
            self._next_number = segment.number
            return
        self._complete.append(segment)
        self._forget()
        used = {kept.initialization for kept in self._complete} | {self._initialization}
        self._initializations = {number: data for number, data in self._initializations.items() if number in used}
        for listener in self._listeners:
            listener.segment_ended(self.name, segment.number)
        self.on_change()

    def end(self) -> None:
        """Nothing follows any more."""
        self.end_segment()
        self.ended = True
        self.on_change()

    def withdraw(self) -> None:
        """The rendition is not there any more, and its stream goes on: who asks is to take another."""
        self.is_withdrawn = True
        self.end()

    def listed(self) -> list[Segment]:
        """The complete segments that the playlist names, oldest first."""
        return [segment for segment in self._complete if segment.number >= self._first_listed]

    @property
    def is_independent(self) -> bool:
        """Whether every segment that is listed, or grows, begins with a key frame."""
        growing = (self.open_segment,) if self.open_segment is not None else ()
        return all(segment.is_independent for segment in (*self.listed(), *growing))

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
