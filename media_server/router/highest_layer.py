"""The highest layer of a source as one stream, for who takes packets as they come, as HLS does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from media_server.router.producer import Producer
from media_server.router.ranking import highest
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket


class HighestLayer:
    """Changes to another layer on its key frames, which are asked for; numbers and time go on.

    Of a source with one layer packets are what they were.
    """

    def __init__(self, producers: Sequence[Producer]) -> None:
        self._producers = tuple(producers)
        self._current: Producer | None = producers[0] if len(producers) == 1 else None
        self._is_plain = len(producers) == 1
        self._first = 0
        self._newest = 0
        self._index_offset = 0
        self._timestamp_offset = 0

    def take(self, packet: RtpPacket, media: MediaPacket, producer: Producer, *, now: float) -> RtpPacket | None:
        """`packet`, which `producer` has as `media`, as part of the stream; None for what is not part of it."""
        if self._is_plain:
            return packet
        if producer is not self._current:
            if producer is not self._producers[highest(self._producers, now=now)]:
                return None
            if not media.starts_keyframe:
                producer.keyframes.request(now=now)
                return None
            self._change(producer, media, now)
        # One from before the change would have a number that another packet has.
        if media.index < self._first:
            return None
        number = media.index + self._index_offset
        self._newest = max(self._newest, number)
        timestamp = (media.timestamp + self._timestamp_offset) & 0xFFFFFFFF
        return replace(packet, sequence_number=number & 0xFFFF, timestamp=timestamp)

    def timestamp(self, producer: Producer, rtp_timestamp: int) -> int | None:
        """A time stamp that the source of `producer` names, as the stream has it; None while it is of another layer."""
        if self._is_plain:
            return rtp_timestamp
        if producer is not self._current:
            return None
        return (rtp_timestamp + producer.timestamp_base + self._timestamp_offset) & 0xFFFFFFFF

    def _change(self, producer: Producer, media: MediaPacket, now: float) -> None:
        before, self._current = self._current, producer
        self._first = media.index
        if before is not None:
            self._index_offset = self._newest + 1 - media.index
            self._timestamp_offset = (self._timestamp_offset + before.time_to(producer, now=now)) & 0xFFFFFFFF
