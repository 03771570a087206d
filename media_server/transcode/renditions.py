"""What pictures a source's are made into: sizes and bit rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.codecs.errors import CodecError
from media_server.codecs.h264 import parse_avcc, parse_sequence_parameters
from media_server.hub.frames import Track

MAX_LINES: Final = 1080
"""What is made for those who cannot take the source is no larger."""

_RUNGS: Final = ((1080, 4_500_000), (720, 2_500_000), (480, 1_200_000), (360, 700_000))
"""Lines, and bit/s at up to 30 frames a second."""
_APART: Final = 1.2
_FAST_FPS: Final = 40.0
_FAST_SHARE: Final = 1.4
_OF_SOURCE: Final = 0.8
"""A rung takes no more of the source's bit rate: at the same quality fewer pixels need fewer bits."""
_USUAL_FPS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Rendition:
    """H.264 to be made, in even pixels. `from_key`: it begins with a key frame of the source, not at once."""

    track_id: str
    width: int
    height: int
    bitrate_bps: int
    label: str
    from_key: bool


def frame_rate(track: Track) -> float:
    """Frames a second as the parameter sets say, 30 where they do not or cannot be right."""
    if track.format.codec == "h264":
        try:
            rate = parse_sequence_parameters(parse_avcc(track.format.config).sps[0]).frame_rate
        except CodecError:
            rate = None
        if rate is not None and 1.0 <= rate <= 240.0:
            return rate
    return _USUAL_FPS


def in_full(track: Track, track_id: str, *, from_key: bool) -> Rendition:
    """The source's picture, no larger than MAX_LINES."""
    lines = min(_lines(track), MAX_LINES)
    bitrate = next((bits for most, bits in reversed(_RUNGS) if lines <= most), _RUNGS[0][1])
    return _rendition(track, track_id, lines, bitrate, from_key=from_key)


def ladder(track: Track) -> tuple[Rendition, ...]:
    """Smaller pictures beside the source's, the largest first; none is within a fifth of another one's lines."""
    rungs: list[Rendition] = []
    above = float(_lines(track))
    for lines, bitrate in _RUNGS:
        if above / lines >= _APART:
            rungs.append(_rendition(track, f"video:{lines}", lines, bitrate, from_key=True))
            above = lines
    return tuple(rungs)


def _rendition(track: Track, track_id: str, lines: int, bitrate_bps: int, *, from_key: bool) -> Rendition:
    scale = lines / _lines(track)
    if frame_rate(track) > _FAST_FPS:
        bitrate_bps = round(bitrate_bps * _FAST_SHARE)
    if track.bitrate_bps is not None and scale < 1:
        bitrate_bps = min(bitrate_bps, round(track.bitrate_bps * _OF_SOURCE))
    width, height = (max(2, round(size * scale / 2) * 2) for size in (track.format.width, track.format.height))
    return Rendition(track_id, width, height, bitrate_bps, f"{min(width, height)}p", from_key)


def _lines(track: Track) -> int:
    """Those of the shorter side, so that a portrait picture is as large as a landscape one."""
    return max(1, min(track.format.width, track.format.height))
