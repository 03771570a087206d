"""One track on its way to one viewer: where to begin, what to resend, what to report."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from media_server.router.producer import REORDER_WINDOW, Producer
from media_server.router.resend import ResendBudget, RtxLeg
from media_server.router.squeeze import SqueezedTimeline
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.rtcp import SenderReport

CATCH_UP_PACKETS: Final = 64
"""Packets of the cached group of pictures sent per step, so that a join does not flood the viewer's receive buffer."""
_SQUEEZED_FRAME_S: Final = 0.001


class Consumer:
    """Feeds one leg from one producer.

    Video begins with the cached group of pictures. Its time stamps are squeezed to a millisecond a frame, ending at
    the present, so that the viewer's decoder runs through it at once and shows the newest frame; played at their own
    pace they would keep the viewer behind by the length of the group.
    """

    def __init__(self, producer: Producer, leg: RtpLeg, *, rtx: RtxLeg | None = None) -> None:
        self.producer = producer
        self.leg = leg
        self.is_active = False
        self._rtx = rtx
        self._cursor: int | None = None
        self._squeezed: SqueezedTimeline | None = None
        self._squeezed_end = 0
        self._replayed_end = 0
        self._first_index: int | None = None
        self._first_timestamp: int | None = None
        self._resends = ResendBudget()

    def start(self, *, now: float) -> None:
        """Begin: at the cached key frame, else at the next one, which is asked for; audio at the next packet."""
        if not self.producer.needs_keyframe_to_start:
            self._begin_at(self.producer.next_index)
            self.is_active = True
            return
        start = self.producer.gop_start(now=now)
        if start is None:
            self.producer.keyframes.request(now=now)
            return
        self._begin_at(start.index)
        self._first_timestamp = start.timestamp
        self._cursor = start.index
        self._squeeze(start)

    @property
    def is_catching_up(self) -> bool:
        """Whether `catch_up` has more to send before live packets may follow."""
        return self._cursor is not None

    @property
    def waits_for_keyframe(self) -> bool:
        """Whether the viewer has nothing yet and begins with the next key frame."""
        return not self.is_active and self._cursor is None

    def begin_with(self, packet: MediaPacket) -> None:
        """Begin with `packet`, the start of a key frame that just arrived."""
        self._begin_at(packet.index)
        self._first_timestamp = packet.timestamp
        self.is_active = True

    def catch_up(self) -> list[MediaPacket]:
        """The next packets of the cached group; when the present is reached the consumer becomes active."""
        assert self._cursor is not None
        assert self.producer.head is not None
        head = self.producer.head.index
        end = min(self._cursor + CATCH_UP_PACKETS, head + 1)
        found = (self.producer.packet_at(index) for index in range(self._cursor, end))
        batch = [self._as_sent(packet) for packet in found if packet is not None]
        self._cursor = end
        self._replayed_end = end - 1
        if end > head:
            self._cursor = None
            self.is_active = True
        return batch

    @property
    def replayed_end(self) -> int:
        """The last index that was or will be sent from the cache; 0 for who began with the present."""
        return max(self._replayed_end, self._squeezed_end)

    def overtaken(self, late: Sequence[MediaPacket]) -> list[MediaPacket]:
        """Those of `late`, packets from within a replayed group, that are to be sent now and cannot be caught up with.

        Their time stamps are squeezed like those of their group: one index is one packet, whoever asks for it again.
        """
        first, end = self._first_index, self._cursor
        if first is None:
            return []
        return [
            self._as_sent(packet)
            for packet in late
            # Parameter sets overtaken by the picture they belong to come before the first packet and are needed.
            if (end is None or packet.index < end)
            and (packet.index >= first or packet.timestamp == self._first_timestamp)
        ]

    def move_to(self, address: Address) -> None:
        """Send to `address` from now on."""
        self.leg.address = address
        if self._rtx is not None:
            self._rtx.leg.address = address

    def sender_report(self, *, now: float) -> SenderReport | None:
        """This leg's sender report (RFC 3550 §6.4.1); None while nothing says what time the source's packets are of."""
        clock = self.producer.report_clock
        instant = clock.pair(now=now) if clock is not None and self.leg.packets_sent else None
        if instant is None:
            return None
        ntp_timestamp, source_timestamp = instant
        timestamp = (source_timestamp + self.producer.timestamp_base + self.leg.timestamp_offset) & 0xFFFFFFFF
        return SenderReport(self.leg.ssrc, ntp_timestamp, timestamp, self.leg.packets_sent, self.leg.octets_sent)

    def resend(
        self, sequence_numbers: Sequence[int], *, now: float, send: Callable[[RtpLeg, MediaPacket], None]
    ) -> None:
        """Answer a NACK from the shared cache: by RTX where negotiated (RFC 4588), else the packet once more."""
        head = self.producer.head
        if head is None or self._first_index is None:
            return
        for number in sequence_numbers:
            index = self._index_of(number, head.index)
            packet = self.producer.packet_at(index) if index >= self._first_index else None
            if packet is None or not self._resends.allow(index, now=now):
                continue
            packet = self._as_sent(packet)
            if self._rtx is None:
                send(self.leg, packet)
            else:
                send(self._rtx.leg, self._rtx.wrap(packet, original_sequence_number=number))

    def _begin_at(self, index: int) -> None:
        self._first_index = index
        # Below 2¹⁵ the rollover counter starts at 0 (RFC 3711 §3.3.1); above the producer's reorder window, a late
        # packet from before the start still has an index above zero.
        self.leg.index_offset = secrets.randbelow(0x8000 - REORDER_WINDOW) + REORDER_WINDOW - index
        self.leg.timestamp_offset = secrets.randbits(32)
        if self._rtx is not None:
            # RFC 4588 §4: a retransmission carries the time stamp of the packet it repeats.
            self._rtx.leg.timestamp_offset = self.leg.timestamp_offset

    def _index_of(self, sequence_number: int, head: int) -> int:
        sent_head = head + self.leg.index_offset
        behind = (sent_head - sequence_number) & 0xFFFF
        return head - behind

    def _as_sent(self, packet: MediaPacket) -> MediaPacket:
        if self._squeezed is None or packet.index > self._squeezed_end:
            return packet
        return MediaPacket(packet.index, self._squeezed.at(packet.timestamp), packet.marker, packet.payload)

    def _squeeze(self, start: MediaPacket) -> None:
        assert self.producer.head is not None
        self._squeezed_end = self.producer.head.index
        packets = (self.producer.packet_at(index) for index in range(start.index, self._squeezed_end + 1))
        step = max(1, round(_SQUEEZED_FRAME_S * self.producer.clock_rate))
        self._squeezed = SqueezedTimeline((packet.timestamp for packet in packets if packet is not None), step=step)
