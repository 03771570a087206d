"""How one RTP stream arrives: loss, jitter and round trip, for receiver reports."""

from __future__ import annotations

from media_server.rtp.ntp import ntp_middle, short_ntp
from media_server.rtp.rtcp import ReportBlock
from media_server.rtp.sequence import timestamp_delta

# RFC 3550 §A.1.
MIN_SEQUENTIAL = 2
MAX_DROPOUT = 3_000
MAX_MISORDER = 100
_CYCLE = 1 << 16


class ReceptionReport:
    """Statistics of one received source, as RFC 3550 §A.1 (sequence), §A.3 (loss) and §A.8 (jitter) keep them."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self._clock_rate = clock_rate
        self._probation = MIN_SEQUENTIAL
        self._max_seq: int | None = None
        self._bad_seq: int | None = None
        self._base_seq = 0
        self._cycles = 0
        self._received = 0
        self._expected_prior = 0
        self._received_prior = 0
        self._jitter = 0.0
        self._transit: int | None = None
        self._last_sr = 0
        self._last_sr_at = 0.0

    @property
    def jitter_s(self) -> float:
        return self._jitter / self._clock_rate

    @property
    def extended_highest_sequence(self) -> int:
        """The highest sequence number with the cycles above it; 0 before the first packet."""
        return self._cycles + (self._max_seq or 0)

    @property
    def packets_lost(self) -> int:
        """Expected less received since the source became valid; negative when there were duplicates."""
        if self._probation:
            return 0
        return self.extended_highest_sequence - self._base_seq + 1 - self._received

    def receive(self, sequence_number: int, timestamp: int, *, now: float) -> bool:
        """Count a packet of the stream itself (not a retransmission); False while its source is not yet believed."""
        valid = self._update_sequence(sequence_number)
        if valid:
            self._update_jitter(timestamp, now)
        return valid

    def sender_report(self, ntp_timestamp: int, *, now: float) -> None:
        """A sender report of this source came."""
        self._last_sr = ntp_middle(ntp_timestamp)
        self._last_sr_at = now

    def block(self, *, now: float) -> ReportBlock | None:
        """The block for the next report, its fraction counted since the last one; None before the source is valid."""
        if self._max_seq is None or self._probation:
            return None
        expected = self.extended_highest_sequence - self._base_seq + 1
        expected_interval = expected - self._expected_prior
        lost_interval = expected_interval - (self._received - self._received_prior)
        self._expected_prior, self._received_prior = expected, self._received
        fraction = 0 if expected_interval <= 0 or lost_interval <= 0 else (lost_interval << 8) // expected_interval
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=min(fraction, 255),
            packets_lost=self.packets_lost,
            highest_sequence=self.extended_highest_sequence & 0xFFFFFFFF,
            jitter=min(int(self._jitter), 0xFFFFFFFF),
            last_sr=self._last_sr,
            delay_since_last_sr=short_ntp(now - self._last_sr_at) if self._last_sr else 0,
        )

    def _update_sequence(self, seq: int) -> bool:
        if self._max_seq is None:
            self._restart(seq)
            self._max_seq = (seq - 1) & 0xFFFF
        delta = (seq - self._max_seq) & 0xFFFF
        if self._probation:
            # Not valid until MIN_SEQUENTIAL packets came in a row.
            self._probation = self._probation - 1 if delta == 1 else MIN_SEQUENTIAL - 1
            self._max_seq = seq
            if self._probation == 0:
                self._restart(seq)
                self._received = 1
                return True
            return False
        if delta < MAX_DROPOUT:
            if seq < self._max_seq:
                self._cycles += _CYCLE
            self._max_seq = seq
        elif delta <= _CYCLE - MAX_MISORDER:
            if seq != self._bad_seq:
                self._bad_seq = (seq + 1) & 0xFFFF
                return False
            # Two in a row after a jump: the sender restarted without telling.
            self._restart(seq)
        self._received += 1
        return True

    def _restart(self, seq: int) -> None:
        self._max_seq = self._base_seq = seq
        self._bad_seq = None
        self._cycles = self._received = self._expected_prior = self._received_prior = 0
        self._transit = None

    def _update_jitter(self, timestamp: int, now: float) -> None:
        transit = (int(now * self._clock_rate) - timestamp) & 0xFFFFFFFF
        if self._transit is not None:
            self._jitter += (abs(timestamp_delta(transit, self._transit)) - self._jitter) / 16
        self._transit = transit


def round_trip_s(block: ReportBlock, *, now_ntp: int) -> float | None:
    """The round trip that a peer's block about our stream tells (RFC 3550 §6.4.1), `now_ntp` by the clock of our SRs.

    None when the peer has had no sender report yet, or when its numbers are impossible.
    """
    if block.last_sr == 0:
        return None
    units = timestamp_delta(ntp_middle(now_ntp), (block.last_sr + block.delay_since_last_sr) & 0xFFFFFFFF)
    return units / 65_536 if units >= 0 else None
