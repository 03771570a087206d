"""Transport-wide feedback packets (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp.feedback import RTPFB
from media_server.rtp.rtcp.reports import frame
from media_server.rtp.rtcp.statuses import (
    FCI_HEAD,
    LARGE,
    MAX_RUN,
    NOT_RECEIVED,
    SMALL,
    WRONG,
    delta_at,
    deltas_begin,
    places_in,
    symbol_in,
    word_at,
)

TRANSPORT_CC = 15
REFERENCE_TICK_S = 0.064
DELTA_TICK_S = 0.00025
MAX_STATUSES = 8_192

_SSRCS: Final = Struct("!LL")
_HEAD: Final = Struct("!HHL")
_BODY: Final = Struct("!LLHHL")
"""Both."""
_CHUNK: Final = Struct("!H")


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """When the packets from `base_sequence` on arrived.

    A thousand viewers say so twenty times a second, so what they say is kept as it came until somebody reads it: `fci`
    is the feedback control information, its head at least.
    """

    sender_ssrc: int
    media_ssrc: int
    fci: bytes

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
        """`reference_time` is signed 24 bits in 64 ms. For `deltas` see there."""
        symbols = [NOT_RECEIVED if d is None else SMALL if 0 <= d <= 255 else LARGE for d in deltas]
        head = _HEAD.pack(base_sequence, len(deltas), (reference_time & 0xFFFFFF) << 8 | feedback_count)
        chunks = b"".join(map(_CHUNK.pack, _pack_statuses(symbols)))
        sizes = zip(deltas, symbols, strict=True)
        packed = b"".join(d.to_bytes(size, "big", signed=size == LARGE) for d, size in sizes if d is not None)
        return cls(sender_ssrc, media_ssrc, head + chunks + packed)

    @property
    def base_sequence(self) -> int:
        """The 16-bit number of the first packet."""
        return word_at(self.fci, 0)

    @property
    def status_count(self) -> int:
        """Of how many packets it speaks, at most MAX_STATUSES."""
        return word_at(self.fci, 2)

    @property
    def reference_time(self) -> int:
        """In 64 ms, signed 24 bits."""
        return int.from_bytes(self.fci[4:7], "big", signed=True)

    @property
    def feedback_count(self) -> int:
        """Its own number, 8 bits."""
        return self.fci[7]

    @property
    def deltas(self) -> list[int | None]:
        """One for each packet in turn: in 250 µs, signed 16 bits, the time since the arrived packet before it, for the
        first since `reference_time`; None where nothing arrived. Raises ParseError.
        """
        fci = self.fci
        at = deltas_begin(fci)
        if at < 0:
            raise ParseError(WRONG[at])
        deltas: list[int | None] = []
        left, position = self.status_count, FCI_HEAD
        while left > 0:
            chunk = word_at(fci, position)
            position += _CHUNK.size
            places = min(places_in(chunk), left)
            left -= places
            for place in range(places):
                symbol = symbol_in(chunk, place)
                deltas.append(None if symbol == NOT_RECEIVED else delta_at(fci, at, symbol))
                at += symbol
        return deltas

    def serialize(self) -> bytes:
        body = _SSRCS.pack(self.sender_ssrc, self.media_ssrc) + self.fci
        padding = -len(body) % 4
        if not padding:
            return frame(RTPFB, TRANSPORT_CC, body)
        packet = bytearray(frame(RTPFB, TRANSPORT_CC, body + bytes(padding - 1) + bytes((padding,))))
        packet[0] |= 0x20
        return bytes(packet)

    @classmethod
    def parse_body(cls, body: bytes) -> Self:
        """Raises ParseError, also above MAX_STATUSES packets: eight chunks could otherwise claim 65,535.

        What its chunks say is looked at by who reads them.
        """
        if len(body) < _BODY.size:
            raise ParseError("transport feedback is truncated")
        sender_ssrc, media_ssrc, _, status_count, _ = _BODY.unpack_from(body)
        if status_count > MAX_STATUSES:
            raise ParseError("transport feedback covers too many packets")
        return cls(sender_ssrc, media_ssrc, body[_SSRCS.size :])


def _pack_statuses(statuses: list[int]) -> list[int]:
    """Chunks of 16 bits: a run of equal symbols where it covers more than a vector of 14 or 7 would."""
    chunks: list[int] = []
    position, total = 0, len(statuses)
    while position < total:
        symbol = statuses[position]
        stop = position + 1
        while stop < total and stop - position < MAX_RUN and statuses[stop] == symbol:
            stop += 1
        one_bit = statuses[position : position + 14]
        if stop - position >= 14 or stop == total or (symbol == LARGE and stop - position >= 7):
            chunks.append(symbol << 13 | stop - position)
            position = stop
        elif LARGE not in one_bit:
            chunks.append(0x8000 | sum(s << (13 - i) for i, s in enumerate(one_bit)))
            position += len(one_bit)
        else:
            two_bit = statuses[position : position + 7]
            chunks.append(0xC000 | sum(s << (12 - 2 * i) for i, s in enumerate(two_bit)))
            position += len(two_bit)
    return chunks
