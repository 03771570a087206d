"""Opus of one RTP stream, put back into order."""

from __future__ import annotations

from typing import Final

from media_server.codecs.opus import SAMPLE_RATE, OpusHead, build_opus_head
from media_server.hub.formats import opus_format
from media_server.hub.frames import TrackFormat
from media_server.hub.rtp_clock import RtpClock
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reorder import InOrder, ReorderBuffer
from media_server.rtp.sequence import timestamp_unwrapper

# RFC 7587 §4.2: whatever is in the packets decodes to stereo at 48 kHz. Nothing is to be skipped of a stream that is
# joined while it runs.
OPUS_FORMAT: Final[TrackFormat] = opus_format(build_opus_head(OpusHead(channels=2, pre_skip=0, input_rate=SAMPLE_RATE)))


class AudioFromRtp:
    """Fed packets in arrival order, gives (unwrapped RTP timestamp, Opus packet) in sequence order."""

    def __init__(self, *, reorder_wait_s: float) -> None:
        self.clock = RtpClock(SAMPLE_RATE)
        self._reorder = ReorderBuffer(wait_s=reorder_wait_s)
        self._unwrap = timestamp_unwrapper().unwrap

    def receive(self, packet: RtpPacket, *, now: float) -> list[tuple[int, bytes]]:
        """What is in order with this packet."""
        return self._in_order(self._reorder.receive(packet, now=now))

    def poll(self, *, now: float) -> list[tuple[int, bytes]]:
        """What nothing is waited for any longer."""
        return self._in_order(self._reorder.poll(now=now))

    def _in_order(self, released: list[InOrder]) -> list[tuple[int, bytes]]:
        return [(self._unwrap(item.packet.timestamp), item.packet.payload) for item in released if item.packet.payload]
