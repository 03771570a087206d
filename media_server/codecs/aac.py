"""AAC: the AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.codecs.bits import BitReader, packed
from media_server.codecs.errors import CodecError

LC: Final = 2
SBR: Final = 5
PS: Final = 29

_RATES: Final = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_CHANNELS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 14: 8}
# Main, LC, SSR, LTP and scalable AAC, whose GASpecificConfig follows.
_GENERAL_AUDIO: Final = frozenset({1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23})
_MAX_CHANNELS: Final = 16


@dataclass(frozen=True, slots=True)
class AudioSpecificConfig:
    """`sample_rate` in Hz and `channels` are those that come out of a decoder, with SBR and PS.

    `frame_samples` is how many samples of that rate a frame has: 1024 or 960, twice that with SBR.
    """

    object_type: int
    sample_rate: int
    channels: int
    frame_samples: int
    has_sbr: bool = False
    has_ps: bool = False


def parse_audio_specific_config(data: bytes) -> AudioSpecificConfig:
    """Raises CodecError."""
    reader = BitReader(data[:64])
    kind = _object_type(reader)
    rate = core_rate = _rate(reader)
    layout = reader.bits(4)
    has_sbr, has_ps = kind in (SBR, PS), kind == PS
    if has_sbr:
        rate = _rate(reader)
        kind = _object_type(reader)
    if kind not in _GENERAL_AUDIO:
        raise CodecError(f"AAC object type {kind} is not carried here")
    samples = 960 if reader.flag() else 1024
    if reader.flag():
        reader.skip(14)
    has_extension = reader.flag()
    channels = _CHANNELS.get(layout) if layout else _channels_of_elements(reader)
    if channels is None:
        raise CodecError("AAC channel configuration does not exist")
    if not has_sbr and not has_extension:
        has_sbr, has_ps, rate = _implied_extension(reader, rate)
    if has_ps and channels == 1:
        channels = 2
    return AudioSpecificConfig(kind, rate, channels, samples * max(1, rate // core_rate), has_sbr, has_ps)


def build_audio_specific_config(sample_rate: int, channels: int) -> bytes:
    """That of AAC-LC with frames of 1,024 samples. Raises CodecError for what has none."""
    layout = next((key for key, count in _CHANNELS.items() if count == channels), None)
    if sample_rate not in _RATES or layout is None:
        raise CodecError("AAC has no such sample rate or number of channels")
    return packed((LC, 5), (_RATES.index(sample_rate), 4), (layout, 4), (0, 3))


def _object_type(reader: BitReader) -> int:
    kind = reader.bits(5)
    return 32 + reader.bits(6) if kind == 31 else kind


def _rate(reader: BitReader) -> int:
    index = reader.bits(4)
    rate = reader.bits(24) if index == 15 else _RATES[index] if index < len(_RATES) else 0
    if not 7_000 <= rate <= 96_000:
        raise CodecError("AAC sample rate is out of range")
    return rate


def _channels_of_elements(reader: BitReader) -> int:
    """program_config_element() (§4.4.1.1), as far as it counts channels."""
    reader.skip(10)
    front, side, back, low = reader.bits(4), reader.bits(4), reader.bits(4), reader.bits(2)
    reader.skip(7)
    for mixdown in (4, 4, 3):
        if reader.flag():
            reader.skip(mixdown)
    channels = low
    for _ in range(front + side + back):
        channels += 1 + reader.bits(1)
        reader.skip(4)
    if not 0 < channels <= _MAX_CHANNELS:
        raise CodecError("AAC channel configuration is out of range")
    return channels


def _implied_extension(reader: BitReader, rate: int) -> tuple[bool, bool, int]:
    """(SBR, PS, sample rate) of the backward compatible signalling behind the rest, if it is there."""
    if reader.left < 16 or reader.bits(11) != 0x2B7 or _object_type(reader) != SBR or not reader.flag():
        return False, False, rate
    rate = _rate(reader)
    return True, reader.left >= 12 and reader.bits(11) == 0x548 and reader.flag(), rate
