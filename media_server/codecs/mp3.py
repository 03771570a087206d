"""MP3: the header of a frame (ISO/IEC 11172-3 §2.4.1.3, 13818-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.codecs.errors import CodecError

_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LAYER_3: Final = 1
_MPEG_1: Final = 3
_MONO: Final = 3


@dataclass(frozen=True, slots=True)
class Mp3Header:
    """`sample_rate` in Hz; a frame has `frame_samples` a channel."""

    sample_rate: int
    channels: int
    frame_samples: int


def parse_mp3_header(frame: bytes) -> Mp3Header:
    """Raises CodecError."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        raise CodecError("not an MP3 frame")
    version, layer, rate = frame[1] >> 3 & 3, frame[1] >> 1 & 3, frame[2] >> 2 & 3
    if version not in _RATES or layer != _LAYER_3 or rate == 3:
        raise CodecError("not an MP3 frame")
    channels = 1 if frame[3] >> 6 == _MONO else 2
    return Mp3Header(_RATES[version][rate], channels, 1152 if version == _MPEG_1 else 576)
