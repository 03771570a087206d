"""Compound and reduced-size RTCP (RFC 3550 §6.1, RFC 5506)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from struct import Struct

from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp.feedback import AFB, FIR, NACK, PLI, PSFB, RTPFB, Fir, Nack, Pli, Remb
from media_server.rtp.rtcp.reports import BYE, RR, SDES, SR, Goodbye, ReceiverReport, SenderReport, SourceDescription
from media_server.rtp.rtcp.transport_feedback import TRANSPORT_CC, TransportFeedback

RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | Nack | Pli | Fir | Remb | TransportFeedback

MAX_PACKETS = 64
MAX_LOST = 1_024
"""Packets that the NACKs of one datagram may ask for: Chromium keeps count of 1,000."""
MAX_STATUSES_OF_ALL = 8_192
"""Packets that the transport-wide feedback of one datagram may speak of; a few bytes can claim thousands."""
_HEADER = Struct("!BBH")


def parse_compound(data: bytes, *, skip: Collection[int] = ()) -> list[RtcpPacket]:
    """The packets of one datagram that we know; other types and formats are skipped.

    So are those of the types in `skip`, of which no more is looked at than the header: what nobody reads, thousands of
    viewers send each second.

    Raises ParseError when any is malformed, or when there are more than MAX_PACKETS, MAX_LOST or MAX_STATUSES_OF_ALL.
    Of transport-wide feedback no more is looked at than the head: see `TransportFeedback.fci`.
    """
    packets: list[RtcpPacket] = []
    position, seen, lost, statuses = 0, 0, 0, 0
    while position < len(data):
        if position + _HEADER.size > len(data):
            raise ParseError("RTCP header is truncated")
        first, packet_type, words = _HEADER.unpack_from(data, position)
        if first >> 6 != 2:
            raise ParseError("RTCP version is not 2")
        start = position + _HEADER.size
        position = start + 4 * words
        if position > len(data):
            raise ParseError("RTCP packet is truncated")
        seen += 1
        if seen > MAX_PACKETS:
            raise ParseError("too many RTCP packets in one datagram")
        if packet_type in skip:
            continue
        body = data[start:position]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                raise ParseError("RTCP padding does not fit the packet")
            body = body[: -body[-1]]
        packet = _parse_one(packet_type, first & 0x1F, body)
        if packet is None:
            continue
        if isinstance(packet, Nack):
            lost += len(packet.lost)
        elif isinstance(packet, TransportFeedback):
            statuses += packet.status_count
        if lost > MAX_LOST or statuses > MAX_STATUSES_OF_ALL:
            raise ParseError("RTCP feedback speaks of too many packets")
        packets.append(packet)
    return packets


def serialize_compound(packets: Iterable[RtcpPacket]) -> bytes:
    """The packets as one datagram, in the order given. A full compound begins with a report and a CNAME."""
    return b"".join(packet.serialize() for packet in packets)


def _parse_one(packet_type: int, count: int, body: bytes) -> RtcpPacket | None:
    if packet_type == SR:
        return SenderReport.parse_body(body, count)
    if packet_type == RR:
        return ReceiverReport.parse_body(body, count)
    if packet_type == SDES:
        return SourceDescription.parse_body(body, count)
    if packet_type == BYE:
        return Goodbye.parse_body(body, count)
    if packet_type == RTPFB:
        if count == NACK:
            return Nack.parse_body(body)
        if count == TRANSPORT_CC:
            return TransportFeedback.parse_body(body)
    elif packet_type == PSFB:
        if count == PLI:
            return Pli.parse_body(body)
        if count == FIR:
            return Fir.parse_body(body)
        if count == AFB:
            return Remb.parse_body(body)
    return None
