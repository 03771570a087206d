"""Sound with what came before in each packet, for viewers whose receivers undo loss by it (RFC 2198)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from media_server.router.producer import Producer
from media_server.router.view import View
from media_server.rtp.leg import MediaPacket
from media_server.rtp.red import MAX_OFFSET, MAX_REDUNDANT_BYTES, RedBlock, write_red
from media_server.rtp.sequence import timestamp_delta

MAX_PAYLOAD_BYTES: Final = 1_200
"""A packet that would become longer goes alone."""
KEPT: Final = 256
"""Packets kept for who asks again; the oldest go."""


class RedView(View):
    """Each packet of the producer with the one before it. `payload_type` is that of the blocks at these viewers."""

    def __init__(self, producer: Producer, payload_type: int) -> None:
        super().__init__(producer)
        self.payload_type = payload_type
        self._sent: OrderedDict[int, MediaPacket] = OrderedDict()

    def packet_at(self, index: int) -> MediaPacket | None:
        """See `View`: what was sent once is sent again as it was, whatever came in the meantime."""
        return self._sent.get(index)

    def take(self, batch: Sequence[MediaPacket]) -> Sequence[MediaPacket]:
        """See `View`."""
        return [self._with_redundancy(packet) for packet in batch]

    def _with_redundancy(self, packet: MediaPacket) -> MediaPacket:
        blocks = [RedBlock(self.payload_type, 0, packet.payload)]
        before = self.producer.packet_at(packet.index - 1)
        if before is not None:
            offset = timestamp_delta(packet.timestamp, before.timestamp)
            size = len(before.payload)
            fits = 0 < size <= MAX_REDUNDANT_BYTES and size + len(packet.payload) <= MAX_PAYLOAD_BYTES
            if fits and 0 < offset <= MAX_OFFSET:
                blocks.insert(0, RedBlock(self.payload_type, offset, before.payload))
        made = MediaPacket(
            packet.index, packet.timestamp, packet.marker, write_red(blocks), extensions=packet.extensions
        )
        self._sent[packet.index] = made
        if len(self._sent) > KEPT:
            self._sent.popitem(last=False)
        return made
