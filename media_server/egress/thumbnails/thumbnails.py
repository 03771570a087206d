"""The pictures of one room."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from media_server.hub.frames import Frame, Track, TrackFormat

EVERY_S: Final = 5.0
RARELY_S: Final = 60.0
"""So often while nobody has looked for as long: pictures of many streams are more work than the streams."""
AT_FIRST_S: Final = 1.0
FRAMES: Final = 6
"""Of the animation: half a second each."""
_ENOUGH_LINES: Final = 360


class MadeStill(Protocol):
    """A picture, a small one that later animations are made of, and the animation that ends with it."""

    @property
    def jpeg(self) -> bytes: ...
    @property
    def small(self) -> bytes: ...
    @property
    def webp(self) -> bytes: ...


class MakeStill(Protocol):
    """Calls `done` later, with None when there is no picture. False when too much is to be done already."""

    def __call__(
        self,
        track_format: TrackFormat,
        key_frame: bytes,
        earlier: tuple[bytes, ...],
        done: Callable[[MadeStill | None], None],
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """`etag` without quotes."""

    body: bytes
    etag: str


class Thumbnails:
    """A hub listener, polled each second: has pictures made of key frames, each EVERY_S while somebody looks at them.

    It is of the smallest track that is good enough. The first is made AT_FIRST_S after the first key frame, since
    encoders often begin with black.
    """

    def __init__(self, make: MakeStill) -> None:
        self._make = make
        self._track_id: str | None = None
        self._newest: tuple[TrackFormat, bytes] | None = None
        self._next_at: float | None = None
        self._made_at = float("-inf")
        self._is_busy = False
        self._earlier: deque[bytes] = deque(maxlen=FRAMES - 1)
        self._is_over = False
        self._looked_at = float("-inf")
        self.jpeg: Preview | None = None
        self.webp: Preview | None = None

    def looked_at(self, *, now: float) -> None:
        """Somebody wants to see it."""
        self._looked_at = now
        if self._next_at is not None and self.jpeg is not None:
            self._next_at = min(self._next_at, self._made_at + EVERY_S)

    def poll(self, *, now: float) -> None:
        """Have a picture made when it is time to."""
        if self._newest is None or self._next_at is None or self._is_busy or now < self._next_at:
            return
        track_format, key_frame = self._newest
        self._is_busy = self._make(track_format, key_frame, tuple(self._earlier), self._done)
        if self._is_busy:
            self._newest = None
        self._made_at = now
        is_looked_at = self.jpeg is None or now - self._looked_at < RARELY_S
        self._next_at = now + (EVERY_S if is_looked_at else RARELY_S)

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        pictures = [track for track in tracks if track.kind == "video"]
        self._track_id = min(pictures, key=_cost).track_id if pictures else None

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if track.track_id == self._track_id and frame.is_key:
            self._newest = (track.format, frame.data)
            if self._next_at is None:
                self._next_at = now + AT_FIRST_S

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: the last picture stays, while there may be another."""

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._is_over = True
        self._newest = None
        self.jpeg = self.webp = None

    def _done(self, still: MadeStill | None) -> None:
        self._is_busy = False
        if still is None or self._is_over:
            return
        self._earlier.append(still.small)
        self.jpeg, self.webp = _preview(still.jpeg), _preview(still.webp)


def _cost(track: Track) -> tuple[bool, int]:
    lines = min(track.format.width, track.format.height)
    return lines < _ENOUGH_LINES, lines if lines >= _ENOUGH_LINES else -lines


def _preview(body: bytes) -> Preview:
    return Preview(body, hashlib.sha256(body).hexdigest()[:16])
