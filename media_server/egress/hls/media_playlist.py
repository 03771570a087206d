"""The segments and parts of one rendition as they are made: what is listed, and for how long what was is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from media_server.egress.hls.events import Part, SegmentListener
from media_server.egress.hls.listing import Listing, Segment
from media_server.egress.hls.settings import HlsSettings
from media_server.egress.hls.target_duration import TargetDuration
from media_server.hub.frames import Track

_ALWAYS_KEPT: Final = 3


class MediaPlaylist(Listing[Part]):
    """A Listing that is made here. `on_change` is called whenever there is more to list.

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
        super().__init__(name, settings=settings, next_number=first_number)
        self.on_change = on_change
        self._target = target
        self._listeners = listeners
        self._last_discontinuity: int | None = None
        self._initialization = 0
        self._complete_size = 0

    @property
    def target_duration_s(self) -> int:
        """TARGETDURATION."""
        return self._target.seconds

    def set_initialization(self, data: bytes, track: Track) -> None:
        """The initialization segment of segments that start from now on, of a track's format."""
        self._initialization = self.next_number
        self.initializations[self._initialization] = data
        for listener in self._listeners:
            listener.initialization(self.name, self._initialization, track, data)

    def start_segment(
        self, *, discontinuity_sequence: int, media_s: float, program_date_time: float, is_independent: bool = True
    ) -> None:
        """Opens the next segment, which begins at that media time; the one before must have ended."""
        if self.open_segment is not None or self.ended:
            raise ValueError("a segment is open, or the playlist has ended")
        number = self.next_number
        self.open_segment = Segment(
            number, discontinuity_sequence, self._initialization, program_date_time, is_independent
        )
        self.next_number += 1
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
        self.on_change()

    def add_part(self, part: Part) -> None:
        """Appends to the open segment."""
        if self.open_segment is None:
            raise ValueError("no segment is open")
        self.open_segment.add(part)
        for listener in self._listeners:
            listener.part(self.name, self.open_segment.number, part)
        self.on_change()

    def end_segment(self) -> None:
        """Ends the open segment, and drops those that no client may still ask for."""
        segment, self.open_segment = self.open_segment, None
        if segment is None:
            return
        if not segment.parts:
            self.next_number = segment.number
            self.on_change()
            return
        self.complete.append(segment)
        self._complete_size += segment.size
        self._forget()
        used = {kept.initialization for kept in self.complete} | {self._initialization}
        self.initializations = {number: data for number, data in self.initializations.items() if number in used}
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

    @property
    def is_independent(self) -> bool:
        """Whether every segment that is listed, or grows, begins with a key frame."""
        growing = (self.open_segment,) if self.open_segment is not None else ()
        return all(segment.is_independent for segment in (*self.listed(), *growing))

    def segment(self, number: int) -> bytes | None:
        """A complete segment."""
        segment = self.find_segment(number)
        return b"".join([part.data for part in segment.parts]) if segment is not None else None

    def part(self, number: int, index: int) -> bytes | None:
        """A part, also of segments that are listed without their parts by now."""
        part = self.find_part(number, index)
        return part.data if part is not None else None

    def _forget(self) -> None:
        """Takes segments off the list when it is long enough without them, and later drops them."""
        # RFC 8216bis §6.2.2: a list is never shorter than three target durations.
        window_s = max(self.settings.window_s, 3 * self.target_duration_s)
        total_s = 0.0
        kept = 0
        for segment in reversed(self.complete):
            if total_s >= window_s:
                self.first_listed = max(self.first_listed, segment.number + 1)
            if total_s >= 2 * window_s:
                break
            total_s += segment.duration_s
            kept += 1
        while len(self.complete) > kept or (
            self._complete_size > self.settings.max_bytes and len(self.complete) > _ALWAYS_KEPT
        ):
            gone = self.complete.popleft()
            self._complete_size -= gone.size
            self.first_listed = max(self.first_listed, gone.number + 1)
