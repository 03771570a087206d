"""Retransmissions in a stream of their own (RFC 4588 §4)."""

from __future__ import annotations

from dataclasses import replace

from media_server.rtp.errors import ParseError
from media_server.rtp.packet import RtpPacket


def wrap_rtx(packet: RtpPacket, *, payload_type: int, ssrc: int, sequence_number: int) -> RtpPacket:
    """`packet` as a packet of the retransmission stream, its own sequence number before its payload."""
    return replace(
        packet,
        payload_type=payload_type,
        ssrc=ssrc,
        sequence_number=sequence_number,
        payload=packet.sequence_number.to_bytes(2, "big") + packet.payload,
    )


def unwrap_rtx(packet: RtpPacket, *, payload_type: int, ssrc: int) -> RtpPacket | None:
    """The packet that was sent again; None for padding, by which browsers probe for bandwidth. Raises ParseError."""
    if not packet.payload:
        return None
    if len(packet.payload) < 2:
        raise ParseError("retransmission lacks the original sequence number")
    return replace(
        packet,
        payload_type=payload_type,
        ssrc=ssrc,
        sequence_number=int.from_bytes(packet.payload[:2], "big"),
        payload=packet.payload[2:],
    )
