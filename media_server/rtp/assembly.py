"""Whole pictures of RTP packets in order, whatever the codec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.rtp.errors import ParseError
from media_server.rtp.limits import MAX_ACCESS_UNIT_BYTES
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import timestamp_unwrapper


class PayloadFormat(Protocol):
    """Takes the units of one codec (NAL units, OBUs, pieces of a frame) out of RTP payloads that come in order."""

    def read(self, payload: bytes) -> list[bytes]:
        """The units that are whole with this payload, none empty. Raises ParseError; what was begun is gone then."""

    def reset(self) -> None:
        """Forgets the fragment begun; called when packets are missing."""

    @property
    def in_fragment(self) -> bool:
        """Whether a unit was begun and not ended."""

    def begins_key_picture(self, payload: bytes) -> bool:
        """Whether the payload can only be the first of a key frame."""

    def is_picture(self, units: Sequence[bytes]) -> bool:
        """Whether there is a picture among the units."""

    def is_key(self, units: Sequence[bytes]) -> bool:
        """Whether decoding may start with them."""


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One whole picture. `timestamp` is the RTP timestamp unwrapped, in 1/90000 s; NAL units have no start codes."""

    timestamp: int
    units: tuple[bytes, ...]
    is_key: bool


class AccessUnitAssembler:
    """Makes access units of packets in order, and never gives one that misses what it or its references need.

    After a loss everything is dropped up to the next key frame: `needs_keyframe` says so. It begins in that state.
    """

    def __init__(self, payload_format: PayloadFormat) -> None:
        self._format = payload_format
        self._unwrap = timestamp_unwrapper().unwrap
        self._timestamp: int | None = None
        self._units: list[bytes] = []
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
            self._broken = gap and not self._format.begins_key_picture(packet.payload)
        self._timestamp = timestamp
        try:
            units = self._format.read(packet.payload)
        except ParseError:
            self._lose()
            return done
        self._units += units
        self._size += len(packet.payload)
        if self._size > MAX_ACCESS_UNIT_BYTES:
            self._lose()
        if packet.marker:
            done += self._finish()
        return done

    def _lose(self) -> None:
        self._format.reset()
        self._units.clear()
        self._size = 0
        self._broken = True
        self.needs_keyframe = True

    def _finish(self) -> list[AccessUnit]:
        if self._format.in_fragment:
            self._lose()
        units, timestamp, broken = self._units, self._timestamp, self._broken
        self._units, self._timestamp, self._size, self._broken = [], None, 0, False
        if timestamp is None or not units or not self._format.is_picture(units):
            return []
        is_key = self._format.is_key(units)
        if broken or (self.needs_keyframe and not is_key):
            self.dropped += 1
            return []
        self.needs_keyframe = False
        return [AccessUnit(timestamp, tuple(units), is_key)]
