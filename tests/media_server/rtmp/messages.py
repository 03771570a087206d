"""Bodies of media messages, as encoders send them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from media_server.codecs.h264 import build_avcc
from media_server.hub.frames import Frame, Track

# x264: high, 1920×1080 with VUI; Chromium: constrained baseline, 640×480.
HIGH_SPS, HIGH_PPS = (
    bytes.fromhex("67640028acd940780227e5c044000003000400000300f03c60c658"),
    bytes.fromhex("68ebe3cb22c0"),
)
BASELINE_SPS, BASELINE_PPS = bytes.fromhex("6742c01f8c8d40501ed00f08846a"), bytes.fromhex("68ce3c80")
AVCC = build_avcc([HIGH_SPS], [HIGH_PPS])
BASELINE_AVCC = build_avcc([BASELINE_SPS], [BASELINE_PPS])
AAC_CONFIG = bytes.fromhex("1190")


def unit(*nals: bytes, length_size: int = 4) -> bytes:
    """An access unit with lengths."""
    return b"".join(len(nal).to_bytes(length_size, "big") + nal for nal in nals)


def avc_config(record: bytes = AVCC) -> bytes:
    """A sequence header of H.264."""
    return b"\x17\x00\x00\x00\x00" + record


def avc_frame(data: bytes | None = None, *, is_key: bool = False, composition_ms: int = 0) -> bytes:
    """A picture of H.264."""
    data = data if data is not None else unit(b"\x65key" if is_key else b"\x41picture")
    return bytes((0x17 if is_key else 0x27, 1)) + composition_ms.to_bytes(3, "big", signed=True) + data


def aac_config(record: bytes = AAC_CONFIG) -> bytes:
    """A sequence header of AAC."""
    return b"\xaf\x00" + record


def aac_frame(data: bytes = b"sound") -> bytes:
    """A packet of AAC."""
    return b"\xaf\x01" + data


@dataclass
class Sink:
    """A `FrameSink` that keeps everything."""

    begun: list[dict[str, Track]] = field(default_factory=list)
    put_tracks: list[Track] = field(default_factory=list)
    frames: dict[str, list[Frame]] = field(default_factory=dict)

    def begin(self, tracks: Sequence[Track], now: float) -> None:
        self.begun.append({track.track_id: track for track in tracks})

    def put(self, track: Track, now: float) -> None:
        self.put_tracks.append(track)

    def push(self, track_id: str, frame: Frame, now: float) -> None:
        self.frames.setdefault(track_id, []).append(frame)
