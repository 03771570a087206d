"""A sender, a bottleneck and a receiver that sends transport-wide feedback, on simulated time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.reading import MakeReader
from media_server.rtp.rtcp import TransportFeedback, parse_compound
from media_server.rtp.send_history import SendHistory
from media_server.rtp.twcc import TransportFeedbackRecorder
from tests.support.bottleneck import Bottleneck

FRAME_S = 1 / 30
SOUND_S = 0.02
SOUND_BYTES = 160
PACKET_BYTES = 1_180
POLL_S = 0.05
RECEIVERS_ZERO_S = 4_321.0
"""The receiver's clock is another."""


@dataclass(frozen=True)
class Sample:
    """What held at one moment."""

    at: float
    estimate_bps: float
    waiting_s: float
    """In the bottleneck's queue."""


class Call:
    """Pictures are sent at `rate(estimate)`, each whole at once as an SFU does, and sound beside them."""

    def __init__(
        self,
        link: Bottleneck,
        rate: Callable[[float], float],
        *,
        seed: int = 0,
        readers: MakeReader | None = None,
    ) -> None:
        self.link = link
        self.now = 0.0
        self.rate = rate
        self.history = SendHistory()
        self.estimator = BandwidthEstimator(self.history, make_reader=readers)
        self.samples: list[Sample] = []
        self.feedback_loss = 0.0
        self.feedback_jitter_s = 0.0
        self.competing_bps = 0.0
        self._receivers_zero_s = RECEIVERS_ZERO_S
        self._recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)
        self._random = random.Random(seed)  # noqa: S311
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._every(FRAME_S, self._send_picture)
        self._every(SOUND_S, lambda: self.send(SOUND_BYTES))
        self._every(POLL_S, self._report)
        self._every(0.01, self._compete)
        self._every(0.1, self._note)

    def run(self, seconds: float) -> list[Sample]:
        """Go on for so long; what was noted on the way."""
        end, first = self.now + seconds, len(self.samples)
        while self._events and self._events[0][0] <= end:
            self.now, _, event = heapq.heappop(self._events)
            event()
        self.now = end
        return self.samples[first:]

    def restart_receiver(self, *, at_s: float) -> None:
        """The receiver's clock shows `at_s` from now on."""
        self._receivers_zero_s = at_s - self.now
        self._recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)

    def at(self, when: float, event: Callable[[], None]) -> None:
        """Call `event` at that time."""
        heapq.heappush(self._events, (when, next(self._order), event))

    def send(self, size: int) -> None:
        """One packet."""
        number = self.history.note(round(self.now * 1e6), size)
        arrives_at = self.link.send(size, self.now)
        if arrives_at is not None:
            self.at(arrives_at, lambda: self._recorder.receive(number, now=self._receivers_zero_s + self.now))

    def _every(self, interval_s: float, action: Callable[[], None]) -> None:
        def again() -> None:
            action()
            self.at(self.now + interval_s, again)

        self.at(self.now + interval_s, again)

    def _send_picture(self) -> None:
        left = round(self.rate(self.estimator.bitrate_bps(now=self.now)) * FRAME_S / 8)
        while left > 0:
            self.send(min(left, PACKET_BYTES))
            left -= PACKET_BYTES

    def _compete(self) -> None:
        if self.competing_bps:
            self.link.send(round(self.competing_bps * 0.01 / 8), self.now)

    def _report(self) -> None:
        for packet in self._recorder.due(now=self._receivers_zero_s + self.now):
            if self._random.random() < self.feedback_loss:
                continue
            wire = packet.serialize()
            back_s = self.link.delay_s + self._random.random() * self.feedback_jitter_s
            self.at(self.now + back_s, lambda wire=wire: self._hear(wire))  # type: ignore[misc]

    def _hear(self, wire: bytes) -> None:
        (feedback,) = parse_compound(wire)
        assert isinstance(feedback, TransportFeedback)
        self.estimator.on_feedback(feedback, now=self.now)

    def _note(self) -> None:
        estimate = self.estimator.bitrate_bps(now=self.now)
        self.samples.append(Sample(self.now, estimate, self.link.waiting_s(self.now)))
