"""EXT-X-TARGETDURATION, which never changes (RFC 8216bis §4.4.3.1) and is one for all renditions (§6.2.4)."""

from __future__ import annotations

import math
from typing import Final

from media_server.egress.hls.settings import HlsSettings

_ROUNDED_OFF_S: Final = 0.4
_JITTER_S: Final = 0.05


class TargetDuration:
    """Chosen once, when the first segment tells how far apart a source's key frames are: before that nobody is told.

    From then on a segment that would come out longer is cut without a key frame.
    """

    def __init__(self, settings: HlsSettings) -> None:
        self.seconds = settings.target_duration_s
        self._is_fixed = False
        self.limit_s = max(settings.max_segment_s, float(self.seconds))
        """How long a segment may be: rounded to whole seconds, it is no longer than the target."""

    def fix(self, first_segment_s: float) -> None:
        """The first segment has ended."""
        if not self._is_fixed:
            self.seconds = max(self.seconds, math.ceil(first_segment_s - _JITTER_S))
            self.limit_s = self.seconds + _ROUNDED_OFF_S
            self._is_fixed = True
