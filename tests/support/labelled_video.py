"""Video whose every RTP packet says which frame it is of, cheap enough for thousands a second.

The headers are those of real H.264 (RFC 6184) and VP8 (RFC 7741); nothing decodes it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from struct import Struct
from typing import Literal

from media_server.rtp.packet import RtpPacket

Codec = Literal["H264", "VP8"]

# Constrained Baseline, 640x360: what a depacketizer looks for at the head of a key frame.
SPS = bytes.fromhex("6742c01ed901405ff2e02200000300020000030078083c58b920")
PPS = bytes.fromhex("68cb83cb20")
_LABEL = Struct("!LHH")
_MAGIC_SEI = b"\x06"
_FU_A, _STAP_A, _IDR, _SLICE = 28, 24, 5, 1


@dataclass(frozen=True, slots=True)
class Label:
    """Which packet this is: of `frame`, number `number` of `count`."""

    frame: int
    number: int
    count: int


def label_of(payload: bytes) -> Label:
    """What the source wrote into the end of `payload`."""
    return Label(*_LABEL.unpack(payload[-_LABEL.size :]))


class LabelledVideo:
    """One encoder: frames of `packets` packets of `size` payload bytes, 3000 clock ticks apart."""

    def __init__(
        self,
        *,
        codec: Codec = "H264",
        payload_type: int = 102,
        ssrc: int = 0x1111,
        sequence_number: int = 65_500,
        timestamp: int = 0xFFFF_8000,
        packets: int = 4,
        size: int = 400,
        gop: int = 60,
        first_frame: int = 0,
    ) -> None:
        self.codec, self.payload_type, self.ssrc = codec, payload_type, ssrc
        self.sequence_number, self.timestamp = sequence_number, timestamp
        self.packets, self.size, self.gop = packets, size, gop
        self.frames = first_frame
        self.keyframes: list[int] = []
        self._since_key = gop
        self._filler = random.Random(1).randbytes(size)  # noqa: S311

    def request_keyframe(self) -> None:
        """The next frame is a key frame."""
        self._since_key = self.gop

    def frame(self, *, timestamp: int | None = None) -> list[RtpPacket]:
        """The next frame; a key frame each `gop` frames."""
        is_key = self._since_key >= self.gop
        self._since_key = 1 if is_key else self._since_key + 1
        if is_key:
            self.keyframes.append(self.frames)
        if timestamp is not None:
            self.timestamp = timestamp
        payloads = self._h264(is_key) if self.codec == "H264" else self._vp8(is_key)
        packets = [self._packet(payload, payload is payloads[-1]) for payload in payloads]
        self.frames += 1
        self.timestamp = (self.timestamp + 3000) & 0xFFFFFFFF
        return packets

    def _h264(self, is_key: bool) -> list[bytes]:
        count = self.packets
        payloads = []
        if is_key:
            units = (SPS, PPS, _MAGIC_SEI + self._label(0))
            payloads.append(bytes((0x60 | _STAP_A,)) + b"".join(len(u).to_bytes(2, "big") + u for u in units))
        first = len(payloads)
        for number in range(first, count):
            edge = (0x80 if number == first else 0) | (0x40 if number == count - 1 else 0)
            head = bytes((0x60 | _FU_A, edge | (_IDR if is_key else _SLICE))) + (
                b"\x88" if number == first else b"\x55"
            )
            payloads.append(head + self._body(len(head), number))
        return payloads

    def _vp8(self, is_key: bool) -> list[bytes]:
        payloads = []
        for number in range(self.packets):
            head = bytes((0x10 if number == 0 else 0x00, 0x10 if is_key else 0x11))
            payloads.append(head + self._body(len(head), number))
        return payloads

    def _body(self, head: int, number: int) -> bytes:
        return self._filler[: self.size - head - _LABEL.size] + self._label(number)

    def _label(self, number: int) -> bytes:
        return _LABEL.pack(self.frames, number, self.packets)

    def _packet(self, payload: bytes, marker: bool) -> RtpPacket:
        packet = RtpPacket(self.payload_type, self.sequence_number, self.timestamp, self.ssrc, marker, payload)
        self.sequence_number = (self.sequence_number + 1) & 0xFFFF
        return packet
