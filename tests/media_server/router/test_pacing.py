"""Frames that come whole leave in slices, and whoever joins meanwhile gets each packet once."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.pacer import RUN_PACKETS
from media_server.router.consumer import Consumer
from media_server.router.producer import Producer
from media_server.router.track import Track
from media_server.rtp.leg import RtpLeg
from media_server.rtp.sequence import timestamp_delta
from tests.media_server.router.feeding import FRAME_S, Sent, new_leg
from tests.support.labelled_video import LabelledVideo, label_of

TICK_S = 0.01


class Stage:
    """A track that an encoder's frames come into whole, polled as a worker does."""

    def __init__(self, *, packets: int) -> None:
        self.track = Track(Producer("video", "H264", 90_000))
        self.video = LabelledVideo(packets=packets, size=100, gop=20)
        self.sent = Sent()
        self.now = 0.0
        self._frame_at = 0.0

    def run(self, seconds: float) -> None:
        """Go on for so long."""
        for _ in range(round(seconds / TICK_S)):
            while self._frame_at <= self.now:
                for packet in self.video.frame():
                    self.track.producer.receive(packet, now=self.now)
                self.track.forward_pending(self.sent)
                self._frame_at += FRAME_S
            self.track.catch_up(self.sent, now=self.now)
            self.now += TICK_S

    def join(self) -> RtpLeg:
        consumer = Consumer(self.track, new_leg())
        self.track.add(consumer, now=self.now)
        return consumer.leg


def test_no_slice_of_a_large_frame_is_more_than_a_quarter_of_it_and_none_less_than_a_run() -> None:
    stage = Stage(packets=120)
    leg = stage.join()
    stage.run(0.5)
    counts: list[int] = []
    stage.sent.by_leg.clear()
    before = 0
    for _ in range(40):
        stage.run(TICK_S)
        got = len(stage.sent.to(leg))
        counts.append(got - before)
        before = got
    assert max(counts) <= max(RUN_PACKETS, 120 // 3)
    assert sum(counts) >= 120 * 11


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1 << 32), st.sampled_from([20, 33, 60, 100]))
def test_whenever_viewers_join_each_gets_every_packet_once_and_in_order(seed: int, packets: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    stage = Stage(packets=packets)
    legs = []
    for _ in range(4):
        stage.run(rng.uniform(0.02, 0.4))
        legs.append(stage.join())
    stage.run(1.2)
    for leg in legs:
        got = stage.sent.to(leg)
        indices = [packet.index for packet in got]
        assert len(set(indices)) == len(indices), "no packet comes twice"
        assert sorted(indices) == list(range(min(indices), max(indices) + 1)), "none is missing"
        first = label_of(min(got, key=lambda packet: packet.index).payload)
        assert (first.frame % 20, first.number) == (0, 0), "it begins where a key frame begins"
        newest = label_of(max(got, key=lambda packet: packet.index).payload)
        assert newest.frame >= stage.video.frames - 2
        times = [packet.timestamp for packet in sorted(got, key=lambda packet: packet.index)]
        assert all(timestamp_delta(later, earlier) >= 0 for earlier, later in itertools.pairwise(times))
