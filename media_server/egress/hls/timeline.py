"""The media time of one epoch, common to all renditions."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.egress.hls.wall_clock import WallClock


@dataclass(frozen=True, slots=True)
class Timeline:
    """`offset` (1/90000 s) is added to a frame's times; `start_s` is the media time of the first picture or sound."""

    offset: int
    start_s: float
    discontinuity_sequence: int
    wall: WallClock
