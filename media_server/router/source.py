"""What a publisher sends, taken apart: which packet belongs to which track, what is missing, what to report back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.router.producer import Producer
from media_server.rtp.errors import ParseError
from media_server.rtp.nack import NackGenerator
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reception import ReceptionReport
from media_server.rtp.rtcp import Nack, ReportBlock, SenderReport
from media_server.rtp.rtx import unwrap_rtx
from media_server.rtp.sender import PublisherClock, SenderReportClock
from media_server.sdp import ReceivedTrack
from media_server.sdp.shapes import MID

_MAX_SSRCS: Final = 16
"""Media and retransmission of two tracks make four; a source that keeps inventing SSRCs gets no more."""


class SourceTrack:
    """One received track: loss repair and reception statistics of its current SSRC."""

    def __init__(self, track: ReceivedTrack, producer: Producer, *, local_ssrc: int, clock: PublisherClock) -> None:
        self.track = track
        self.producer = producer
        self.ssrc = track.ssrc
        self._replaced_ssrc: int | None = None
        self._local_ssrc = local_ssrc
        self._clock = clock
        self._nack = NackGenerator()
        self._reception = self._new_reception() if track.ssrc is not None else None
        self._restart_producer()

    def receive(self, packet: RtpPacket, *, now: float) -> RtpPacket | None:
        """Count `packet`, undo RTX, and say what to forward; None for what belongs to nothing we know."""
        if packet.payload_type == self.track.rtx:
            if self.ssrc is None:
                return None
            return self._repaired(packet, now)
        if packet.payload_type != self.track.codec.payload_type:
            return None
        if packet.ssrc != self.ssrc:
            if packet.ssrc == self._replaced_ssrc:
                # Overtaken by the first packets of its successor; taken, it would start the timeline anew twice.
                return None
            # The SDP named no SSRC, or the encoder started anew under another one.
            self._source_changed(packet.ssrc)
        assert self._reception is not None
        self._reception.receive(packet.sequence_number, packet.timestamp, now=now)
        if "nack" in self.track.codec.feedback:
            self._nack.receive(packet.sequence_number, now=now)
        return packet

    def sender_report(self, report: SenderReport, *, now: float) -> None:
        """Take a sender report of this track."""
        if self._reception is not None:
            self._reception.sender_report(report.ntp_timestamp, now=now)
        if self.producer.report_clock is not None:
            self.producer.report_clock.sender_report(report.ntp_timestamp, report.rtp_timestamp, now=now)

    def report_block(self, *, now: float) -> ReportBlock | None:
        """How the track arrives, for the next receiver report."""
        return self._reception.block(now=now) if self._reception is not None else None

    def nack(self, *, now: float) -> Nack | None:
        """The packets to ask for again now."""
        lost = self._nack.due(now=now)
        if not lost or self.ssrc is None:
            return None
        return Nack(self._local_ssrc, self.ssrc, tuple(lost))

    def _repaired(self, packet: RtpPacket, now: float) -> RtpPacket | None:
        assert self.ssrc is not None
        try:
            original = unwrap_rtx(packet, payload_type=self.track.codec.payload_type, ssrc=self.ssrc)
        except ParseError:
            return None
        if original is not None:
            self._nack.receive(original.sequence_number, now=now)
        return original

    def _source_changed(self, ssrc: int) -> None:
        if self.ssrc is not None:
            self._restart_producer()
        self._replaced_ssrc, self.ssrc = self.ssrc, ssrc
        self._nack = NackGenerator()
        self._reception = self._new_reception()

    def _restart_producer(self) -> None:
        self.producer.source_replaced(SenderReportClock(self._clock, self.track.codec.clock_rate))

    def _new_reception(self) -> ReceptionReport:
        assert self.ssrc is not None
        return ReceptionReport(self.ssrc, self.track.codec.clock_rate)


@dataclass(slots=True)
class DemuxCounters:
    """Packets of no track that was negotiated."""

    unknown: int = 0


class SourceDemux:
    """Finds the track of a packet: by SSRC once known, else by MID, else by payload type (RFC 8843 §9.2)."""

    def __init__(self, tracks: tuple[SourceTrack, ...]) -> None:
        self.tracks = tracks
        self.counters = DemuxCounters()
        self._by_ssrc: dict[int, SourceTrack] = {}
        for track in tracks:
            for ssrc in (track.track.ssrc, track.track.rtx_ssrc):
                if ssrc is not None:
                    self._by_ssrc[ssrc] = track

    def find(self, packet: RtpPacket) -> SourceTrack | None:
        """The track `packet` belongs to, remembered by its SSRC."""
        track = self._by_ssrc.get(packet.ssrc)
        if track is not None:
            return track
        track = self._by_mid(packet) or self._by_payload_type(packet)
        if track is None or len(self._by_ssrc) >= _MAX_SSRCS:
            self.counters.unknown += 1
            return None
        self._by_ssrc[packet.ssrc] = track
        return track

    def by_ssrc(self, ssrc: int) -> SourceTrack | None:
        """The track whose media carries `ssrc`."""
        track = self._by_ssrc.get(ssrc)
        return track if track is not None and track.ssrc == ssrc else None

    def _by_mid(self, packet: RtpPacket) -> SourceTrack | None:
        for track in self.tracks:
            mid = packet.extensions.get(track.track.extensions.get(MID, -1))
            if mid is not None and mid == track.track.mid.encode():
                return track
        return None

    def _by_payload_type(self, packet: RtpPacket) -> SourceTrack | None:
        for track in self.tracks:
            if packet.payload_type in (track.track.codec.payload_type, track.track.rtx):
                return track
        return None
