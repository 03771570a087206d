"""Frames that wait for a target that does not keep up."""

from __future__ import annotations

from collections import deque
from typing import Final

from media_server.hub.frames import CLOCK_RATE, Frame, Track

MAX_S: Final = 4.0
MAX_BYTES: Final = 16 << 20


class Backlog:
    """At most MAX_S of frames, and MAX_BYTES. When there are more, all of them are dropped, and what follows up to the
    next key frame; where there is no picture, nothing more.
    """

    def __init__(self) -> None:
        self.dropped_s = 0.0
        self.is_broken = False
        """Whether frames are missing before the next one that is taken; whoever takes it sets this back."""
        self.has_video = False
        """Whether there is a picture, whose key frames are waited for."""
        self._frames: deque[tuple[Track, Frame]] = deque()
        self._size = 0
        self._dropping_since: int | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, track: Track, frame: Frame) -> None:
        """A frame comes."""
        if self._dropping_since is not None:
            if self.has_video and not (track.kind == "video" and frame.is_key):
                return
            self.dropped_s += max(0, frame.dts - self._dropping_since) / CLOCK_RATE
            self._dropping_since = None
        self._frames.append((track, frame))
        self._size += len(frame.data)
        oldest = self._frames[0][1].dts
        if frame.dts - oldest > MAX_S * CLOCK_RATE or self._size > MAX_BYTES:
            self.clear()
            self._dropping_since = oldest
            self.is_broken = True

    def take(self) -> tuple[Track, Frame]:
        """The oldest. Raises IndexError when there is none."""
        track, frame = self._frames.popleft()
        self._size -= len(frame.data)
        return track, frame

    def clear(self) -> None:
        """None of them is wanted any more."""
        self._frames.clear()
        self._size = 0
        self._dropping_since = None
