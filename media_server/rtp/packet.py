"""RTP packets (RFC 3550 §5.1) with raw header extensions (RFC 8285)."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct

from media_server.rtp.errors import ParseError

HEADER_LENGTH = 12
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000

_HEADER = Struct("!BBHLL")
EXTENSION_HEADER = Struct("!HH")
"""Profile, and length in words of four bytes."""


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram that is RTP or RTCP is RTCP (RFC 5761 §4: packet types 192 to 223)."""
    return len(data) >= 2 and 192 <= data[1] <= 223


@dataclass(slots=True)
class RtpPacket:
    """One RTP packet. `extensions` maps the negotiated id to the raw element; CSRCs and padding are not kept."""

    payload_type: int
    sequence_number: int
    timestamp: int
    ssrc: int
    marker: bool = False
    payload: bytes = b""
    extensions: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> RtpPacket:
        """Raises ParseError. A packet that is padding alone has an empty payload."""
        end = len(data)
        if end < HEADER_LENGTH:
            raise ParseError("RTP packet is shorter than its header")
        first, second, sequence_number, timestamp, ssrc = _HEADER.unpack_from(data)
        if first >> 6 != 2:
            raise ParseError("RTP version is not 2")
        start = HEADER_LENGTH + 4 * (first & 0x0F)
        extensions: dict[int, bytes] = {}
        if first & 0x10:
            if end < start + 4:
                raise ParseError("RTP header extension is truncated")
            profile, words = EXTENSION_HEADER.unpack_from(data, start)
            start += 4 + 4 * words
            if profile == ONE_BYTE_PROFILE and start <= end:
                _read_one_byte(data, start - 4 * words, start, extensions)
            elif profile & 0xFFF0 == TWO_BYTE_PROFILE and start <= end:
                _read_two_byte(data, start - 4 * words, start, extensions)
        if start > end:
            raise ParseError("RTP header is truncated")
        if first & 0x20:
            padding = data[end - 1]
            if not 0 < padding <= end - start:
                raise ParseError("RTP padding does not fit the packet")
            end -= padding
        return cls(second & 0x7F, sequence_number, timestamp, ssrc, second > 0x7F, data[start:end], extensions)

    def serialize(self) -> bytes:
        """The packet as bytes. Raises ValueError for an extension that has no wire form."""
        block = serialize_extensions(self.extensions) if self.extensions else b""
        header = _HEADER.pack(
            0x90 if block else 0x80,
            self.payload_type | (0x80 if self.marker else 0),
            self.sequence_number,
            self.timestamp,
            self.ssrc,
        )
        return header + block + self.payload


def serialize_extensions(extensions: dict[int, bytes]) -> bytes:
    """The header extension block, profile and length included; the one-byte form wherever it can hold all elements.

    The last of `extensions` ends the block: padding comes before them all. Raises ValueError for what has no wire form.
    """
    parts: list[bytes] = []
    if all(fits_one_byte_form(key, value) for key, value in extensions.items()):
        profile = ONE_BYTE_PROFILE
        for key, value in extensions.items():
            parts += (bytes((key << 4 | len(value) - 1,)), value)
    else:
        profile = TWO_BYTE_PROFILE
        for key, value in extensions.items():
            if not (1 <= key <= 255 and len(value) <= 255):
                raise ValueError(f"header extension {key} of {len(value)} bytes has no wire form")
            parts += (bytes((key, len(value))), value)
    body = b"".join(parts)
    body = bytes(-len(body) % 4) + body
    return EXTENSION_HEADER.pack(profile, len(body) // 4) + body


def fits_one_byte_form(key: int, value: bytes) -> bool:
    """Whether an element can be written as RFC 8285 §4.2 has it."""
    return 1 <= key <= 14 and 1 <= len(value) <= 16


def _read_one_byte(data: bytes, position: int, end: int, into: dict[int, bytes]) -> None:
    while position < end:
        head = data[position]
        position += 1
        if head == 0:
            continue
        key = head >> 4
        # RFC 8285 §4.2: id 15, and id 0 with a length, end the list.
        if key in (0, 15):
            return
        stop = position + (head & 0x0F) + 1
        if stop > end:
            raise ParseError("RTP one-byte header extension is truncated")
        into[key] = data[position:stop]
        position = stop


def _read_two_byte(data: bytes, position: int, end: int, into: dict[int, bytes]) -> None:
    while position < end:
        key = data[position]
        if key == 0:
            position += 1
            continue
        if position + 2 > end:
            raise ParseError("RTP two-byte header extension is truncated")
        stop = position + 2 + data[position + 1]
        if stop > end:
            raise ParseError("RTP two-byte header extension is truncated")
        into[key] = data[position + 2 : stop]
        position = stop
