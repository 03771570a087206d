"""An encoder with several VP8 layers of one picture, each with three temporal layers; every packet says what it is of.

The descriptors are those of RFC 7741 as Chromium writes them, the key frames name their size; nothing decodes them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from struct import Struct

from media_server.rtp.packet import RtpPacket

FRAME_TICKS = 3000
TEMPORAL = (0, 2, 1, 2)
"""Which temporal layer each frame of four is of; the first of the higher ones need the lowest alone."""
_SYNC = (False, True, True, False)
_LABEL = Struct("!BLHHB?")


@dataclass(frozen=True, slots=True)
class LayerLabel:
    """Which packet this is: of `layer`, frame `frame`, number `number` of `count`."""

    layer: int
    frame: int
    number: int
    count: int
    temporal: int
    is_key: bool


def layer_label_of(payload: bytes) -> LayerLabel:
    """What the source wrote into the end of `payload`."""
    return LayerLabel(*_LABEL.unpack(payload[-_LABEL.size :]))


class SimulcastLayer:
    """One encoding. All layers of an encoder have the same frame numbers, which tell the time of capture."""

    def __init__(self, layer: int, rng: random.Random, *, payload_type: int = 96, packets: int | None = None) -> None:
        self.layer = layer
        self.ssrc = 0x1000 + layer
        self.payload_type = payload_type
        self.sequence_number = rng.randrange(1 << 16)
        self.first_timestamp = rng.randrange(1 << 32)
        self._picture_id = rng.randrange(1 << 15)
        self._tl0 = rng.randrange(1 << 8)
        self._packets = packets or layer + 1
        self._place = 0
        self._wants_key = True

    def request_keyframe(self) -> None:
        """The next frame is a key frame."""
        self._wants_key = True

    def timestamp(self, frame: int) -> int:
        """Of a frame, by its number."""
        return (self.first_timestamp + FRAME_TICKS * frame) & 0xFFFFFFFF

    def frame(self, frame: int) -> list[RtpPacket]:
        """The packets of frame `frame` of the encoder."""
        is_key, self._wants_key = self._wants_key, False
        if is_key:
            self._place = 0
        place = self._place % 4
        temporal = TEMPORAL[place]
        if temporal == 0:
            self._tl0 = (self._tl0 + 1) & 0xFF
        payloads = []
        for number in range(self._packets):
            descriptor = bytes(
                (
                    0x90 if number == 0 else 0x80,
                    0xE0,
                    0x80 | self._picture_id >> 8,
                    self._picture_id & 0xFF,
                    self._tl0,
                    temporal << 6 | _SYNC[place] << 5,
                )
            )
            label = _LABEL.pack(self.layer, frame, number, self._packets, temporal, is_key)
            payloads.append(descriptor + self._header(is_key) + bytes(20 * (self.layer + 1)) + label)
        self._picture_id = (self._picture_id + 1) & 0x7FFF
        self._place += 1
        made = []
        for payload in payloads:
            is_last = payload is payloads[-1]
            made.append(
                RtpPacket(self.payload_type, self.sequence_number, self.timestamp(frame), self.ssrc, is_last, payload)
            )
            self.sequence_number = (self.sequence_number + 1) & 0xFFFF
        return made

    def _header(self, is_key: bool) -> bytes:
        if not is_key:
            return b"\x31\x00\x00"
        width, height = 160 << self.layer, 90 << self.layer
        return b"\x30\x00\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
