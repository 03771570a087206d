"""What may be chosen about LL-HLS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MIN_PART_SHARE: Final = 0.85
"""Of PART-TARGET, what every part lasts but the last of a segment and independent ones (RFC 8216bis §4.4.4.9)."""
_PART_HEADROOM: Final = 1.1
"""Webcams do not keep time: parts aim at the chosen length, and PART-TARGET lets them be a third of a frame longer."""


@dataclass(frozen=True, slots=True)
class HlsSettings:
    """Lengths in seconds of media.

    The last `window_s`, or three target durations if that is more, are listed; as much again stays available to slow
    clients (RFC 8216bis §6.2.2), which bounds the memory of a stream to about 2 × window_s × bit rate. A rendition
    that would come to more than `max_bytes` all the same loses its oldest segments early.

    `max_segment_s` bounds the segments of sources that send key frames when they please (OBS: each 8.3 s unless set
    otherwise): a first group of pictures that is longer is cut without a key frame. A derived track that is gone for
    less than `absence_s` keeps its playlist. `with_opus` offers Opus, where that is what comes, beside AAC: players
    then list each quality twice.
    """

    part_s: float = 0.2
    segment_s: float = 2.0
    first_segment_s: float = 1.0
    window_s: float = 24.0
    max_bytes: int = 96 << 20
    part_segments: int = 2
    hold_back_parts: float = 3.0
    max_segment_s: float = 12.0
    absence_s: float = 5.0
    with_opus: bool = False

    def __post_init__(self) -> None:
        if not 0.05 <= self.part_s <= self.first_segment_s <= self.segment_s <= self.max_segment_s:
            raise ValueError("part_s, first_segment_s, segment_s and max_segment_s must ascend, from 0.05 s")
        if not 1 <= self.part_segments <= 3 or self.hold_back_parts < 2:
            raise ValueError("parts are listed of 1 to 3 segments, and the hold-back is 2 parts at least")

    @property
    def part_target_s(self) -> float:
        """The PART-TARGET that is announced unless a part comes out longer, in whole milliseconds."""
        return math.ceil(round(self.part_s * _PART_HEADROOM * 1000, 3)) / 1000

    @property
    def target_duration_s(self) -> int:
        """TARGETDURATION at least: leaves a source that is asked for a key frame at `segment_s` half as long again."""
        return math.ceil(self.segment_s * 1.5)
