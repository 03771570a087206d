"""CMAF chunks (ISO/IEC 23000-19 §7.3.2.3) in plain Python: the parts of one track."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, pack
from typing import Final, NamedTuple

from media_server.egress.hls.boxes import box, full_box
from media_server.egress.hls.initialization import TRACK_ID

_TFHD_DEFAULT_BASE_IS_MOOF: Final = 0x020000
_TRUN_OFFSET_DURATION_SIZE: Final = 0x000001 | 0x000100 | 0x000200
_TRUN_FLAGS_COMPOSITION: Final = 0x000400 | 0x000800
_SYNC_SAMPLE: Final = 0x02000000
_DEPENDENT_SAMPLE: Final = 0x01010000
_AUDIO_ENTRY: Final = Struct(">II")
_VIDEO_ENTRY: Final = Struct(">IIIi")


class Sample(NamedTuple):
    """One coded frame; times in units of the timescale. `composition_offset` is presentation minus decode time."""

    data: bytes
    decode_time: int
    duration: int
    composition_offset: int = 0
    is_key: bool = True


def fragment(sequence_number: int, samples: Sequence[Sample], *, video: bool) -> list[bytes]:
    """moof and mdat of one part, in pieces. `samples` is not empty and each begins where the one before ends."""
    if video:
        flags = _TRUN_OFFSET_DURATION_SIZE | _TRUN_FLAGS_COMPOSITION
        entries = b"".join(
            [
                _VIDEO_ENTRY.pack(
                    sample.duration,
                    len(sample.data),
                    _SYNC_SAMPLE if sample.is_key else _DEPENDENT_SAMPLE,
                    sample.composition_offset,
                )
                for sample in samples
            ]
        )
    else:
        flags = _TRUN_OFFSET_DURATION_SIZE
        entries = b"".join([_AUDIO_ENTRY.pack(sample.duration, len(sample.data)) for sample in samples])
    fragment_header = full_box(b"mfhd", 0, 0, pack(">I", sequence_number & 0xFFFFFFFF))
    track_header = full_box(b"tfhd", 0, _TFHD_DEFAULT_BASE_IS_MOOF, pack(">I", TRACK_ID))
    decode_time = full_box(b"tfdt", 1, 0, pack(">Q", samples[0].decode_time))
    run_length = 20 + len(entries)
    moof_length = 8 + len(fragment_header) + 8 + len(track_header) + len(decode_time) + run_length
    # trun version 1: composition offsets are signed.
    run = full_box(b"trun", 1, flags, pack(">Ii", len(samples), moof_length + 8), entries)
    data_length = sum([len(sample.data) for sample in samples])
    moof = box(b"moof", fragment_header, box(b"traf", track_header, decode_time, run))
    return [moof + pack(">I4s", 8 + data_length, b"mdat"), *[sample.data for sample in samples]]
