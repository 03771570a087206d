"""The pictures of one room."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from media_server.hub.frames import Frame, Track, TrackFormat

EVERY_S: Final = 5.0
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
    """A hub listener: has a picture made of a key frame each EVERY_S, of the smallest track that is good enough."""

    def __init__(self, make: MakeStill) -> None:
        self._make = make
        self._track_id: str | None = None
        self._is_busy = False
        self._next_at = float("-inf")
        self._earlier: deque[bytes] = deque(maxlen=FRAMES - 1)
        self._is_over = False
        self.jpeg: Preview | None = None
        self.webp: Preview | None = None

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        pictures = [track for track in tracks if track.kind == "video"]
        self._track_id = min(pictures, key=_cost).track_id if pictures else None

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if track.track_id != self._track_id or not frame.is_key or self._is_busy or now < self._next_at:
            return
        self._next_at = now + EVERY_S
        self._is_busy = self._make(track.format, frame.data, tuple(self._earlier), self._done)

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: the last picture stays, while there may be another."""

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._is_over = True
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
