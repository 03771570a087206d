"""What an encoder promises in `onMetaData`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from media_server.hub.frames import Kind
from media_server.rtmp.amf_source import AmfValue


@dataclass(frozen=True, slots=True)
class Promises:
    """Each 0 or empty when nothing was said. Rates are those of the first track of each kind, in bit/s.

    `bitrates_bps` are those of further tracks, by kind and number.
    """

    kinds: frozenset[Kind] = frozenset()
    frame_rate: float = 0.0
    video_bps: int = 0
    audio_bps: int = 0
    encoder: str = ""
    bitrates_bps: dict[tuple[Kind, int], int] = field(default_factory=dict)

    def bitrate_bps(self, kind: Kind, number: int) -> int | None:
        """What was promised of a track."""
        of_first = self.video_bps if kind == "video" else self.audio_bps
        return self.bitrates_bps.get((kind, number), of_first if number == 0 else 0) or None


def promises_of(values: dict[str, AmfValue]) -> Promises:
    """Reads the members that matter; what makes no sense counts as not said."""
    kinds: set[Kind] = set()
    if _number(values, "width") or "videocodecid" in values:
        kinds.add("video")
    if _number(values, "audiosamplerate") or "audiocodecid" in values:
        kinds.add("audio")
    return Promises(
        kinds=frozenset(kinds),
        frame_rate=_number(values, "framerate") or _number(values, "fps"),
        video_bps=int(_number(values, "videodatarate") * 1000),
        audio_bps=int(_number(values, "audiodatarate") * 1000),
        encoder=str(values.get("encoder") or "")[:100],
        bitrates_bps=_of_tracks(values, "video") | _of_tracks(values, "audio"),
    )


def _of_tracks(values: dict[str, AmfValue], kind: Kind) -> dict[tuple[Kind, int], int]:
    """Enhanced RTMP v2: `videoTrackIdInfoMap` and its like, by track number."""
    told = values.get(f"{kind}TrackIdInfoMap")
    if not isinstance(told, dict):
        return {}
    return {
        (kind, int(name)): int(_number(of_track, f"{kind}datarate") * 1000)
        for name, of_track in told.items()
        if name.isascii() and name.isdigit() and len(name) <= 3 and isinstance(of_track, dict)
    }


def _number(values: dict[str, AmfValue], name: str) -> float:
    value = values.get(name)
    is_sane = isinstance(value, int | float) and math.isfinite(value) and 0 < value < 1e9
    return float(value) if is_sane and isinstance(value, int | float) else 0.0
