"""What a publisher sends, taken apart: which packet belongs to which track, what is missing, what to report back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from media_server.router.producer import Producer
from media_server.router.redundancy import Redundancy
from media_server.rtp.errors import ParseError
from media_server.rtp.extensions import NO_EXTENSIONS, PASSED_ON
from media_server.rtp.nack import NackGenerator
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reception import ReceptionReport
from media_server.rtp.rtcp import Fir, Nack, Pli, ReportBlock, RtcpPacket, SenderReport
from media_server.rtp.rtx import unwrap_rtx
from media_server.rtp.sender import PublisherClock, SenderReportClock
from media_server.sdp import Encoding, ReceivedTrack
from media_server.sdp.shapes import MID, REPAIRED_RTP_STREAM_ID, RTP_STREAM_ID

_MAX_SSRCS: Final = 16
"""Media and retransmission of sound and four layers make ten; a source that keeps inventing SSRCs gets no more."""


class SourceTrack:
    """One layer of a received track: loss repair, reception statistics and key frame requests of its current SSRC."""

    def __init__(
        self,
        track: ReceivedTrack,
        producer: Producer,
        *,
        local_ssrc: int,
        clock: PublisherClock,
        layer: Encoding | None = None,
    ) -> None:
        """`layer` is one of the track's; its first by default."""
        self.track = track
        self.layer = layer or track.layers[0]
        self.producer = producer
        self.ssrc = self.layer.ssrc
        self._replaced_ssrc: int | None = None
        self._local_ssrc = local_ssrc
        self._clock = clock
        self._nack = NackGenerator()
        self._reception = self._new_reception() if self.ssrc is not None else None
        self._passed_on = tuple((track.extensions[uri], uri) for uri in PASSED_ON if uri in track.extensions)
        self._fir_number = 0
        self._redundancy = Redundancy(track.codec.payload_type)
        self._restart_producer()

    def receive(self, packet: RtpPacket, *, now: float) -> RtpPacket | None:
        """Count `packet`, undo RTX, and say what to forward; None for what belongs to nothing we know."""
        if packet.payload_type == self.track.rtx:
            if self.ssrc is None:
                return None
            return self._repaired(packet, now)
        is_red = packet.payload_type == self.track.codec.red_payload_type
        if not is_red and packet.payload_type != self.track.codec.payload_type:
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
        return self._redundancy.take(packet) if is_red else packet

    def take_recovered(self) -> list[RtpPacket]:
        """The packets that were lost and came as redundancy of the one that `receive` was given last, in order."""
        return self._redundancy.take_recovered()

    def said_of(self, packet: RtpPacket) -> Mapping[str, bytes]:
        """What the source says of a packet, and is to be told to viewers, by URI."""
        if not packet.extensions or not self._passed_on:
            return NO_EXTENSIONS
        said = {uri: packet.extensions[key] for key, uri in self._passed_on if key in packet.extensions}
        return said or NO_EXTENSIONS

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

    def keyframe_request(self, *, now: float) -> Pli | Fir | None:
        """Asks for the key frame that somebody needs, when it is time to; by FIR where that alone was agreed."""
        feedback = self.track.codec.feedback
        if self.ssrc is None or not self.producer.keyframes.due(now=now):
            return None
        if "nack pli" in feedback or "ccm fir" not in feedback:
            return Pli(self._local_ssrc, self.ssrc)
        # RFC 5104 §4.3.1.1: each new request has the next number.
        self._fir_number = (self._fir_number + 1) & 0xFF
        return Fir(self._local_ssrc, ((self.ssrc, self._fir_number),))

    def _repaired(self, packet: RtpPacket, now: float) -> RtpPacket | None:
        assert self.ssrc is not None
        try:
            original = unwrap_rtx(packet, payload_type=self.track.codec.payload_type, ssrc=self.ssrc)
        except ParseError:
            return None
        if original is not None:
            self._nack.repaired(original.sequence_number, now=now)
        return original

    def _source_changed(self, ssrc: int) -> None:
        if self.ssrc is not None:
            self._restart_producer()
        self._replaced_ssrc, self.ssrc = self.ssrc, ssrc
        self._nack = NackGenerator()
        self._redundancy = Redundancy(self.track.codec.payload_type)
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
    """Finds the layer of a packet: by SSRC once known, else by MID and rid, else by payload type (RFC 8843 §9.2)."""

    def __init__(self, tracks: tuple[SourceTrack, ...]) -> None:
        self.tracks = tracks
        self.counters = DemuxCounters()
        self._by_ssrc: dict[int, SourceTrack] = {}
        for track in tracks:
            for ssrc in (track.layer.ssrc, track.layer.rtx_ssrc):
                if ssrc is not None:
                    self._by_ssrc[ssrc] = track

    def find(self, packet: RtpPacket) -> SourceTrack | None:
        """The layer `packet` belongs to, remembered by its SSRC."""
        track = self._by_ssrc.get(packet.ssrc)
        if track is not None:
            return track
        track = self._named_by(packet)
        if track is None or len(self._by_ssrc) >= _MAX_SSRCS:
            self.counters.unknown += 1
            return None
        self._by_ssrc[packet.ssrc] = track
        return track

    def by_ssrc(self, ssrc: int) -> SourceTrack | None:
        """The layer whose media carries `ssrc`."""
        track = self._by_ssrc.get(ssrc)
        return track if track is not None and track.ssrc == ssrc else None

    def due(self, *, now: float) -> list[RtcpPacket]:
        """What to ask of the source now: packets again, key frames."""
        due: list[RtcpPacket] = []
        for track in self.tracks:
            due += [part for part in (track.nack(now=now), track.keyframe_request(now=now)) if part is not None]
        return due

    def report_blocks(self, *, now: float) -> tuple[ReportBlock, ...]:
        """How everything arrives, for the next receiver report."""
        return tuple(block for track in self.tracks if (block := track.report_block(now=now)) is not None)

    def _named_by(self, packet: RtpPacket) -> SourceTrack | None:
        candidates = [track for track in self.tracks if _carries(packet, MID, track) == track.track.mid.encode()]
        if not candidates:
            candidates = [
                track
                for track in self.tracks
                if packet.payload_type in (track.track.codec.payload_type, track.track.rtx)
                and _carries(packet, MID, track) is None
            ]
        if len(candidates) > 1:
            # Layers of one track have the same MID and payload types: without a rid nothing tells them apart.
            candidates = [track for track in candidates if _rid(packet, track) == track.layer.rid]
        return candidates[0] if len(candidates) == 1 else None


def _rid(packet: RtpPacket, track: SourceTrack) -> str | None:
    """The rid that a packet of media, or of retransmissions, names (RFC 8852)."""
    uri = REPAIRED_RTP_STREAM_ID if packet.payload_type == track.track.rtx else RTP_STREAM_ID
    value = _carries(packet, uri, track)
    return value.decode("ascii", "replace") if value is not None else None


def _carries(packet: RtpPacket, uri: str, track: SourceTrack) -> bytes | None:
    return packet.extensions.get(track.track.extensions.get(uri, -1))
