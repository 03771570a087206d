"""H.264 from RTP: NAL units and access units (RFC 6184, packetization modes 0 and 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.rtp.errors import ParseError
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import timestamp_unwrapper

CLOCK_RATE: Final = 90_000
MAX_ACCESS_UNIT_BYTES: Final = 4 << 20
"""Above the largest picture that any level allows at the bit rates we take."""

NAL_IDR: Final = 5
NAL_SPS: Final = 7
NAL_PPS: Final = 8
NAL_DELIMITER: Final = 9
_SLICES: Final = range(1, 6)
_STAP_A: Final = 24
_FU_A: Final = 28


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One whole picture. `timestamp` is the RTP timestamp unwrapped, in 1/90000 s; `nals` are without start codes."""

    timestamp: int
    nals: tuple[bytes, ...]
    is_key: bool


class NalUnitReader:
    """Takes the NAL units out of RTP payloads that come in order."""

    def __init__(self) -> None:
        self._fragments: list[bytes] = []
        self._size = 0

    def read(self, payload: bytes) -> list[bytes]:
        """The NAL units that are whole with this payload. Raises ParseError, and the fragment begun before is gone."""
        if not payload:
            return []
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            return self._read_fragment(payload)
        if self._fragments:
            self.reset()
            raise ParseError("H.264 fragment without an end")
        if 0 < kind < _STAP_A:
            return [payload]
        if kind == _STAP_A:
            return _read_aggregate(payload)
        raise ParseError(f"H.264 packet type {kind} is not of packetization mode 1")

    def reset(self) -> None:
        """Forgets the fragment begun; called when packets are missing."""
        self._fragments.clear()
        self._size = 0

    @property
    def in_fragment(self) -> bool:
        """Whether a NAL unit was begun and not ended."""
        return bool(self._fragments)

    def _read_fragment(self, payload: bytes) -> list[bytes]:
        # RFC 6184 §5.8: FU indicator, FU header (S, E, R, type), then the fragment.
        if len(payload) < 3:
            raise ParseError("H.264 fragment is empty")
        header = payload[1]
        starts, ends, kind = header & 0x80, header & 0x40, header & 0x1F
        if bool(starts) == bool(self._fragments) or (starts and ends) or not 0 < kind < _STAP_A:
            self.reset()
            raise ParseError("H.264 fragment out of place")
        if starts:
            self._fragments.append(bytes((payload[0] & 0xE0 | kind,)))
        elif kind != self._fragments[0][0] & 0x1F:
            self.reset()
            raise ParseError("H.264 fragment changes its type")
        self._fragments.append(payload[2:])
        self._size += len(payload)
        if self._size > MAX_ACCESS_UNIT_BYTES:
            self.reset()
            raise ParseError("H.264 NAL unit is too large")
        if not ends:
            return []
        nal = b"".join(self._fragments)
        self.reset()
        return [nal]


class AccessUnitAssembler:
    """Makes access units of packets in order, and never gives one that misses what it or its references need.

    After a loss everything is dropped up to the next key frame: `needs_keyframe` says so. It begins in that state.
    """

    def __init__(self) -> None:
        self._reader = NalUnitReader()
        self._unwrap = timestamp_unwrapper().unwrap
        self._timestamp: int | None = None
        self._nals: list[bytes] = []
        self._size = 0
        self._broken = False
        self._joined = False
        self.needs_keyframe = True
        self.dropped = 0

    def receive(self, packet: RtpPacket, *, lost_before: int) -> list[AccessUnit]:
        """The access units that are whole now: one ends with its marker bit, or where the timestamp changes.

        Payloads that cannot be read count as lost.
        """
        if not packet.payload and not lost_before:
            return []
        done: list[AccessUnit] = []
        timestamp = self._unwrap(packet.timestamp)
        gap = lost_before > 0 or not self._joined
        self._joined = True
        if gap:
            self._lose()
        if self._timestamp is not None and timestamp != self._timestamp:
            done += self._finish()
        if self._timestamp is None:
            # What is missing may be the beginning of this picture, unless the picture is seen to begin here.
            self._broken = gap and not _starts_key_picture(packet.payload)
        self._timestamp = timestamp
        try:
            nals = self._reader.read(packet.payload)
        except ParseError:
            self._lose()
            return done
        self._nals += nals
        self._size += len(packet.payload)
        if self._size > MAX_ACCESS_UNIT_BYTES:
            self._lose()
        if packet.marker:
            done += self._finish()
        return done

    def _lose(self) -> None:
        self._reader.reset()
        self._nals.clear()
        self._size = 0
        self._broken = True
        self.needs_keyframe = True

    def _finish(self) -> list[AccessUnit]:
        if self._reader.in_fragment:
            self._lose()
        nals, timestamp, broken = self._nals, self._timestamp, self._broken
        self._nals, self._timestamp, self._size, self._broken = [], None, 0, False
        if timestamp is None or not any(nal[0] & 0x1F in _SLICES for nal in nals):
            return []
        is_key = any(nal[0] & 0x1F == NAL_IDR for nal in nals)
        if broken or (self.needs_keyframe and not is_key):
            self.dropped += 1
            return []
        self.needs_keyframe = False
        return [AccessUnit(timestamp, tuple(nals), is_key)]


def _read_aggregate(payload: bytes) -> list[bytes]:
    """STAP-A (RFC 6184 §5.7.1): 16-bit sizes, each with a NAL unit."""
    nals: list[bytes] = []
    position, end = 1, len(payload)
    while position < end:
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if size == 0 or position + size > end:
            raise ParseError("H.264 aggregate does not fit its packet")
        nal = payload[position : position + size]
        if not 0 < nal[0] & 0x1F < _STAP_A:
            raise ParseError("H.264 aggregate inside an aggregate")
        nals.append(nal)
        position += size
    if not nals:
        raise ParseError("H.264 aggregate is empty")
    return nals


def _starts_key_picture(payload: bytes) -> bool:
    """Whether the payload can only be the first of an access unit: it opens with a delimiter or an SPS."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == _STAP_A and len(payload) > 3:
        kind = payload[3] & 0x1F
    return kind in (NAL_SPS, NAL_DELIMITER)
