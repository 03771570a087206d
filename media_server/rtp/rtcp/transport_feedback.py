"""Transport-wide feedback packets (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp.feedback import RTPFB, parse_ssrcs
from media_server.rtp.rtcp.reports import frame

TRANSPORT_CC = 15
REFERENCE_TICK_S = 0.064
DELTA_TICK_S = 0.00025
MAX_STATUSES = 8_192

_BODY = Struct("!LLHHL")
_CHUNK = Struct("!H")
_MAX_RUN = 0x1FFF
_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """When the packets from `base_sequence` on arrived.

    `reference_time` is signed 24 bits in 64 ms. `deltas` holds, for each packet in turn, None when it did not arrive,
    or the time since the arrived packet before it (for the first, since `reference_time`) in 250 µs, signed 16 bits.
    """

    sender_ssrc: int
    media_ssrc: int
    base_sequence: int
    reference_time: int
    feedback_count: int
    deltas: tuple[int | None, ...]

    def serialize(self) -> bytes:
        statuses = [_NOT_RECEIVED if d is None else _SMALL if 0 <= d <= 255 else _LARGE for d in self.deltas]
        body = _BODY.pack(
            self.sender_ssrc,
            self.media_ssrc,
            self.base_sequence,
            len(statuses),
            (self.reference_time & 0xFFFFFF) << 8 | self.feedback_count,
        )
        chunks = b"".join(map(_CHUNK.pack, _pack_statuses(statuses)))
        deltas = b"".join(
            d.to_bytes(1 if 0 <= d <= 255 else 2, "big", signed=not 0 <= d <= 255) for d in self.deltas if d is not None
        )
        body += chunks + deltas
        padding = -len(body) % 4
        if not padding:
            return frame(RTPFB, TRANSPORT_CC, body)
        packet = bytearray(frame(RTPFB, TRANSPORT_CC, body + bytes(padding - 1) + bytes((padding,))))
        packet[0] |= 0x20
        return bytes(packet)

    @classmethod
    def parse_body(cls, body: bytes) -> TransportFeedback:
        """Raises ParseError, also above MAX_STATUSES packets: eight chunks could otherwise claim 65,535."""
        sender_ssrc, media_ssrc = parse_ssrcs(body)
        if len(body) < _BODY.size:
            raise ParseError("transport feedback is truncated")
        _, _, base_sequence, count, word = _BODY.unpack_from(body)
        if count > MAX_STATUSES:
            raise ParseError("transport feedback covers too many packets")
        statuses, position = _parse_statuses(body, _BODY.size, count)
        deltas: list[int | None] = []
        for status in statuses:
            if status == _NOT_RECEIVED:
                deltas.append(None)
                continue
            raw = body[position : position + status]
            if len(raw) != status:
                raise ParseError("transport feedback deltas are truncated")
            deltas.append(int.from_bytes(raw, "big", signed=status == _LARGE))
            position += status
        reference_time = ((word >> 8) ^ 0x800000) - 0x800000
        return cls(sender_ssrc, media_ssrc, base_sequence, reference_time, word & 0xFF, tuple(deltas))


def _pack_statuses(statuses: list[int]) -> list[int]:
    """Chunks of 16 bits: a run of equal symbols where it covers more than a vector of 14 or 7 would."""
    chunks: list[int] = []
    position, total = 0, len(statuses)
    while position < total:
        symbol = statuses[position]
        stop = position + 1
        while stop < total and stop - position < _MAX_RUN and statuses[stop] == symbol:
            stop += 1
        one_bit = statuses[position : position + 14]
        if stop - position >= 14 or stop == total or (symbol == _LARGE and stop - position >= 7):
            chunks.append(symbol << 13 | stop - position)
            position = stop
        elif _LARGE not in one_bit:
            chunks.append(0x8000 | sum(s << (13 - i) for i, s in enumerate(one_bit)))
            position += len(one_bit)
        else:
            two_bit = statuses[position : position + 7]
            chunks.append(0xC000 | sum(s << (12 - 2 * i) for i, s in enumerate(two_bit)))
            position += len(two_bit)
    return chunks


def _parse_statuses(body: bytes, position: int, count: int) -> tuple[list[int], int]:
    statuses: list[int] = []
    while len(statuses) < count:
        if position + 2 > len(body):
            raise ParseError("transport feedback chunks are truncated")
        chunk = _CHUNK.unpack_from(body, position)[0]
        position += 2
        if chunk < 0x8000:
            statuses += [chunk >> 13] * min(chunk & _MAX_RUN, count - len(statuses))
        elif chunk < 0xC000:
            statuses += [chunk >> shift & 1 for shift in range(13, -1, -1)]
        else:
            statuses += [chunk >> shift & 3 for shift in range(12, -1, -2)]
    del statuses[count:]
    if 3 in statuses:
        raise ParseError("transport feedback uses a reserved symbol")
    return statuses, position
