"""How much of a machine transcoding may take, by what it was measured to cost."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final

from media_server.hub.frames import Track
from media_server.transcode.renditions import Rendition, frame_rate

ENCODED_CORES_PER_PIXEL_RATE: Final = 1.6e-8
"""Cores for each pixel a second of x264 veryfast, before anything was measured: 0.44 for 720p at 30 frames a second."""
DECODED_CORES_PER_PIXEL_RATE: Final = 2.5e-9
_SMOOTHING: Final = 0.1
_SLOWEST, _FASTEST = 0.2, 5.0
"""Measurements are believed within these shares of the estimates: a machine that stalls is not slow for ever."""


def pixel_rates(source: Track, renditions: Iterable[Rendition]) -> tuple[float, float]:
    """(decoded, encoded) pixels a second."""
    fps = frame_rate(source)
    encoded = sum(rendition.width * rendition.height for rendition in renditions)
    return source.format.width * source.format.height * fps, encoded * fps


class Capacity:
    """Grants shares of `cores` and takes them back. Sans-IO."""

    def __init__(self, cores: float) -> None:
        self.cores = cores
        self._granted: dict[Hashable, float] = {}
        self._factor = 1.0

    @property
    def used(self) -> float:
        """Cores that are granted."""
        return sum(self._granted.values())

    def estimate(self, source: Track, renditions: Iterable[Rendition]) -> float:
        """Cores that making `renditions` of `source` takes."""
        decoded, encoded = pixel_rates(source, renditions)
        return self._factor * (decoded * DECODED_CORES_PER_PIXEL_RATE + encoded * ENCODED_CORES_PER_PIXEL_RATE)

    def take(self, owner: Hashable, cores: float) -> bool:
        """Grant `owner` that many in place of what it had. When there is no room it keeps what it had."""
        if self.used - self._granted.get(owner, 0.0) + cores > self.cores:
            return False
        self._granted[owner] = cores
        return True

    def give_back(self, owner: Hashable) -> None:
        """`owner` does nothing any more."""
        self._granted.pop(owner, None)

    def measured(self, owner: Hashable, cores: float) -> None:
        """What `owner` really takes. It counts from now on, and estimates follow it."""
        granted = self._granted.get(owner)
        if granted is None or granted <= 0.0:
            return
        seen = min(max(self._factor * cores / granted, _SLOWEST), _FASTEST)
        self._factor += _SMOOTHING * (seen - self._factor)
        self._granted[owner] = granted + _SMOOTHING * (cores - granted)
