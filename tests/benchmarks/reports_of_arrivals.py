"""What transport-wide feedback costs, from the datagram on: `python -m tests.benchmarks.reports_of_arrivals`.

Viewers of one simulcast stream, each with its own history and estimate, hear of the same packets over a link of
5 Mbit/s on simulated time: 2.3 Mbit/s of pictures, 30 frames a second, and sound between them; a message each 50 ms.
By CPU time of this process, so that a busy machine disturbs it little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from media_server.congestion.choose import Form, choose_readers
from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.reading import MakeReader
from media_server.router.consumer import Consumer
from media_server.router.producer import Producer
from media_server.router.track import Track
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.rtcp import TransportFeedback, parse_compound
from media_server.rtp.send_history import SendHistory
from media_server.rtp.twcc import TransportFeedbackRecorder
from media_server.sessions.viewer_congestion import ViewerCongestion
from media_server.sessions.viewer_probe import Timer
from tests.support.bottleneck import Bottleneck
from tests.support.ciphers import any_cipher
from tests.support.labelled_video import LabelledVideo

VIEWERS: Final = 1000
SECONDS: Final = 3.0
FRAME_S: Final = 1 / 30
SOUND_S: Final = 0.02
STEP_S: Final = 0.05
PICTURE: Final = (1_180,) * 8
SOUND: Final = (160,)
LAYERS: Final = (1, 3, 8)
"""Packets of a frame of each layer."""
WAY_BACK_S: Final = 0.02
FORMS: Final[tuple[Form, ...]] = ("plain", "kernel")


@dataclass(frozen=True, slots=True)
class ArrivalsCost:
    """Microseconds of CPU for each message: reading it and the estimate that follows, and the choice of a layer too."""

    form: str
    estimate_us: float
    choice_us: float

    def __str__(self) -> str:
        return f"{self.form}: an estimate {self.estimate_us:.1f} µs, with the choice of a layer {self.choice_us:.1f} µs"


@dataclass(frozen=True, slots=True)
class Step:
    """Up to `now`: what was sent, and what the receiver then says."""

    now: float
    sent: Sequence[tuple[int, int]]
    said: Sequence[bytes]


def steps(seconds: float) -> list[Step]:
    """A call of so many seconds."""
    frames = [(n * FRAME_S, size) for n in range(round(seconds / FRAME_S)) for size in PICTURE]
    sounds = [(n * SOUND_S + 0.007, size) for n in range(round(seconds / SOUND_S)) for size in SOUND]
    sent = sorted(frames + sounds)
    link = Bottleneck(5_000_000)
    arrivals = [(link.send(size, at), number) for number, (at, size) in enumerate(sent)]
    recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)
    call: list[Step] = []
    for step in range(round(seconds / STEP_S)):
        since, now = step * STEP_S, (step + 1) * STEP_S
        for at, number in arrivals:
            if at is not None and since <= at < now:
                recorder.receive(number & 0xFFFF, now=at)
        due = recorder.due(now=now)
        notes = [(round(at * 1e6), size) for at, size in sent if since <= at < now]
        call.append(Step(now, notes, [feedback.serialize() for feedback in due]))
    return call


class _Nothing:
    """A fan-out that sends nothing, and timers that nobody waits for."""

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        """See `FanOut`."""

    def send(self, leg: RtpLeg, packet: MediaPacket) -> None:
        """A probe."""

    def later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        """See `ViewerCongestion`."""
        return self

    def cancel(self) -> None:
        """See `Timer`."""


class _Stream:
    """The pictures in layers, and their viewers."""

    def __init__(self, histories: Sequence[SendHistory], make_reader: MakeReader) -> None:
        self._now = 0.0
        self._nothing = _Nothing()
        self._encoders = [LabelledVideo(codec="VP8", packets=packets, size=1_130, gop=300) for packets in LAYERS]
        self._track = Track(*(Producer("video", "VP8", 90_000) for _ in LAYERS))
        self.viewers = [self._viewer(history, make_reader) for history in histories]

    def go_on(self, now: float) -> None:
        """The source sends until then."""
        while self._now < now:
            self._now += FRAME_S
            for encoder, producer in zip(self._encoders, self._track.producers, strict=True):
                for packet in encoder.frame():
                    producer.receive(packet, now=self._now)
            self._track.forward_pending(self._nothing)

    def _viewer(self, history: SendHistory, make_reader: MakeReader) -> ViewerCongestion:
        nothing = self._nothing
        viewer = ViewerCongestion(
            history=history, send=nothing.send, clock=lambda: self._now, later=nothing.later, make_reader=make_reader
        )
        leg = RtpLeg(ssrc=1, payload_type=96, cipher=any_cipher(), address=("192.0.2.1", 9))
        consumer = Consumer(self._track, leg)
        viewer.add_picture(self._track, consumer, now=0.0)
        self._track.add(consumer, now=0.0)
        return viewer


def measure(form: Form, viewers: int = VIEWERS, seconds: float = SECONDS) -> ArrivalsCost:
    """The mean over the messages, each of which all viewers send one after the other."""
    make_reader = choose_readers(form=form)
    histories = [SendHistory() for _ in range(2 * viewers)]
    estimators = [BandwidthEstimator(history, make_reader=make_reader) for history in histories[:viewers]]
    stream = _Stream(histories[viewers:], make_reader)
    estimates_us: list[float] = []
    choices_us: list[float] = []
    for step in steps(seconds):
        for time_us, size in step.sent:
            for history in histories:
                history.note(time_us, size)
        stream.go_on(step.now)
        now = step.now + WAY_BACK_S
        for message in step.said:
            began = time.process_time()
            for estimator in estimators:
                for part in parse_compound(message):
                    assert isinstance(part, TransportFeedback)
                    estimator.on_feedback(part, now=now)
            between = time.process_time()
            for viewer in stream.viewers:
                for part in parse_compound(message, skip=viewer.unread):
                    assert isinstance(part, TransportFeedback)
                    viewer.hear(part, now=now)
            estimates_us.append(1e6 * (between - began) / viewers)
            choices_us.append(1e6 * (time.process_time() - between) / viewers)
    return ArrivalsCost(form, fmean(estimates_us), fmean(choices_us))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reports_of_arrivals", description=__doc__)
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    options = parser.parse_args()
    for form in FORMS:
        print(measure(form, options.viewers))
