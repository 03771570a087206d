"""Frames and what a decoder has to know of them. One clock for all of a stream: 90 kHz, unwrapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

CLOCK_RATE: Final = 90_000

Kind = Literal["video", "audio"]
VideoCodec = Literal["h264", "hevc", "av1", "vp8", "vp9"]
AudioCodec = Literal["aac", "opus", "mp3"]
Codec = VideoCodec | AudioCodec
Origin = Literal["source", "derived"]


@dataclass(frozen=True, slots=True)
class TrackFormat:
    """What a decoder is told before the first frame.

    `config` is the decoder configuration record: avcC and hvcC (ISO/IEC 14496-15), av1C, vpcC, an AudioSpecificConfig
    (ISO/IEC 14496-3 §1.6.2.1) or an OpusHead (RFC 7845 §5.1); empty for VP8 and MP3. `width` and `height` are in
    pixels and 0 for sound, `sample_rate` in Hz and `channels` are 0 for pictures. `reorders` says that frames are
    shown in another order than they are sent in (B-frames).
    """

    codec: Codec
    config: bytes
    width: int = 0
    height: int = 0
    sample_rate: int = 0
    channels: int = 0
    reorders: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a stream. `track_id` is unique in it: `video`, `audio`, further ones of a source `video:1`, …

    A derived track is made from another of the same kind: `audio:aac`, `video:720`. `label` is for people ("1080p",
    "English"); `bitrate_bps` is what was promised, and None when nobody said.
    """

    track_id: str
    kind: Kind
    format: TrackFormat
    origin: Origin = "source"
    label: str = ""
    bitrate_bps: int | None = None


class Frame(NamedTuple):
    """One access unit: a picture, or one packet of sound.

    `dts` and `pts` are in 1/90000 s and on the same clock for every track of an epoch; `dts` ascends in a track. `data`
    is as ISO base media files have it: NAL units with four-byte lengths and without parameter sets for H.264 and HEVC,
    a temporal unit without delimiters for AV1, a raw frame for VP8, VP9, AAC (no ADTS), Opus and MP3.
    """

    dts: int
    pts: int
    is_key: bool
    data: bytes
