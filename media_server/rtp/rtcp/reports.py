"""RTCP reports, source descriptions and goodbyes (RFC 3550 §6.4 to §6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from media_server.rtp.errors import ParseError

SR = 200
RR = 201
SDES = 202
BYE = 203
CNAME = 1

_MAX_SDES_ITEMS = 64
_HEADER = Struct("!BBH")
_SSRC = Struct("!L")
_SENDER_INFO = Struct("!LQLLL")
_BLOCK = Struct("!LLLLLL")


def frame(packet_type: int, count: int, body: bytes) -> bytes:
    """One RTCP packet: the common header (`count` is also the feedback format) before a body of whole words.

    Raises ValueError above 31, the most that one packet counts.
    """
    if count > 31:
        raise ValueError(f"an RTCP packet cannot count {count} blocks")
    return _HEADER.pack(0x80 | count, packet_type, len(body) // 4) + body


class ReportBlock(NamedTuple):
    """How one source arrives at the reporter (RFC 3550 §6.4.1).

    `fraction_lost` in 1/256 since the last report; `packets_lost` signed 24 bits; `jitter` in clock units;
    `last_sr` and `delay_since_last_sr` in 1/65536 s, zero before a sender report came.
    """

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_sr: int
    delay_since_last_sr: int

    def serialize(self) -> bytes:
        """The 24 bytes of the block; the loss count is clamped to 24 bits."""
        lost = max(-0x800000, min(self.packets_lost, 0x7FFFFF)) & 0xFFFFFF
        return _BLOCK.pack(
            self.ssrc,
            self.fraction_lost << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        )


def _parse_blocks(body: bytes, offset: int, count: int) -> tuple[ReportBlock, ...]:
    if len(body) < offset + count * _BLOCK.size:
        raise ParseError("RTCP report blocks are truncated")
    blocks = []
    for position in range(offset, offset + count * _BLOCK.size, _BLOCK.size):
        ssrc, loss, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(body, position)
        lost = ((loss & 0xFFFFFF) ^ 0x800000) - 0x800000
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, lsr, dlsr))
    return tuple(blocks)


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp_timestamp` is 64 bits (32.32 s since 1900), the same instant as `rtp_timestamp`."""

    ssrc: int
    ntp_timestamp: int
    rtp_timestamp: int
    packet_count: int
    octet_count: int
    reports: tuple[ReportBlock, ...] = ()

    def serialize(self) -> bytes:
        info = _SENDER_INFO.pack(
            self.ssrc,
            self.ntp_timestamp,
            self.rtp_timestamp,
            self.packet_count & 0xFFFFFFFF,
            self.octet_count & 0xFFFFFFFF,
        )
        return frame(SR, len(self.reports), info + b"".join(block.serialize() for block in self.reports))

    @classmethod
    def parse_body(cls, body: bytes, count: int) -> SenderReport:
        """Raises ParseError. Profile-specific extensions after the blocks are ignored (RFC 3550 §6.4.3)."""
        if len(body) < _SENDER_INFO.size:
            raise ParseError("RTCP sender report is truncated")
        ssrc, ntp, rtp, packets, octets = _SENDER_INFO.unpack_from(body)
        return cls(ssrc, ntp, rtp, packets, octets, _parse_blocks(body, _SENDER_INFO.size, count))


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    reports: tuple[ReportBlock, ...] = ()

    def serialize(self) -> bytes:
        body = _SSRC.pack(self.ssrc) + b"".join(block.serialize() for block in self.reports)
        return frame(RR, len(self.reports), body)

    @classmethod
    def parse_body(cls, body: bytes, count: int) -> ReceiverReport:
        """Raises ParseError."""
        if len(body) < 4:
            raise ParseError("RTCP receiver report is truncated")
        return cls(_SSRC.unpack_from(body)[0], _parse_blocks(body, 4, count))


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """`chunks` holds, for each source, its SSRC and its items as (type, value) (RFC 3550 §6.5)."""

    chunks: tuple[tuple[int, tuple[tuple[int, bytes], ...]], ...]

    @classmethod
    def of_cname(cls, ssrc: int, cname: str) -> SourceDescription:
        return cls(((ssrc, ((CNAME, cname.encode()),)),))

    def cname(self, ssrc: int) -> bytes | None:
        """The canonical name said for `ssrc`, if any."""
        for source, items in self.chunks:
            if source == ssrc:
                return next((value for kind, value in items if kind == CNAME), None)
        return None

    def serialize(self) -> bytes:
        parts = []
        for ssrc, items in self.chunks:
            chunk = _SSRC.pack(ssrc) + b"".join(bytes((kind, len(value))) + value for kind, value in items)
            # At least one null octet ends the list, then zeros up to the word.
            parts.append(chunk + bytes(4 - len(chunk) % 4))
        return frame(SDES, len(self.chunks), b"".join(parts))

    @classmethod
    def parse_body(cls, body: bytes, count: int) -> SourceDescription:
        """Raises ParseError."""
        position, chunks = 0, []
        for _ in range(count):
            if position + 4 > len(body):
                raise ParseError("RTCP source description is truncated")
            ssrc = _SSRC.unpack_from(body, position)[0]
            items, position = _parse_items(body, position + 4)
            chunks.append((ssrc, items))
        return cls(tuple(chunks))


def _parse_items(body: bytes, position: int) -> tuple[tuple[tuple[int, bytes], ...], int]:
    items: list[tuple[int, bytes]] = []
    while True:
        if position >= len(body) or len(items) > _MAX_SDES_ITEMS:
            raise ParseError("RTCP source description chunk does not end")
        kind = body[position]
        if kind == 0:
            return tuple(items), (position // 4 + 1) * 4
        if position + 2 > len(body):
            raise ParseError("RTCP source description item is truncated")
        stop = position + 2 + body[position + 1]
        if stop > len(body):
            raise ParseError("RTCP source description item is truncated")
        items.append((kind, body[position + 2 : stop]))
        position = stop


@dataclass(frozen=True, slots=True)
class Goodbye:
    sources: tuple[int, ...]
    reason: bytes = b""

    def serialize(self) -> bytes:
        body = b"".join(map(_SSRC.pack, self.sources))
        if self.reason:
            text = bytes((len(self.reason),)) + self.reason
            body += text + bytes(-len(text) % 4)
        return frame(BYE, len(self.sources), body)

    @classmethod
    def parse_body(cls, body: bytes, count: int) -> Goodbye:
        """Raises ParseError."""
        end = 4 * count
        if len(body) < end:
            raise ParseError("RTCP goodbye is truncated")
        sources = tuple(_SSRC.unpack_from(body, position)[0] for position in range(0, end, 4))
        if len(body) == end:
            return cls(sources)
        reason = body[end + 1 : end + 1 + body[end]]
        if len(reason) != body[end]:
            raise ParseError("RTCP goodbye reason is truncated")
        return cls(sources, reason)
