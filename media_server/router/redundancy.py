"""What a source sends with redundancy (RFC 2198), as packets of its codec; what was lost comes back."""

from __future__ import annotations

from dataclasses import replace

from media_server.rtp.errors import ParseError
from media_server.rtp.packet import RtpPacket
from media_server.rtp.red import RedBlock, parse_red
from media_server.rtp.sequence import sequence_delta, timestamp_delta


class Redundancy:
    """Of one SSRC. `payload_type` is that of the codec that is carried."""

    def __init__(self, payload_type: int) -> None:
        self._payload_type = payload_type
        self._newest: RtpPacket | None = None
        self._recovered: list[RtpPacket] = []

    def take(self, packet: RtpPacket) -> RtpPacket | None:
        """The primary block of `packet` as a packet; None for what is broken, or holds another codec."""
        try:
            *redundant, primary = parse_red(packet.payload)
        except ParseError:
            return None
        if primary.payload_type != self._payload_type:
            return None
        newest = self._newest
        if newest is not None:
            ahead = sequence_delta(packet.sequence_number, newest.sequence_number)
            if ahead > 1:
                self._recovered = self._lost(packet, redundant, newest, ahead)
        if newest is None or ahead > 0:
            self._newest = packet
        return self._packet(packet, 0, primary)

    def take_recovered(self) -> list[RtpPacket]:
        """What the last packet brought of those before it, which had not come, the oldest first."""
        recovered, self._recovered = self._recovered, []
        return recovered

    def _lost(self, packet: RtpPacket, redundant: list[RedBlock], newest: RtpPacket, ahead: int) -> list[RtpPacket]:
        # Blocks do not say which packet they were. Between two packets that came each lost one took the same time.
        duration, rest = divmod(timestamp_delta(packet.timestamp, newest.timestamp), ahead)
        if rest or duration <= 0:
            return []
        return [
            self._packet(packet, block.offset // duration, block)
            for block in redundant
            if block.payload_type == self._payload_type
            and block.payload
            and block.offset % duration == 0
            and 0 < block.offset // duration < ahead
        ]

    def _packet(self, packet: RtpPacket, behind: int, block: RedBlock) -> RtpPacket:
        return replace(
            packet,
            payload_type=self._payload_type,
            sequence_number=(packet.sequence_number - behind) & 0xFFFF,
            timestamp=(packet.timestamp - block.offset) & 0xFFFFFFFF,
            # What is said of a packet is said of its primary block.
            extensions=packet.extensions if not behind else {},
            marker=packet.marker and not behind,
            payload=block.payload,
        )
