"""Synthetic sources: a camera, RTP in the shape of H.264 at 2.5 Mbps and 30 frames a second in packets of 1,150 bytes,
and a microphone, in the shape of Opus, 50 packets a second that take 188 bytes when they are sealed.

Each payload ends in a stamp: when it was sent, in nanoseconds since 1970.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable
from typing import Final, Protocol

FRAMES_PER_S: Final = 30
PACKETS_PER_FRAME: Final = 9
PACKET_BYTES: Final = 1150
FRAMES_PER_GROUP: Final = 2 * FRAMES_PER_S
CLOCK_HZ: Final = 90_000
PACKETS_PER_S: Final = FRAMES_PER_S * PACKETS_PER_FRAME
BITRATE_BPS: Final = PACKETS_PER_S * PACKET_BYTES * 8

# Baseline, 640x360: what a depacketizer looks for at the head of a key frame (RFC 6184 §5.7.1).
SPS: Final = bytes.fromhex("6742c01ed901405ff2e02200000300020000030078083c58b920")
PPS: Final = bytes.fromhex("68cb83cb20")
NAL_FU_A: Final = 28
NAL_STAP_A: Final = 24
NAL_IDR: Final = 5
NAL_SLICE: Final = 1

MICROPHONE_FRAMES_PER_S: Final = 50
MICROPHONE_PACKET_BYTES: Final = 172
MICROPHONE_CLOCK_HZ: Final = 48_000

_header = struct.Struct("!BBHII")
_stamp = struct.Struct("!Q")


def sent_at_ns(packet: bytes) -> int:
    """When a packet of one of these sources was sent."""
    return int(_stamp.unpack_from(packet, len(packet) - _stamp.size)[0])


class Source(Protocol):
    """`packets` counts what was sent, in so many frames a second; the next is due at `next_due`."""

    packets: int
    next_due: float
    frames_per_s: int

    def tick(self, now: float) -> None: ...


class SyntheticCamera:
    """Calls `send` with the packets of one frame whenever one is due."""

    frames_per_s = FRAMES_PER_S

    def __init__(
        self,
        send: Callable[[list[bytes]], None],
        *,
        ssrc: int,
        payload_type: int,
        now: float,
        frames_per_group: int = FRAMES_PER_GROUP,
    ) -> None:
        self.packets = 0
        self.key_frames = 0
        self.next_due = now
        self._send = send
        self._ssrc = ssrc
        self._payload_type = payload_type
        self._sequence = 0
        self._timestamp = 0
        self._frames_per_group = frames_per_group
        self._frames_since_key = self._frames_per_group
        self._filler = random.Random(1).randbytes(PACKET_BYTES)  # noqa: S311 - stands for compressed video

    def ask_key_frame(self) -> None:
        """Makes the next frame a key frame."""
        self._frames_since_key = self._frames_per_group

    def tick(self, now: float) -> None:
        """Sends the frames that are due; what could not be sent for more than a second is skipped, not caught up."""
        if now - self.next_due > 1.0:
            self.next_due = now
        while now >= self.next_due:
            self.next_due += 1 / FRAMES_PER_S
            packets = self._frame()
            self.packets += len(packets)
            self._send(packets)

    def _frame(self) -> list[bytes]:
        is_key = self._frames_since_key >= self._frames_per_group
        self.key_frames += is_key
        self._frames_since_key = 1 if is_key else self._frames_since_key + 1
        payloads = []
        stamp = _stamp.pack(time.time_ns())
        if is_key:
            sets = b"".join(struct.pack("!H", len(nal)) + nal for nal in (SPS, PPS))
            payloads.append(bytes([0x60 | NAL_STAP_A]) + sets)
        kind = NAL_IDR if is_key else NAL_SLICE
        fragments = PACKETS_PER_FRAME - len(payloads)
        for index in range(fragments):
            start, end = index == 0, index == fragments - 1
            fu_header = (start << 7) | (end << 6) | kind
            # first_mb_in_slice = 0 and the slice type, as Exp-Golomb codes, then bytes no start code can be found in.
            head = bytes([0x60 | NAL_FU_A, fu_header]) + (b"\x88" if start else b"\x55")
            payloads.append(head + self._filler[: PACKET_BYTES - 12 - len(head) - len(stamp)] + stamp)
        packets = [self._packet(payload, marker=payload is payloads[-1]) for payload in payloads]
        self._timestamp = (self._timestamp + CLOCK_HZ // FRAMES_PER_S) & 0xFFFFFFFF
        return packets

    def _packet(self, payload: bytes, *, marker: bool) -> bytes:
        header = _header.pack(0x80, (marker << 7) | self._payload_type, self._sequence, self._timestamp, self._ssrc)
        self._sequence = (self._sequence + 1) & 0xFFFF
        return header + payload


class SyntheticMicrophone:
    """Calls `send` with one packet whenever one is due."""

    frames_per_s = MICROPHONE_FRAMES_PER_S

    def __init__(self, send: Callable[[list[bytes]], None], *, ssrc: int, payload_type: int, now: float) -> None:
        self.packets = 0
        self.next_due = now
        self._send = send
        self._ssrc = ssrc
        self._payload_type = payload_type
        self._filler = random.Random(2).randbytes(MICROPHONE_PACKET_BYTES - 12 - _stamp.size)  # noqa: S311

    def tick(self, now: float) -> None:
        """Sends what is due; what could not be sent for more than a second is skipped, not caught up."""
        if now - self.next_due > 1.0:
            self.next_due = now
        while now >= self.next_due:
            self.next_due += 1 / MICROPHONE_FRAMES_PER_S
            timestamp = self.packets * MICROPHONE_CLOCK_HZ // MICROPHONE_FRAMES_PER_S & 0xFFFFFFFF
            header = _header.pack(0x80, self._payload_type, self.packets & 0xFFFF, timestamp, self._ssrc)
            self.packets += 1
            self._send([header + self._filler + _stamp.pack(time.time_ns())])
