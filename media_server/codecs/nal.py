"""NAL units of H.264 and HEVC, in byte streams (annex B) and with lengths (ISO/IEC 14496-15)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from media_server.codecs.errors import CodecError

_START_CODE: Final = re.compile(rb"\x00\x00\x01")


def split_lengths(data: bytes, *, length_size: int = 4) -> list[bytes]:
    """The NAL units of an access unit, each after its length. Raises CodecError."""
    nals: list[bytes] = []
    position, end = 0, len(data)
    while position < end:
        start = position + length_size
        length = int.from_bytes(data[position:start], "big")
        position = start + length
        if position > end or start > end:
            raise CodecError("NAL unit is longer than its access unit")
        if length:
            nals.append(data[start:position])
    return nals


def first_bytes(data: bytes, *, length_size: int = 4) -> bytes:
    """The first byte of each NAL unit of an access unit, which says what it is. Raises CodecError."""
    found = bytearray()
    position, end = 0, len(data)
    while position < end:
        start = position + length_size
        position = start + int.from_bytes(data[position:start], "big")
        if position > end or start > end:
            raise CodecError("NAL unit is longer than its access unit")
        if start < position:
            found.append(data[start])
    return bytes(found)


def join_lengths(nals: Iterable[bytes]) -> bytes:
    """An access unit with four-byte lengths."""
    return b"".join([piece for nal in nals for piece in (len(nal).to_bytes(4, "big"), nal)])


def split_byte_stream(data: bytes) -> list[bytes]:
    """The NAL units between the start codes of annex B; zero bytes behind a NAL unit are no part of it."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    nals = [data[start:end].rstrip(b"\x00") for start, end in zip(starts, ends, strict=False)]
    return [nal for nal in nals if nal]


def join_byte_stream(nals: Iterable[bytes]) -> bytes:
    """A byte stream with four-byte start codes."""
    return b"".join([piece for nal in nals for piece in (b"\x00\x00\x00\x01", nal)])


def raw_payload(nal: bytes, *, header_size: int) -> bytes:
    """The bytes behind the NAL unit header without emulation prevention (ITU-T H.264 §7.4.1.1)."""
    return nal[header_size:].replace(b"\x00\x00\x03", b"\x00\x00")
