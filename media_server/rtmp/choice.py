"""Which of a stream's tracks a peer is sent that takes one picture and one sound."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from media_server.hub.frames import Codec, Kind, Track

MAX_HEIGHT: Final = 1080
"""What is larger is chosen only when there is nothing else: platforms and players may not take it."""


def choose(tracks: Sequence[Track], codecs: Set[Codec]) -> tuple[Track | None, Track | None]:
    """The best picture and the best sound of these codecs, either None when there is none."""
    return _best(tracks, codecs, "video"), _best(tracks, codecs, "audio")


def _best(tracks: Sequence[Track], codecs: Set[Codec], kind: Kind) -> Track | None:
    fitting = [track for track in tracks if track.kind == kind and track.format.codec in codecs]
    return max(fitting, key=_worth, default=None)


def _worth(track: Track) -> tuple[bool, bool, bool, int, int]:
    """Sources before what was made of them; then the largest that is not too large; the first of equal ones."""
    # A track with a number behind its name is a further one of the source: another language, say.
    is_first = ":" not in track.track_id or track.origin == "derived"
    height = track.format.height
    return (
        track.origin == "source",
        height <= MAX_HEIGHT,
        is_first if track.kind == "audio" else True,
        height if height <= MAX_HEIGHT else -height,
        track.bitrate_bps or 0,
    )
