"""Opus: the identification header (RFC 7845 §5.1), its form in MP4, and how long a packet is (RFC 6716 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from media_server.codecs.errors import CodecError

SAMPLE_RATE: Final = 48_000
MAX_PACKET_SAMPLES: Final = 5760
"""120 ms."""

_MAGIC: Final = b"OpusHead"
_HEAD: Final = Struct("<BBHIhB")
_BOX: Final = Struct(">BBHIhB")
# RFC 6716 table 2: lengths at 48 kHz by the configuration of the TOC byte.
_SILK: Final = (480, 960, 1920, 2880)
_HYBRID: Final = (480, 960)
_CELT: Final = (120, 240, 480, 960)


@dataclass(frozen=True, slots=True)
class OpusHead:
    """`pre_skip` in samples at 48 kHz, `gain` in 1/256 dB; `mapping` is the table of families above 0."""

    channels: int
    pre_skip: int
    input_rate: int
    gain: int = 0
    family: int = 0
    mapping: bytes = b""


def parse_opus_head(data: bytes) -> OpusHead:
    """Raises CodecError."""
    if len(data) < len(_MAGIC) + _HEAD.size or not data.startswith(_MAGIC):
        raise CodecError("not an Opus header")
    version, channels, pre_skip, rate, gain, family = _HEAD.unpack_from(data, len(_MAGIC))
    mapping = data[len(_MAGIC) + _HEAD.size :]
    if version >> 4 != 0 or channels == 0:
        raise CodecError("Opus header of another version, or without channels")
    if family == 0:
        if channels > 2:
            raise CodecError("Opus of more than two channels needs a mapping")
        return OpusHead(channels, pre_skip, rate, gain)
    if len(mapping) < 2 + channels:
        raise CodecError("Opus channel mapping ends early")
    return OpusHead(channels, pre_skip, rate, gain, family, mapping[: 2 + channels])


def build_opus_head(head: OpusHead) -> bytes:
    """The identification header."""
    fields = (1, head.channels, head.pre_skip, head.input_rate, head.gain, head.family)
    return _MAGIC + _HEAD.pack(*fields) + head.mapping


def opus_specific_box(head: OpusHead) -> bytes:
    """The content of a dOps box (Opus in ISOBMFF §4.3.2)."""
    fields = (0, head.channels, head.pre_skip, head.input_rate, head.gain, head.family)
    return _BOX.pack(*fields) + head.mapping


def packet_samples(packet: bytes) -> int:
    """How many samples at 48 kHz a packet is long. Raises CodecError."""
    if not packet:
        raise CodecError("Opus packet is empty")
    configuration, code = packet[0] >> 3, packet[0] & 0x03
    if configuration < 12:
        samples = _SILK[configuration & 0x03]
    elif configuration < 16:
        samples = _HYBRID[configuration & 0x01]
    else:
        samples = _CELT[configuration & 0x03]
    if code == 3:
        if len(packet) < 2 or not packet[1] & 0x3F:
            raise CodecError("Opus packet has no frames")
        samples *= packet[1] & 0x3F
    elif code:
        samples *= 2
    if samples > MAX_PACKET_SAMPLES:
        raise CodecError("Opus packet is longer than 120 ms")
    return samples
