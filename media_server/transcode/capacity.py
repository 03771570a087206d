"""How much of a machine transcoding may take, by what it was measured to cost."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from media_server.hub.frames import Track
from media_server.transcode.renditions import Rendition, frame_rate

ENCODED_CORES_PER_PIXEL_RATE: Final = 1.6e-8
"""Cores for each pixel a second of x264 veryfast, before anything was measured: 0.44 for 720p at 30 frames a second."""
DECODED_CORES_PER_PIXEL_RATE: Final = 2.5e-9
_SMOOTHING: Final = 0.1
_TOLERANCE: Final = 1.1
"""What was measured moves about; nobody is to give up anything for that."""
_SLOWEST, _FASTEST = 0.2, 5.0
"""Measurements are believed within these shares of the estimates: a machine that stalls is not slow for ever."""


def pixel_rates(source: Track, renditions: Iterable[Rendition]) -> tuple[float, float]:
    """(decoded, encoded) pixels a second."""
    fps = frame_rate(source)
    encoded = sum(rendition.width * rendition.height for rendition in renditions)
    return source.format.width * source.format.height * fps, encoded * fps


@dataclass(slots=True)
class _Grant:
    needed: float
    spare: float


class Capacity:
    """Grants shares of `cores` and takes them back. Sans-IO.

    What somebody has no picture without is `needed`, the ladder is `spare`: needed work is granted where others have
    only spare work that is in its way, and `is_short` then says that some has to give up theirs.
    """

    def __init__(self, cores: float) -> None:
        self.cores = cores
        self._granted: dict[Hashable, _Grant] = {}
        self._factor = 1.0

    @property
    def used(self) -> float:
        """Cores that are granted."""
        return sum(grant.needed + grant.spare for grant in self._granted.values())

    @property
    def is_short(self) -> bool:
        """Whether more is granted than there is: who has spare work is to take anew what fits."""
        return self.used > self.cores * _TOLERANCE

    def estimate(self, source: Track, renditions: Iterable[Rendition]) -> float:
        """Cores that making `renditions` of `source` takes."""
        decoded, encoded = pixel_rates(source, renditions)
        return self._factor * (decoded * DECODED_CORES_PER_PIXEL_RATE + encoded * ENCODED_CORES_PER_PIXEL_RATE)

    def take(self, owner: Hashable, *, needed: float = 0.0, spare: float = 0.0) -> bool:
        """Grant `owner` that many in place of what it had. When there is no room it keeps what it had."""
        others = [grant for known, grant in self._granted.items() if known != owner]
        used = sum(grant.needed for grant in others) + needed
        if spare:
            used += sum(grant.spare for grant in others) + spare
        if used > self.cores:
            return False
        self._granted[owner] = _Grant(needed, spare)
        return True

    def give_back(self, owner: Hashable) -> None:
        """`owner` does nothing any more."""
        self._granted.pop(owner, None)

    def measured(self, owner: Hashable, cores: float) -> None:
        """What `owner` really takes. It counts from now on, and estimates follow it."""
        grant = self._granted.get(owner)
        granted = grant.needed + grant.spare if grant is not None else 0.0
        if grant is None or granted <= 0.0:
            return
        seen = min(max(self._factor * cores / granted, _SLOWEST), _FASTEST)
        self._factor += _SMOOTHING * (seen - self._factor)
        share = 1.0 + _SMOOTHING * (cores / granted - 1.0)
        self._granted[owner] = _Grant(grant.needed * share, grant.spare * share)
