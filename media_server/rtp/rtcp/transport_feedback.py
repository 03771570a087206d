"""Transport-wide feedback packets (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

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
_TICKS_PER_REFERENCE = round(REFERENCE_TICK_S / DELTA_TICK_S)
_NOT_RECEIVED, _SMALL, _LARGE, _RESERVED = 0, 1, 2, 3

# A vector of fourteen bits is two look-ups: of seven symbols of one bit each, or of three and four of two bits.
_ONE_BIT: Final = tuple(bytes(v >> shift & 1 for shift in range(6, -1, -1)) for v in range(1 << 7))
_TWO_BIT_3: Final = tuple(bytes(v >> shift & 3 for shift in range(4, -1, -2)) for v in range(1 << 6))
_TWO_BIT_4: Final = tuple(bytes(v >> shift & 3 for shift in range(6, -1, -2)) for v in range(1 << 8))


@dataclass(frozen=True, slots=True, eq=False)
class TransportFeedback:
    """When the packets from `base_sequence` on arrived; a thousand viewers say so twenty times a second, hence arrays.

    `reference_time` is signed 24 bits in 64 ms. `is_received` and `deltas` have one element for each packet in turn; a
    delta is the time since the arrived packet before it (for the first, since `reference_time`) in 250 µs, signed 16
    bits, and 0 where nothing arrived.
    """

    sender_ssrc: int
    media_ssrc: int
    base_sequence: int
    reference_time: int
    feedback_count: int
    is_received: NDArray[np.bool_]
    deltas: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        sender_ssrc: int,
        media_ssrc: int,
        base_sequence: int,
        reference_time: int,
        feedback_count: int,
        deltas: Sequence[int | None],
    ) -> Self:
        """`deltas` holds None for each packet that did not arrive."""
        return cls(
            sender_ssrc,
            media_ssrc,
            base_sequence,
            reference_time,
            feedback_count,
            np.array([delta is not None for delta in deltas], np.bool_),
            np.array([delta or 0 for delta in deltas], np.int64),
        )

    @property
    def arrival_ticks(self) -> NDArray[np.int64]:
        """When each arrived, in 250 µs on the receiver's clock; of no meaning where it did not."""
        return np.cumsum(self.deltas) + self.reference_time * _TICKS_PER_REFERENCE

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TransportFeedback) and self.serialize() == other.serialize()

    # Nothing looks feedback up, and arrays cannot be hashed.
    __hash__ = None  # type: ignore[assignment]

    def serialize(self) -> bytes:
        deltas = [delta for delta, came in zip(self.deltas.tolist(), self.is_received, strict=True) if came]
        symbols = np.where(self.is_received, np.where((self.deltas >> 8) == 0, _SMALL, _LARGE), _NOT_RECEIVED)
        body = _BODY.pack(
            self.sender_ssrc,
            self.media_ssrc,
            self.base_sequence,
            len(symbols),
            (self.reference_time & 0xFFFFFF) << 8 | self.feedback_count,
        )
        chunks = b"".join(map(_CHUNK.pack, _pack_statuses(symbols.tolist())))
        body += chunks + b"".join(
            d.to_bytes(1 if 0 <= d <= 255 else 2, "big", signed=not 0 <= d <= 255) for d in deltas
        )
        padding = -len(body) % 4
        if not padding:
            return frame(RTPFB, TRANSPORT_CC, body)
        packet = bytearray(frame(RTPFB, TRANSPORT_CC, body + bytes(padding - 1) + bytes((padding,))))
        packet[0] |= 0x20
        return bytes(packet)

    @classmethod
    def parse_body(cls, body: bytes) -> Self:
        """Raises ParseError, also above MAX_STATUSES packets: eight chunks could otherwise claim 65,535."""
        sender_ssrc, media_ssrc = parse_ssrcs(body)
        if len(body) < _BODY.size:
            raise ParseError("transport feedback is truncated")
        _, _, base_sequence, count, word = _BODY.unpack_from(body)
        if count > MAX_STATUSES:
            raise ParseError("transport feedback covers too many packets")
        statuses, position = _parse_statuses(body, _BODY.size, count)
        is_received, deltas = _parse_deltas(body, position, statuses)
        reference_time = ((word >> 8) ^ 0x800000) - 0x800000
        return cls(sender_ssrc, media_ssrc, base_sequence, reference_time, word & 0xFF, is_received, deltas)


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


def _parse_statuses(body: bytes, position: int, count: int) -> tuple[bytes, int]:
    """The symbol of each packet as a byte, and where the deltas begin."""
    parts: list[bytes] = []
    found = 0
    while found < count:
        if position + 2 > len(body):
            raise ParseError("transport feedback chunks are truncated")
        chunk = _CHUNK.unpack_from(body, position)[0]
        position += 2
        if chunk < 0x8000:
            symbols = bytes((chunk >> 13,)) * min(chunk & _MAX_RUN, count - found)
        elif chunk < 0xC000:
            symbols = _ONE_BIT[chunk >> 7 & 0x7F] + _ONE_BIT[chunk & 0x7F]
        else:
            symbols = _TWO_BIT_3[chunk >> 8 & 0x3F] + _TWO_BIT_4[chunk & 0xFF]
        parts.append(symbols)
        found += len(symbols)
    statuses = b"".join(parts)[:count]
    if _RESERVED in statuses:
        raise ParseError("transport feedback uses a reserved symbol")
    return statuses, position


def _parse_deltas(body: bytes, position: int, statuses: bytes) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    small, large = statuses.count(_SMALL), statuses.count(_LARGE)
    length = small + 2 * large
    if position + length > len(body):
        raise ParseError("transport feedback deltas are truncated")
    raw = np.frombuffer(body, np.uint8, length, position).astype(np.int64)
    if small == len(statuses):
        # Nothing lost and nothing late, as nearly always.
        return np.ones(small, np.bool_), raw
    sizes = np.frombuffer(statuses, np.uint8).astype(np.int64)
    is_received = sizes != _NOT_RECEIVED
    deltas = np.zeros(len(sizes), np.int64)
    if not large:
        deltas[is_received] = raw
        return is_received, deltas
    starts = np.cumsum(sizes) - sizes
    is_large = sizes == _LARGE
    is_small = sizes == _SMALL
    deltas[is_small] = raw[starts[is_small]]
    high, low = raw[starts[is_large]], raw[starts[is_large] + 1]
    deltas[is_large] = ((high ^ 0x80) - 0x80) << 8 | low
    return is_received, deltas
