"""A frame that comes in pieces is forwarded whole."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.pacer import RUN_PACKETS
from media_server.router.consumer import Consumer
from media_server.router.room import Room
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from tests.media_server.router.feeding import AUDIO_SOURCE, FRAME_S, VIDEO_SOURCE, Sent, new_leg
from tests.support.labelled_video import LabelledVideo


class Counted(Sent):
    """Remembers how many packets each send had."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[int] = []

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        super().forward(legs, packets)
        self.runs.append(len(packets))


class Stage:
    """A room somebody watches, and his leg."""

    def __init__(self, *, packets: int) -> None:
        self.room = Room("s", grace_s=1.0, now=0.0)
        self.room.set_sources((AUDIO_SOURCE, VIDEO_SOURCE))
        self.sent = Counted()
        self.video = LabelledVideo(packets=packets, gop=20)
        self.producer = self.room.tracks["video"].producer
        self.leg = self.join()

    def join(self, *, now: float = 0.0) -> RtpLeg:
        consumer = Consumer(self.room.tracks["video"], new_leg())
        self.room.tracks["video"].add(consumer, now=now)
        return consumer.leg

    def flush(self, packets: Iterable[RtpPacket]) -> bool:
        for packet in packets:
            self.producer.receive(packet, now=0.0)
        return self.room.flush(self.sent, whole_frames=True)


def test_the_beginning_of_a_frame_waits_for_its_end() -> None:
    stage = Stage(packets=9)
    frame = stage.video.frame()
    assert not stage.flush(frame[:1])
    assert not stage.flush(frame[1:8])
    assert stage.sent.runs == []
    assert stage.flush(frame[8:])
    assert stage.sent.runs == [9]


def test_a_frame_that_has_ended_does_not_wait_for_one_that_has_begun_behind_it() -> None:
    stage = Stage(packets=4)
    first, second = stage.video.frame(), stage.video.frame()
    assert not stage.flush([*first, *second[:2]])
    assert stage.sent.runs == []
    assert stage.flush(second[2:])
    assert stage.sent.runs == [8]


def test_as_much_as_the_kernel_takes_at_once_does_not_wait() -> None:
    stage = Stage(packets=100)
    frame = stage.video.frame()
    assert stage.flush(frame[:RUN_PACKETS])
    assert stage.sent.runs == [RUN_PACKETS]


def test_a_packet_that_was_repaired_does_not_wait() -> None:
    stage = Stage(packets=4)
    frame = stage.video.frame()
    assert stage.flush([frame[0], *frame[2:]])
    assert stage.flush(frame[1:2])
    assert len(stage.sent.to(stage.leg)) == 4


def test_sound_does_not_wait_and_a_picture_that_does_holds_none_up() -> None:
    stage = Stage(packets=4)
    listener = Consumer(stage.room.tracks["audio"], new_leg(2))
    stage.room.tracks["audio"].add(listener, now=0.0)
    stage.room.tracks["audio"].producer.receive(RtpPacket(111, 7, 960, 9, payload=b"sound"), now=0.0)
    assert not stage.flush(stage.video.frame()[:2])
    assert [packet.payload for packet in stage.sent.to(listener.leg)] == [b"sound"]
    assert stage.sent.to(stage.leg) == []


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1 << 32), st.integers(1, 70))
def test_however_frames_fall_to_pieces_each_viewer_gets_every_packet_once_and_in_order(seed: int, count: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    stage = Stage(packets=count)
    legs = [stage.leg]
    for n in range(30):
        waiting = stage.video.frame()
        while waiting:
            size = rng.randint(1, len(waiting))
            stage.flush(waiting[:size])
            del waiting[:size]
            if rng.random() < 0.1:
                legs.append(stage.join(now=0.0))
            if rng.random() < 0.2:
                stage.room.flush(stage.sent)
        for _ in range(4):
            stage.room.catch_up(stage.sent, now=n * FRAME_S)
    for n in range(400):
        stage.room.catch_up(stage.sent, now=2.0 + n / 100)
    newest = stage.producer.head
    assert newest is not None
    for leg in legs:
        got = stage.sent.to(leg)
        indices = [packet.index for packet in got]
        assert indices == list(range(indices[0], indices[0] + len(got)))
        assert got[-1].payload == newest.payload
