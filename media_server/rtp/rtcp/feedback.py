"""RTCP feedback: NACK and PLI (RFC 4585 §6), FIR (RFC 5104 §4.3.1), REMB (draft-alvestrand-rmcat-remb-03)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp.reports import frame

RTPFB = 205
PSFB = 206
NACK = 1
PLI = 1
FIR = 4
AFB = 15

_SSRC = Struct("!L")
_SSRCS = Struct("!LL")
_PID_BLP = Struct("!HH")
_FIR_ENTRY = Struct("!LB3x")
_REMB_MANTISSA_BITS = 18


def parse_ssrcs(body: bytes) -> tuple[int, int]:
    """The sender's and the media source's SSRC that begin each feedback packet. Raises ParseError."""
    if len(body) < _SSRCS.size:
        raise ParseError("RTCP feedback is truncated")
    sender_ssrc, media_ssrc = _SSRCS.unpack_from(body)
    return sender_ssrc, media_ssrc


@dataclass(frozen=True, slots=True)
class Nack:
    """Asks for packets again. `lost` are 16-bit sequence numbers, in the order in which they are asked for."""

    sender_ssrc: int
    media_ssrc: int
    lost: tuple[int, ...]

    def serialize(self) -> bytes:
        fci = b"".join(_PID_BLP.pack(pid, blp) for pid, blp in _pack_lost(self.lost))
        return frame(RTPFB, NACK, _SSRCS.pack(self.sender_ssrc, self.media_ssrc) + fci)

    @classmethod
    def parse_body(cls, body: bytes) -> Nack:
        """Raises ParseError."""
        sender_ssrc, media_ssrc = parse_ssrcs(body)
        if len(body) % _PID_BLP.size:
            raise ParseError("RTCP NACK is truncated")
        lost: list[int] = []
        for pid, blp in _PID_BLP.iter_unpack(body[_SSRCS.size :]):
            lost.append(pid)
            lost += [(pid + bit + 1) & 0xFFFF for bit in range(16) if blp >> bit & 1]
        return cls(sender_ssrc, media_ssrc, tuple(lost))


def _pack_lost(lost: Iterable[int]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for sequence_number in lost:
        if pairs:
            pid, blp = pairs[-1]
            distance = (sequence_number - pid) & 0xFFFF
            if 1 <= distance <= 16 and blp >> (distance - 1) == 0:
                pairs[-1] = (pid, blp | 1 << (distance - 1))
                continue
        pairs.append((sequence_number, 0))
    return pairs


@dataclass(frozen=True, slots=True)
class Pli:
    """The picture of `media_ssrc` is lost: a key frame is needed."""

    sender_ssrc: int
    media_ssrc: int

    def serialize(self) -> bytes:
        return frame(PSFB, PLI, _SSRCS.pack(self.sender_ssrc, self.media_ssrc))

    @classmethod
    def parse_body(cls, body: bytes) -> Pli:
        """Raises ParseError."""
        return cls(*parse_ssrcs(body))


@dataclass(frozen=True, slots=True)
class Fir:
    """Asks for full intra frames: `entries` are (media SSRC, command number mod 256). A repeat keeps its number."""

    sender_ssrc: int
    entries: tuple[tuple[int, int], ...]

    def serialize(self) -> bytes:
        # RFC 5104 §4.3.1.2: the media source field of the header is not used and is zero.
        fci = b"".join(_FIR_ENTRY.pack(ssrc, number) for ssrc, number in self.entries)
        return frame(PSFB, FIR, _SSRCS.pack(self.sender_ssrc, 0) + fci)

    @classmethod
    def parse_body(cls, body: bytes) -> Fir:
        """Raises ParseError."""
        sender_ssrc, _ = parse_ssrcs(body)
        if len(body) % _FIR_ENTRY.size:
            raise ParseError("RTCP FIR entry is truncated")
        return cls(sender_ssrc, tuple(_FIR_ENTRY.iter_unpack(body[_SSRCS.size :])))


@dataclass(frozen=True, slots=True)
class Remb:
    """The most the receiver can take for `ssrcs` together, in bit/s; the wire keeps 18 significant bits."""

    sender_ssrc: int
    bitrate_bps: int
    ssrcs: tuple[int, ...]

    def serialize(self) -> bytes:
        exponent = max(self.bitrate_bps.bit_length() - _REMB_MANTISSA_BITS, 0)
        word = len(self.ssrcs) << 24 | exponent << _REMB_MANTISSA_BITS | self.bitrate_bps >> exponent
        fci = b"REMB" + _SSRC.pack(word) + b"".join(map(_SSRC.pack, self.ssrcs))
        return frame(PSFB, AFB, _SSRCS.pack(self.sender_ssrc, 0) + fci)

    @classmethod
    def parse_body(cls, body: bytes) -> Remb | None:
        """None for another application's feedback, which shares the format. Raises ParseError."""
        sender_ssrc, _ = parse_ssrcs(body)
        if body[8:12] != b"REMB":
            return None
        if len(body) < 16:
            raise ParseError("REMB is truncated")
        word = _SSRC.unpack_from(body, 12)[0]
        count = word >> 24
        if len(body) < 16 + 4 * count:
            raise ParseError("REMB is truncated")
        bitrate_bps = (word & (1 << _REMB_MANTISSA_BITS) - 1) << (word >> _REMB_MANTISSA_BITS & 0x3F)
        return cls(sender_ssrc, bitrate_bps, tuple(_SSRC.unpack_from(body, 16 + 4 * i)[0] for i in range(count)))
