"""CMAF initialization segments of one track each (ISO/IEC 23000-19 §7.3), and what timescale its samples have."""

from __future__ import annotations

from struct import pack
from typing import Final

from media_server.codecs.opus import opus_specific_box, parse_opus_head
from media_server.codecs.vp9 import parse_vpcc
from media_server.egress.hls.boxes import box, full_box
from media_server.hub.frames import CLOCK_RATE, TrackFormat

TRACK_ID: Final = 1

_MATRIX: Final = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE_UNDETERMINED: Final = 0x55C4
_VIDEO_ENTRIES: Final = {
    "h264": (b"avc1", b"avcC"),
    "hevc": (b"hvc1", b"hvcC"),
    "av1": (b"av01", b"av1C"),
    "vp9": (b"vp09", b"vpcC"),
}
_AAC: Final = 0x40
_MP3: Final = 0x6B
_MAX_ENTRY_RATE: Final = 0xFFFF


def is_video(track_format: TrackFormat) -> bool:
    """Whether it is a picture's."""
    return track_format.sample_rate == 0


def timescale(track_format: TrackFormat) -> int:
    """Units of a second that durations and times of samples count in."""
    return CLOCK_RATE if is_video(track_format) else track_format.sample_rate


def initialization_segment(track_format: TrackFormat) -> bytes:
    """ftyp and moov. Raises CodecError."""
    video = is_video(track_format)
    tables = box(
        b"stbl",
        full_box(b"stsd", 0, 0, pack(">I", 1), _video_entry(track_format) if video else _audio_entry(track_format)),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    references = box(b"dinf", full_box(b"dref", 0, 0, pack(">I", 1), full_box(b"url ", 0, 1)))
    media_header = full_box(b"vmhd", 0, 1, bytes(8)) if video else full_box(b"smhd", 0, 0, bytes(4))
    handler = (b"vide", b"Video\0") if video else (b"soun", b"Audio\0")
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, pack(">IIIIHH", 0, 0, timescale(track_format), 0, _LANGUAGE_UNDETERMINED, 0)),
        full_box(b"hdlr", 0, 0, bytes(4), handler[0], bytes(12), handler[1]),
        box(b"minf", media_header, references, tables),
    )
    track_header = full_box(
        b"tkhd",
        0,
        3,
        pack(">IIIII", 0, 0, TRACK_ID, 0, 0),
        bytes(8),
        pack(">hhHH", 0, 0, 0 if video else 0x0100, 0),
        _MATRIX,
        pack(">II", track_format.width << 16, track_format.height << 16),
    )
    movie_header = full_box(
        b"mvhd",
        0,
        0,
        pack(">IIIIIH", 0, 0, 1000, 0, 0x10000, 0x0100),
        bytes(10),
        _MATRIX,
        bytes(24),
        pack(">I", TRACK_ID + 1),
    )
    extends = box(b"mvex", full_box(b"trex", 0, 0, pack(">IIIII", TRACK_ID, 1, 0, 0, 0)))
    file_type = box(b"ftyp", b"iso6", bytes(4), b"iso6cmfcmp41")
    return file_type + box(b"moov", movie_header, box(b"trak", track_header, media), extends)


def _video_entry(track_format: TrackFormat) -> bytes:
    entry, record = _VIDEO_ENTRIES[track_format.codec]
    config = track_format.config
    if track_format.codec == "vp9":
        parse_vpcc(config)
        # VP codec ISO media file format binding §2.2: a full box of version 1; its content comes with or without that.
        config = config if config[:4] == b"\x01\0\0\0" else b"\x01\0\0\0" + config
    # 14496-12 §12.1.3: 72 dpi, one frame a sample, no compressor name, depth 24, no colour table.
    visual = b"".join(
        (
            bytes(6) + pack(">H", 1) + bytes(16),
            pack(">HHIIIH", track_format.width, track_format.height, 0x480000, 0x480000, 0, 1),
            bytes(32) + pack(">Hh", 24, -1),
        )
    )
    return box(entry, visual, box(record, config))


def _audio_entry(track_format: TrackFormat) -> bytes:
    # A rate of more than 16 bits is told by the codec's own configuration alone.
    rate = track_format.sample_rate if track_format.sample_rate <= _MAX_ENTRY_RATE else 0
    sound = bytes(6) + pack(">H", 1) + bytes(8) + pack(">HHHHI", track_format.channels, 16, 0, 0, rate << 16)
    if track_format.codec == "opus":
        return box(b"Opus", sound, box(b"dOps", opus_specific_box(parse_opus_head(track_format.config))))
    # ISO/IEC 14496-14 §5.6, 14496-1 §7.2.6: audio stream (5 << 2 | 1), its config, sync layer of MP4.
    specific = (_descriptor(5, track_format.config),) if track_format.codec == "aac" else ()
    kind = _AAC if track_format.codec == "aac" else _MP3
    decoder = _descriptor(4, bytes((kind, 0x15)) + bytes(11), *specific)
    stream = _descriptor(3, pack(">HB", TRACK_ID, 0), decoder, _descriptor(6, b"\x02"))
    return box(b"mp4a", sound, full_box(b"esds", 0, 0, stream))


def _descriptor(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = len(body)
    return bytes((tag, 0x80 | size >> 21 & 0x7F, 0x80 | size >> 14 & 0x7F, 0x80 | size >> 7 & 0x7F, size & 0x7F)) + body
