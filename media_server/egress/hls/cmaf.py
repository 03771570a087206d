"""CMAF (ISO/IEC 23000-19) in plain Python: initialization segments and parts of one track each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct, pack
from typing import Final

_TRACK_ID: Final = 1
_MATRIX: Final = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE_UNDETERMINED: Final = 0x55C4
_TFHD_DEFAULT_BASE_IS_MOOF: Final = 0x020000
_TRUN_OFFSET_DURATION_SIZE: Final = 0x000001 | 0x000100 | 0x000200
_TRUN_FLAGS_COMPOSITION: Final = 0x000400 | 0x000800
_SYNC_SAMPLE: Final = 0x02000000
_DEPENDENT_SAMPLE: Final = 0x01010000
_AUDIO_ENTRY: Final = Struct(">II")
_VIDEO_ENTRY: Final = Struct(">IIIi")


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """H.264; `decoder_configuration` is the avcC record, sizes in pixels."""

    decoder_configuration: bytes
    width: int
    height: int

    @property
    def timescale(self) -> int:
        """Units of a second that durations and times count in."""
        return 90_000

    @property
    def codec(self) -> str:
        """The RFC 6381 name."""
        return "avc1." + self.decoder_configuration[1:4].hex()


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """AAC; `specific_config` is the AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)."""

    specific_config: bytes
    sample_rate: int
    channels: int

    @property
    def timescale(self) -> int:
        """Units of a second that durations and times count in."""
        return self.sample_rate

    @property
    def codec(self) -> str:
        """The RFC 6381 name."""
        return f"mp4a.40.{self.specific_config[0] >> 3}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded frame; times in units of the timescale. `composition_offset` is presentation minus decode time."""

    data: bytes
    decode_time: int
    duration: int
    composition_offset: int = 0
    is_key: bool = True


def initialization_segment(track: VideoFormat | AudioFormat) -> bytes:
    """ftyp and moov of a track."""
    video = isinstance(track, VideoFormat)
    width, height = (track.width, track.height) if isinstance(track, VideoFormat) else (0, 0)
    entry = _video_entry(track) if isinstance(track, VideoFormat) else _audio_entry(track)
    tables = _box(
        b"stbl",
        _full_box(b"stsd", 0, 0, pack(">I", 1), entry),
        _full_box(b"stts", 0, 0, bytes(4)),
        _full_box(b"stsc", 0, 0, bytes(4)),
        _full_box(b"stsz", 0, 0, bytes(8)),
        _full_box(b"stco", 0, 0, bytes(4)),
    )
    references = _box(b"dinf", _full_box(b"dref", 0, 0, pack(">I", 1), _full_box(b"url ", 0, 1)))
    media_header = _full_box(b"vmhd", 0, 1, bytes(8)) if video else _full_box(b"smhd", 0, 0, bytes(4))
    handler = (b"vide", b"Video\0") if video else (b"soun", b"Audio\0")
    media = _box(
        b"mdia",
        _full_box(b"mdhd", 0, 0, pack(">IIIIHH", 0, 0, track.timescale, 0, _LANGUAGE_UNDETERMINED, 0)),
        _full_box(b"hdlr", 0, 0, bytes(4), handler[0], bytes(12), handler[1]),
        _box(b"minf", media_header, references, tables),
    )
    track_header = _full_box(
        b"tkhd",
        0,
        3,
        pack(">IIIII", 0, 0, _TRACK_ID, 0, 0),
        bytes(8),
        pack(">hhHH", 0, 0, 0 if video else 0x0100, 0),
        _MATRIX,
        pack(">II", width << 16, height << 16),
    )
    movie_header = _full_box(
        b"mvhd",
        0,
        0,
        pack(">IIIIIH", 0, 0, 1000, 0, 0x10000, 0x0100),
        bytes(10),
        _MATRIX,
        bytes(24),
        pack(">I", _TRACK_ID + 1),
    )
    extends = _box(b"mvex", _full_box(b"trex", 0, 0, pack(">IIIII", _TRACK_ID, 1, 0, 0, 0)))
    file_type = _box(b"ftyp", b"iso6", bytes(4), b"iso6cmfcmp41")
    return file_type + _box(b"moov", movie_header, _box(b"trak", track_header, media), extends)


def fragment(sequence_number: int, samples: Sequence[Sample], *, video: bool) -> bytes:
    """moof and mdat of one part. `samples` is not empty and each begins where the one before ends."""
    if video:
        flags = _TRUN_OFFSET_DURATION_SIZE | _TRUN_FLAGS_COMPOSITION
        entries = b"".join(
            _VIDEO_ENTRY.pack(
                sample.duration,
                len(sample.data),
                _SYNC_SAMPLE if sample.is_key else _DEPENDENT_SAMPLE,
                sample.composition_offset,
            )
            for sample in samples
        )
    else:
        flags = _TRUN_OFFSET_DURATION_SIZE
        entries = b"".join(_AUDIO_ENTRY.pack(sample.duration, len(sample.data)) for sample in samples)
    fragment_header = _full_box(b"mfhd", 0, 0, pack(">I", sequence_number & 0xFFFFFFFF))
    track_header = _full_box(b"tfhd", 0, _TFHD_DEFAULT_BASE_IS_MOOF, pack(">I", _TRACK_ID))
    decode_time = _full_box(b"tfdt", 1, 0, pack(">Q", samples[0].decode_time))
    run_length = 20 + len(entries)
    moof_length = 8 + len(fragment_header) + 8 + len(track_header) + len(decode_time) + run_length
    # trun version 1: composition offsets are signed.
    run = _full_box(b"trun", 1, flags, pack(">Ii", len(samples), moof_length + 8), entries)
    data_length = sum(len(sample.data) for sample in samples)
    return b"".join(
        (
            _box(b"moof", fragment_header, _box(b"traf", track_header, decode_time, run)),
            pack(">I4s", 8 + data_length, b"mdat"),
            *(sample.data for sample in samples),
        )
    )


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return pack(">I4s", 8 + len(body), kind) + body


def _full_box(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, pack(">I", version << 24 | flags), *content)


def _video_entry(track: VideoFormat) -> bytes:
    # 14496-12 §12.1.3: 72 dpi, one frame a sample, no compressor name, depth 24, no colour table.
    visual = b"".join(
        (
            bytes(6) + pack(">H", 1) + bytes(16),
            pack(">HHIIIH", track.width, track.height, 0x480000, 0x480000, 0, 1),
            bytes(32) + pack(">Hh", 24, -1),
        )
    )
    return _box(b"avc1", visual, _box(b"avcC", track.decoder_configuration))


def _audio_entry(track: AudioFormat) -> bytes:
    sound = bytes(6) + pack(">H", 1) + bytes(8) + pack(">HHHHI", track.channels, 16, 0, 0, track.sample_rate << 16)
    # ISO/IEC 14496-14 §5.6, 14496-1 §7.2.6: AAC (0x40), audio stream (5 << 2 | 1), its config, sync layer of MP4.
    decoder = _descriptor(4, b"\x40\x15" + bytes(11), _descriptor(5, track.specific_config))
    stream = _descriptor(3, pack(">HB", _TRACK_ID, 0), decoder, _descriptor(6, b"\x02"))
    return _box(b"mp4a", sound, _full_box(b"esds", 0, 0, stream))


def _descriptor(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    return bytes((tag, 0x80, 0x80, 0x80, len(body))) + body
