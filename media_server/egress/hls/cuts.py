"""Where segments begin: at the same media times in all renditions, so that players may change between them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from media_server.egress.hls.settings import HlsSettings

TOLERANCE_S: Final = 0.02
"""Key frames of renditions that are meant to be at the same time are at most this far apart."""
_EARLY_KEYFRAME_SHARE: Final = 0.75
"""Key frames that viewers' joins brought do not cut segments shorter than this share of what is wanted."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment of the reference begins at `media_s`; without a key frame where `is_forced`."""

    media_s: float
    is_forced: bool


class Cuts:
    """The cuts of one epoch, made by the reference rendition and followed by the others."""

    def __init__(self, settings: HlsSettings) -> None:
        self._settings = settings
        self._cuts: deque[Cut] = deque(maxlen=_KEPT)
        self._reached_s = float("-inf")
        self.wanted_s = settings.first_segment_s
        self.count = 0

    def is_due(self, length_s: float) -> bool:
        """Whether the reference ends a segment of that length where it can."""
        return length_s >= _EARLY_KEYFRAME_SHARE * self.wanted_s

    def make(self, media_s: float, *, is_forced: bool = False) -> None:
        """The reference begins a segment."""
        if self._cuts:
            self.wanted_s = self._settings.segment_s
        self._cuts.append(Cut(media_s, is_forced))
        self.count += 1
        self.reach(media_s)

    def reach(self, media_s: float) -> None:
        """The reference has come to that time."""
        self._reached_s = max(self._reached_s, media_s)

    def first_after(self, media_s: float) -> Cut | None:
        """The first cut behind that time."""
        if not self._cuts or self._cuts[-1].media_s <= media_s + TOLERANCE_S:
            return None
        return next((cut for cut in self._cuts if cut.media_s > media_s + TOLERANCE_S), None)

    def follows(self, media_s: float, *, last_cut_s: float, is_key: bool) -> bool:
        """Whether a rendition that last cut at `last_cut_s` has to at `media_s`.

        Where it is ahead of the reference, it does what the reference will do if it has the same key frame.
        """
        cut = self.first_after(last_cut_s)
        if cut is not None:
            return media_s >= cut.media_s - TOLERANCE_S and (is_key or cut.is_forced)
        return is_key and media_s > self._reached_s + TOLERANCE_S and self.is_due(media_s - last_cut_s)
