"""The worker's side of one feed, without I/O: what a mixer sends is opened, and the microphone is sealed for it."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media_server.feed.offer import PAYLOAD_TYPE, Bus, FeedOffer
from media_server.rtp.errors import ParseError
from media_server.rtp.leg import Address, MediaPacket
from media_server.rtp.packet import RtpPacket, is_rtcp
from media_server.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_compound,
    serialize_compound,
)
from media_server.transport.srtp import SrtpError

_HEADER: Final = struct.Struct("!BBHLL")
_LATE_PACKETS: Final = 64
"""A repaired packet of the microphone further behind the newest is of no use to the mixer, and is not sent."""


@dataclass(frozen=True, slots=True)
class FedPacket:
    """An Opus packet of one bus."""

    bus: Bus
    packet: RtpPacket


@dataclass(slots=True)
class ReceiverCounters:
    """Datagrams that did not open (forged, replayed, under another key) or made no sense."""

    refused: int = 0


class FeedReceiver:
    """One session's key. Nothing is believed, and no address is answered, before a packet authenticated."""

    def __init__(self, offer: FeedOffer, *, cname: str) -> None:
        self.offer = offer
        self.address: Address | None = None
        self.counters = ReceiverCounters()
        self._srtp = offer.srtp()
        self._cname = cname
        self._buses: dict[int, Bus] = {offer.programme_ssrc: "programme", offer.cue_ssrc: "cue"}
        self._talk = _SentOnce()
        self._talk_packets = self._talk_octets = 0

    def open(self, datagram: bytes, source: Address) -> FedPacket | list[RtcpPacket]:
        """A packet, or the parts of a report; an empty list for what is neither."""
        try:
            if is_rtcp(datagram):
                opened: FedPacket | list[RtcpPacket] = parse_compound(self._srtp.open_rtcp(datagram))
            else:
                opened = self._media(RtpPacket.parse(self._srtp.open_rtp(datagram)))
        except (SrtpError, ParseError):
            self.counters.refused += 1
            return []
        if self.address is None:
            self.address = source
        return opened

    def report(self, blocks: Sequence[ReportBlock], *, talk_clock: tuple[int, int] | None) -> bytes:
        """A sealed report of how the buses arrive.

        `talk_clock` is (NTP time, time stamp) of the present instant on the microphone's timeline, once known: then
        the report is a sender's too, and tells the mixer when a voice was recorded.
        """
        ssrc = self.offer.talk_ssrc
        report: ReceiverReport | SenderReport = ReceiverReport(ssrc, tuple(blocks))
        if talk_clock is not None and self._talk_packets:
            report = SenderReport(ssrc, *talk_clock, self._talk_packets, self._talk_octets, tuple(blocks))
        return self._srtp.seal_rtcp(serialize_compound([report, SourceDescription.of_cname(ssrc, self._cname)]))

    def goodbye(self) -> bytes:
        """A sealed BYE: the mixer need not wait until it misses our reports."""
        ssrc = self.offer.talk_ssrc
        return self._srtp.seal_rtcp(serialize_compound((ReceiverReport(ssrc), Goodbye((ssrc,)))))

    def seal_talk(self, media: MediaPacket) -> bytes | None:
        """The SRTP packet for a packet of the microphone; None for one that is too late or was sent before."""
        index = self._talk.index_of(media.index)
        if index is None:
            return None
        self._talk_packets += 1
        self._talk_octets += len(media.payload)
        marker = 0x80 if media.marker else 0
        ssrc = self.offer.talk_ssrc
        header = _HEADER.pack(0x80, marker | PAYLOAD_TYPE, index & 0xFFFF, media.timestamp, ssrc)
        assert self._srtp.gcm is not None
        return self._srtp.gcm.seal(header, media.payload, ssrc=ssrc, index=index)

    def _media(self, packet: RtpPacket) -> FedPacket:
        bus = self._buses.get(packet.ssrc)
        if bus is None or packet.payload_type != PAYLOAD_TYPE:
            raise ParseError("no packet of a bus")
        return FedPacket(bus, packet)


class _SentOnce:
    """Gives a producer's indices their place under one key, each once: with GCM a number used twice gives the key away.

    The first is below 2¹⁵, so that the rollover counter begins at 0 (RFC 3711 §3.3.1).
    """

    def __init__(self) -> None:
        self._offset: int | None = None
        self._highest = 0
        self._seen = 0

    def index_of(self, index: int) -> int | None:
        """The packet index to send `index` under; None when it was sent before, or is too late to tell."""
        if self._offset is None:
            first = _LATE_PACKETS + secrets.randbelow(0x8000 - _LATE_PACKETS)
            self._offset, self._highest = first - index, index
            self._seen = 1
            return first
        ahead = index - self._highest
        if ahead > 0:
            self._highest = index
            self._seen = (self._seen << min(ahead, _LATE_PACKETS) | 1) & ((1 << _LATE_PACKETS) - 1)
        elif -ahead >= _LATE_PACKETS or self._seen >> -ahead & 1:
            return None
        else:
            self._seen |= 1 << -ahead
        return index + self._offset
