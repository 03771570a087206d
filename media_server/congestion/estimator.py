"""What one viewer's path carries: all that its receiver says of it, in one figure.

After libwebrtc's `DelayBasedBwe`, `SendSideBandwidthEstimation` and `ProbeBitrateEstimator`.
"""

from __future__ import annotations

from typing import Final

from media_server.congestion.loss import LossEstimator
from media_server.congestion.path import Path
from media_server.congestion.rate_control import MIN_BPS, RateControl
from media_server.congestion.reading import MakeReader, plain_readers
from media_server.congestion.remb import MAX_BPS, ReceiverEstimate
from media_server.congestion.trend import OVER
from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.rtcp.statuses import WRONG
from media_server.rtp.send_history import SendHistory

START_BPS: Final = 1_000_000
"""What a path is taken for of which nothing is known."""
EVIDENCE_S: Final = 6.0
"""So long over-use or loss speaks against what is sent; who is sent too much has the next of it by then."""
_RTT_GROWTH: Final = 1.05
_PROBE_S: Final = 0.7
"""A cluster of a tenth of a second or less, and its way there and back."""
_DRAINING_S: Final = 0.5
"""What a probe that filled the path left in its queue is gone by then."""
_SETTLING_S: Final = 1.0
"""So long it takes until less that is sent is felt: the queue drains, and the smaller layer begins with a key frame."""


class DelayEstimator:
    """From transport-wide feedback; `bitrate_bps` is None until half a second has arrived.

    `now` is on the clock by which packets were sent.
    """

    def __init__(self) -> None:
        self._rate = RateControl()
        self.acknowledged_bps: float | None = None
        """What arrives."""

    @property
    def bitrate_bps(self) -> float | None:
        """What the path carries without a queue that grows."""
        return self._rate.bitrate_bps

    @property
    def reduced_at(self) -> float:
        """When it was last made less."""
        return self._rate.reduced_at

    def receive(self, path: Path, *, is_excused: bool, now: float) -> None:
        """What one message told. `is_excused`: a queue is no reason to reduce."""
        newest_sent_us = path.newest_sent_us
        if newest_sent_us:
            self._note_round_trip(now - newest_sent_us / 1e6)
        rate, usage, probed_bps = self._rate, path.usage, path.probed_bps
        acknowledged_bps = self.acknowledged_bps = path.acknowledged_bps or None
        if rate.bitrate_bps is None:
            if acknowledged_bps is not None or probed_bps:
                rate.set(max(acknowledged_bps or 0.0, probed_bps), now=now)
        elif probed_bps:
            rate.set(probed_bps, now=now)
        elif usage != OVER or not is_excused:
            rate.update(usage, acknowledged_bps, now=now)

    def _note_round_trip(self, sample_s: float) -> None:
        """From sending to hearing of it: the least of late, since a receiver waits before it tells."""
        if sample_s > 0:
            self._rate.rtt_s = min(sample_s, self._rate.rtt_s * _RTT_GROWTH)


class BandwidthEstimator:
    """One viewer's. Fed by whatever its receiver sends: transport-wide feedback, REMB, loss in receiver reports."""

    def __init__(self, history: SendHistory | None = None, *, make_reader: MakeReader | None = None) -> None:
        """`history` is what was sent with transport-wide numbers, None where they were not agreed on."""
        self.delay = DelayEstimator()
        self._path = Path() if history is not None else None
        self._read = None
        if history is not None and self._path is not None:
            self._read = (make_reader or plain_readers())(history, self._path)
        self._loss = LossEstimator()
        self._remb = ReceiverEstimate()
        self._excused_until = float("-inf")

    def bitrate_bps(self, *, now: float) -> float:
        """The estimate; START_BPS while nothing is known."""
        bitrate = self._without_loss(now)
        cap = self._loss.cap_bps
        return max(bitrate if cap is None else min(bitrate, cap), MIN_BPS)

    def is_of_all(self, *, now: float) -> bool:
        """Whether the estimate is for all that the transport sends.

        A REMB is for pictures alone: without transport-wide numbers libwebrtc's receivers do not count sound.
        """
        return self.delay.bitrate_bps is not None or self._remb.bitrate_bps(now=now) is None

    def believed_bps(self, needed_bps: float, *, now: float) -> float:
        """At least `needed_bps`, what is sent at present, while nothing speaks against it.

        An estimate follows what is sent, and slowly: that a picture takes three times as much from one moment to the
        next, because it begins to move, is no congestion.
        """
        bitrate = self.bitrate_bps(now=now)
        congested_at = max(self.delay.reduced_at, self._loss.shrunk_at)
        if now - congested_at < EVIDENCE_S or (self.delay.bitrate_bps is None and self._remb.is_limit(now=now)):
            return bitrate
        return max(bitrate, needed_bps)

    def layer_changed(self, *, now: float) -> None:
        """Another layer is sent from now on."""
        if self._path is not None:
            self._path.acknowledged.expect_change()
        self._excused_until = max(self._excused_until, now + _SETTLING_S)

    def probe_begins(self, *, now: float) -> None:
        """Packets leave faster than the stream needs from now on."""
        self._excused_until = max(self._excused_until, now + _PROBE_S)

    def probe_sent(self, first: int, end: int) -> None:
        """They have left, as transport-wide number `first` to before `end`."""
        if self._path is not None:
            self._path.probe.expect(first, end)

    def on_feedback(self, feedback: TransportFeedback, *, now: float) -> None:
        """Transport-wide feedback. Raises ParseError."""
        path = self._path
        if path is None or self._read is None:
            return
        wrong = self._read(feedback.fci)
        if wrong:
            raise ParseError(WRONG[wrong])
        told = path.told
        if not told:
            return
        if path.probed_bps:
            self._excused_until = max(self._excused_until, now + _DRAINING_S)
            self._loss.lift(path.probed_bps)
        self.delay.receive(path, is_excused=now < self._excused_until, now=now)
        self._loss.receive(path.lost, told, bitrate_bps=self._without_loss(now), now=now)

    def on_remb(self, bitrate_bps: int, *, now: float) -> None:
        """The receiver's own estimate."""
        self._remb.receive(bitrate_bps, now=now)

    def on_loss(self, share: float, packets: int, *, now: float) -> None:
        """A receiver report: of `packets` this share was lost. Not for who sends transport-wide feedback."""
        if self.delay.bitrate_bps is None:
            self._loss.receive(share * packets, packets, bitrate_bps=self._without_loss(now), now=now)

    def _without_loss(self, now: float) -> float:
        delay = self.delay.bitrate_bps
        if delay is not None:
            return min(delay, MAX_BPS)
        remb = self._remb.bitrate_bps(now=now)
        return START_BPS if remb is None else remb
