"""One bus of a feed on its way into a producer."""

from __future__ import annotations

from media_server.router.producer import Producer
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reception import ReceptionReport
from media_server.rtp.rtcp import ReportBlock, SenderReport
from media_server.rtp.sender import PublisherClock, SenderReportClock


class FedTrack:
    """Reception statistics and clock of one SSRC of a mixer.

    `is_set_back`: its sender reports name a time before the one at which they are sent, on purpose, and so say nothing
    about the mixer's clock.
    """

    def __init__(self, ssrc: int, producer: Producer, *, clock: PublisherClock, is_set_back: bool) -> None:
        self.ssrc = ssrc
        self.producer = producer
        self._reception = ReceptionReport(ssrc, producer.clock_rate)
        self._report_clock = SenderReportClock(clock, producer.clock_rate, tells_time=not is_set_back)
        producer.source_replaced(self._report_clock)

    def resume(self) -> None:
        """The same mixer opened its feed anew: its time stamps go on, its sequence numbers do not."""
        self._reception = ReceptionReport(self.ssrc, self.producer.clock_rate)
        self.producer.source_resumed()

    def receive(self, packet: RtpPacket, *, now: float) -> MediaPacket | None:
        """Count and number one packet; None for a duplicate."""
        self._reception.receive(packet.sequence_number, packet.timestamp, now=now)
        return self.producer.receive(packet, now=now)

    def sender_report(self, report: SenderReport, *, now: float) -> None:
        """Take a sender report of this bus."""
        self._reception.sender_report(report.ntp_timestamp, now=now)
        self._report_clock.sender_report(report.ntp_timestamp, report.rtp_timestamp, now=now)

    def report_block(self, *, now: float) -> ReportBlock | None:
        """How the bus arrives, for the next receiver report."""
        return self._reception.block(now=now)
