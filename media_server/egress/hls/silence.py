"""Frames of silence, for where a source's sound is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.codecs.aac import parse_audio_specific_config
from media_server.hub.frames import TrackFormat

# Raw data blocks of AAC-LC at the lowest gain: one channel element, one pair of them. A decoder of HE-AAC takes them
# for a frame without extension.
_AAC: Final = {1: bytes.fromhex("00c800802380"), 2: bytes.fromhex("210049900219002380")}
# RFC 6716 §3.1: CELT, full band, 20 ms, stereo; the range coder finds silence in it (§4.3).
_OPUS: Final = b"\xfc\xff\xfe"
_OPUS_SAMPLES: Final = 960


@dataclass(frozen=True, slots=True)
class Silence:
    """`data` plays nothing for `samples`."""

    data: bytes
    samples: int


def silence_of(track_format: TrackFormat) -> Silence | None:
    """A frame of silence in that format; None for formats that have none here (surround, MP3). Raises CodecError."""
    if track_format.codec == "opus":
        return Silence(_OPUS, _OPUS_SAMPLES) if track_format.channels <= 2 else None
    if track_format.codec == "aac" and track_format.channels in _AAC:
        parsed = parse_audio_specific_config(track_format.config)
        # Of parametric stereo the core is mono.
        return Silence(_AAC[1 if parsed.has_ps else track_format.channels], parsed.frame_samples)
    return None
