"""The mixer's side of one feed session, without I/O: packets sealed under its key, and what comes back opened."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from media_server.feed.offer import CLOCK_RATE, PAYLOAD_TYPE, Bus, FeedOffer
from media_server.rtp.errors import ParseError
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.packet import RtpPacket, is_rtcp
from media_server.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_compound,
    serialize_compound,
)
from media_server.transport.srtp import SrtpError

_HEADER: Final = struct.Struct("!BBHLL")
_SSRC: Final = struct.Struct("!L")
_FIRST_INDEX_BELOW: Final = 0x8000
"""So that the rollover counter begins at 0 for a receiver that lost the first packets (RFC 3711 §3.3.1)."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Engine frame `frame` left the mixer at Unix time `unix_s`."""

    frame: int
    unix_s: float

    def frame_at(self, unix_s: float) -> int:
        """The frame that leaves at `unix_s`."""
        return self.frame + round((unix_s - self.unix_s) * CLOCK_RATE)


@dataclass(slots=True)
class _Stream:
    """What was sent of one bus. `index` is that of the next packet: rollover counter << 16 | sequence number."""

    ssrc: int
    timestamp_base: int
    index: int
    packets: int = 0
    octets: int = 0


class FeedLink:
    """Not safe for threads: `FeedSender` locks around it."""

    def __init__(self, offer: FeedOffer, timestamp_bases: Mapping[Bus, int], *, cname: str) -> None:
        self._srtp = offer.srtp()
        self._talk_ssrc = offer.talk_ssrc
        self._cname = cname
        self._streams: dict[Bus, _Stream] = {
            "programme": _Stream(offer.programme_ssrc, timestamp_bases["programme"], _first_index()),
            "cue": _Stream(offer.cue_ssrc, timestamp_bases["cue"], _first_index()),
        }
        self._unreported: set[Bus] = {"programme", "cue"}
        self.refused = 0

    def seal(self, bus: Bus, frame: int, packet: bytes) -> bytes:
        """The SRTP packet for the Opus packet whose first sample is engine frame `frame`."""
        stream = self._streams[bus]
        timestamp = (frame + stream.timestamp_base) & 0xFFFF_FFFF
        header = _HEADER.pack(0x80, PAYLOAD_TYPE, stream.index & 0xFFFF, timestamp, stream.ssrc)
        assert self._srtp.gcm is not None
        datagram = self._srtp.gcm.seal(header, packet, ssrc=stream.ssrc, index=stream.index)
        stream.index += 1
        stream.packets += 1
        stream.octets += len(packet)
        return datagram

    @property
    def has_begun_unreported(self) -> bool:
        """Whether a bus has begun of which no sender report went out yet."""
        return any(self._streams[bus].packets for bus in self._unreported)

    def reports(self, anchor: Anchor | None, *, unix_now: float, programme_delay_s: float) -> list[bytes]:
        """A sealed sender report of each bus that sends; an empty report while neither does, to be heard of at all.

        The cue's come first and are true; those of the programme are set back by `programme_delay_s`.
        """
        sealed: list[bytes] = []
        delays: dict[Bus, float] = {"cue": 0.0, "programme": programme_delay_s}
        for bus, delay_s in delays.items():
            stream = self._streams[bus]
            if anchor is None or not stream.packets:
                continue
            timestamp = (anchor.frame_at(unix_now) + stream.timestamp_base) & 0xFFFF_FFFF
            ntp = ntp_from_unix(unix_now - delay_s)
            sealed.append(self._compound(SenderReport(stream.ssrc, ntp, timestamp, stream.packets, stream.octets)))
            self._unreported.discard(bus)
        return sealed or [self._compound(ReceiverReport(self._streams["cue"].ssrc))]

    def goodbye(self) -> bytes:
        """A sealed BYE of both buses."""
        ssrcs = tuple(stream.ssrc for stream in self._streams.values())
        return self._srtp.seal_rtcp(serialize_compound((ReceiverReport(self._streams["cue"].ssrc), Goodbye(ssrcs))))

    def open(self, datagram: bytes) -> RtpPacket | list[RtcpPacket]:
        """A packet of the microphone, or the parts of a report of the worker; an empty list for what is neither."""
        try:
            if is_rtcp(datagram):
                return self._reports(self._srtp.open_rtcp(datagram))
            return self._voice(RtpPacket.parse(self._srtp.open_rtp(datagram)))
        except (SrtpError, ParseError):
            self.refused += 1
            return []

    def _voice(self, packet: RtpPacket) -> RtpPacket:
        if packet.ssrc != self._talk_ssrc or packet.payload_type != PAYLOAD_TYPE:
            raise ParseError("no packet of the microphone")
        return packet

    def _reports(self, compound: bytes) -> list[RtcpPacket]:
        # The key serves both directions: our own reports, sent back to us by somebody, are none of the worker's.
        if len(compound) < 8 or _SSRC.unpack_from(compound, 4)[0] != self._talk_ssrc:
            raise ParseError("no report of the worker")
        return parse_compound(compound)

    def _compound(self, report: SenderReport | ReceiverReport) -> bytes:
        description = SourceDescription.of_cname(report.ssrc, self._cname)
        return self._srtp.seal_rtcp(serialize_compound([report, description]))


def _first_index() -> int:
    return secrets.randbelow(_FIRST_INDEX_BELOW)
