"""A viewer who comes late: the cached group at once, then the present, with no gap, no duplicate and no step back."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.router.catch_up import MAX_STEP_PACKETS, speed_for
from media_server.router.consumer import Consumer
from media_server.router.producer import Producer
from media_server.router.resend import RtxLeg
from media_server.router.room import Room
from media_server.router.track import Track
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import timestamp_delta
from tests.media_server.router.feeding import AUDIO_SOURCE, FRAME_S, VIDEO_SOURCE, Sent, frames, new_leg
from tests.support.labelled_video import Codec, LabelledVideo, label_of

TICK_S = 0.01


class Stage:
    """A track with its fan-out, run as a worker runs it: flush after each wake-up, catch up on each tick."""

    def __init__(self, codec: str = "H264") -> None:
        self.track = Track(Producer("video", codec, 90_000))
        self.sent = Sent()
        self.now = 0.0

    def receive(self, *packets: RtpPacket) -> None:
        for packet in packets:
            self.track.producer.receive(packet, now=self.now)
        self.track.forward_pending(self.sent)

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.now += TICK_S
            self.track.catch_up(self.sent, now=self.now)

    def join(self) -> Consumer:
        consumer = Consumer(self.track, new_leg())
        self.track.add(consumer, now=self.now)
        return consumer

    def play(self, video: LabelledVideo, count: int) -> None:
        for at, packet in frames(video, count):
            self.now = max(self.now, at)
            self.receive(packet)


@dataclass(frozen=True)
class Arrival:
    at: float
    packet: RtpPacket


def arrivals(rng: random.Random, *, count: int, gop: int, spread: float, loss: float) -> list[Arrival]:
    """`count` frames whose packets come up to `spread` places late; lost ones come last, repaired much later."""
    video = LabelledVideo(gop=gop, sequence_number=rng.randrange(65_536), timestamp=rng.randrange(1 << 32))
    sent = frames(video, count)
    places = []
    for n, _ in enumerate(sent):
        late = rng.uniform(0, spread) + (rng.uniform(20, 60) if n and rng.random() < loss else 0.0)
        places.append((n + late if n else -1.0, n))
    return [
        Arrival(sent[min(int(place), len(sent) - 1)][0] if place > 0 else 0.0, sent[n][1])
        for place, n in sorted(places)
    ]


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1 << 32),
    gop=st.sampled_from([7, 30, 200]),
    spread=st.sampled_from([0.0, 3.0, 12.0]),
    loss=st.sampled_from([0.0, 0.1]),
    tick_each=st.integers(1, 12),
)
def test_whenever_it_joins_it_gets_each_packet_from_a_key_frame_on_once(
    seed: int, gop: int, spread: float, loss: float, tick_each: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    stage = Stage()
    order = arrivals(rng, count=90, gop=gop, spread=spread, loss=loss)
    join_at = rng.randrange(20, 300)
    leg: RtpLeg | None = None
    for n, arrival in enumerate(order):
        stage.now = max(stage.now, arrival.at)
        stage.receive(arrival.packet)
        if n == join_at:
            leg = stage.join().leg
        if n % tick_each == 0:
            stage.tick()
    stage.tick(100)
    assert leg is not None
    got = stage.sent.to(leg)
    labels = {packet.index: label_of(packet.payload) for packet in got}
    assert len(labels) == len(got), "no packet comes twice"
    first = min(labels)
    assert (labels[first].frame % gop, labels[first].number) == (0, 0), "it begins where a key frame begins"
    after = list(labels)
    assert sorted(after) == list(range(first, max(after) + 1)), "no gap after the key frame it began with"
    assert (labels[max(after)].frame, labels[max(after)].number) == (89, 3)
    in_order = [labels[index] for index in sorted(after)]
    assert [(label.frame, label.number) for label in in_order] == [
        (frame, number) for frame in range(in_order[0].frame, 90) for number in range(4)
    ]
    by_index = {packet.index: packet for packet in got}
    times = [by_index[index].timestamp for index in sorted(after)]
    steps = [timestamp_delta(b, a) for a, b in itertools.pairwise(times)]
    assert all(step == 0 if (n + 1) % 4 else step > 0 for n, step in enumerate(steps)), "time never steps back"


def test_without_reordering_it_is_sent_in_order_and_live_packets_only_after_the_cached_ones() -> None:
    stage, video = Stage(), LabelledVideo(gop=60)
    stage.play(video, 50)
    consumer = stage.join()
    for _ in range(10):
        stage.tick(10)
        stage.play(video, 1)
    indices = [packet.index for packet in stage.sent.to(consumer.leg)]
    assert indices == list(range(indices[0], indices[0] + 4 * 60))
    assert label_of(stage.sent.to(consumer.leg)[0].payload).frame == 0


def test_the_first_tick_brings_the_key_frame() -> None:
    stage, video = Stage(), LabelledVideo(gop=30)
    stage.play(video, 45)
    consumer = stage.join()
    stage.tick()
    label = label_of(stage.sent.to(consumer.leg)[0].payload)
    assert (label.frame, label.number) == (30, 0)


def test_a_step_is_bounded_and_the_first_picture_comes_whatever_is_in_it() -> None:
    stage, video = Stage(), LabelledVideo(gop=100, packets=150, size=1200)
    stage.play(video, 1)
    consumer = stage.join()
    counts = []
    for _ in range(3):
        stage.tick()
        counts.append(len(stage.sent.to(consumer.leg)))
    assert counts == [MAX_STEP_PACKETS, 2 * MAX_STEP_PACKETS, 150]


def test_a_group_is_sent_three_times_as_fast_as_it_was_made_with_time_stamps_that_say_so() -> None:
    stage, video = Stage(), LabelledVideo(gop=300, packets=8, size=1200)
    stage.play(video, 60)
    present = video.timestamp - 3000 & 0xFFFFFFFF
    consumer = stage.join()
    joined_at = stage.now
    late: list[float] = []
    seen = 0
    for _ in range(60):
        stage.play(video, 1)
        for _ in range(4):
            stage.tick()
            got = stage.sent.to(consumer.leg)
            for packet in got[seen:]:
                named_s = timestamp_delta(packet.timestamp - consumer.leg.timestamp_offset, present) / 90_000
                late.append(stage.now - joined_at - named_s)
            seen = len(got)
        stage.now -= 4 * TICK_S
    assert consumer.is_active
    assert min(late) >= 0.0
    assert max(late) < 0.05
    times = list(dict.fromkeys(packet.timestamp for packet in stage.sent.to(consumer.leg)))
    steps = [timestamp_delta(b, a) for a, b in itertools.pairwise(times)]
    assert steps[:80] == [1000] * 80
    assert steps[-20:] == [3000] * 20


def test_little_pictures_are_caught_up_with_the_sooner() -> None:
    stage, video = Stage(), LabelledVideo(gop=300, packets=1, size=200)
    stage.play(video, 60)
    consumer = stage.join()
    for _ in range(6):
        stage.play(video, 1)
        stage.tick(3)
    assert consumer.is_active


@pytest.mark.parametrize(
    ("megabits", "speed"), [(0.0, 100.0), (0.4, 10.0), (1.0, 4.0), (2.0, 3.0), (3.0, 3.0), (4.0, 2.25), (8.0, 2.0)]
)
def test_what_takes_much_is_caught_up_with_more_slowly(megabits: float, speed: float) -> None:
    assert speed_for(megabits * 1e6) == pytest.approx(speed)


def test_another_worker_gets_the_group_at_once() -> None:
    stage, video = Stage(), LabelledVideo(gop=300, packets=20, size=1200)
    stage.play(video, 60)
    consumer = Consumer(stage.track, new_leg())
    consumer.only = 0
    stage.track.add(consumer, now=stage.now)
    stage.tick(20)
    assert len(stage.sent.to(consumer.leg)) == 60 * 20
    stage.play(video, 1)
    stage.tick()
    assert consumer.is_active


def test_a_packet_sent_again_is_the_packet_that_was_sent() -> None:
    """Under AES-GCM one index with two contents would give the key away."""
    stage, video = Stage(), LabelledVideo(gop=60)
    sent = frames(video, 20)
    late = sent[42]
    for at, packet in sent[:42] + sent[43:]:
        stage.now = at
        stage.receive(packet)
    consumer = stage.join()
    stage.tick(100)
    stage.receive(late[1])
    got = {packet.index: packet for packet in stage.sent.to(consumer.leg)}
    assert len(got) == 80
    again = Sent()
    stage.now += 1
    for index, before in got.items():
        numbers: list[MediaPacket] = []
        consumer.resend([index & 0xFFFF], now=stage.now, send=lambda leg, p, into=numbers: into.append(p))  # type: ignore[misc]
        again.forward([consumer.leg], numbers)
        stage.now += 0.1
        assert again.to(consumer.leg)[-1] == before


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_without_a_cached_key_frame_it_waits_for_one_and_asks_once(codec: Codec) -> None:
    stage, video = Stage(codec), LabelledVideo(codec=codec, gop=1000)
    stage.play(video, 1)
    stage.now = 60.0
    consumers = [stage.join() for _ in range(50)]
    assert all(consumer.waits_for_keyframe for consumer in consumers)
    assert [stage.track.producer.keyframes.due(now=60.0 + n / 100) for n in range(40)] == [True] + [False] * 39
    stage.receive(*video.frame())
    assert stage.sent.by_leg == {}
    video.request_keyframe()
    stage.receive(*video.frame())
    for consumer in consumers:
        labels = [label_of(packet.payload) for packet in stage.sent.to(consumer.leg)]
        assert [(label.frame, label.number) for label in labels] == [(2, n) for n in range(4)]


def test_two_key_frames_in_one_wake_up_begin_with_the_first() -> None:
    stage, video = Stage(), LabelledVideo(gop=1)
    consumer = stage.join()
    stage.receive(*video.frame(), *video.frame())
    assert len(stage.sent.to(consumer.leg)) == 8


def test_who_left_gets_nothing_more_in_whatever_state() -> None:
    stage, video = Stage(), LabelledVideo(gop=60)
    waiting = stage.join()
    stage.track.remove(waiting)
    stage.play(video, 40)
    live, catching = stage.join(), stage.join()
    stage.tick(100)
    stage.track.remove(live)
    late = stage.join()
    stage.track.remove(late)
    before = len(stage.sent.to(live.leg))
    stage.play(video, 5)
    stage.tick()
    assert len(stage.sent.to(live.leg)) == before
    assert stage.sent.to(waiting.leg) == stage.sent.to(late.leg) == []
    assert len(stage.sent.to(catching.leg)) == 180


def test_audio_begins_with_the_next_packet() -> None:
    room = Room("s", grace_s=1.0, now=0.0)
    room.set_sources((AUDIO_SOURCE, VIDEO_SOURCE))
    track, sent = room.tracks["audio"], Sent()
    consumer = Consumer(track, new_leg())
    track.add(consumer, now=0.0)
    track.producer.receive(RtpPacket(111, 65_535, 960, 9, payload=b"a"), now=0.0)
    track.producer.receive(RtpPacket(111, 0, 1920, 9, payload=b"b"), now=0.0)
    room.flush(sent)
    got = sent.to(consumer.leg)
    assert [packet.payload for packet in got] == [b"a", b"b"]
    assert got[1].index == got[0].index + 1


def test_the_first_number_is_below_half_so_that_the_rollover_counter_begins_at_zero() -> None:
    for _ in range(50):
        stage, video = Stage(), LabelledVideo(gop=60)
        stage.play(video, 2)
        consumer = stage.join()
        stage.tick()
        assert 0 < stage.sent.to(consumer.leg)[0].index < 0x8000


def test_repairs_come_by_rtx_with_their_original_number_and_within_the_budget() -> None:
    stage, video = Stage(), LabelledVideo(gop=60, size=60)
    stage.play(video, 100)
    rtx = RtxLeg(new_leg(2))
    consumer = Consumer(stage.track, new_leg(), rtx=rtx)
    stage.track.add(consumer, now=stage.now)
    stage.tick(100)
    got = stage.sent.to(consumer.leg)
    answers: list[tuple[RtpLeg, MediaPacket]] = []
    numbers = [packet.index & 0xFFFF for packet in got]
    consumer.resend(numbers, now=100.0, send=lambda leg, packet: answers.append((leg, packet)))
    assert 100 <= len(answers) <= 160, "a burst is bounded"
    assert all(leg is rtx.leg for leg, _ in answers)
    assert [packet.index for _, packet in answers] == [answers[0][1].index + n for n in range(len(answers))]
    for number, packet, (_, repair) in zip(numbers, got, answers, strict=False):
        assert repair.payload == number.to_bytes(2, "big") + packet.payload
        assert (repair.timestamp + rtx.leg.timestamp_offset) & 0xFFFFFFFF == packet.timestamp
    consumer.resend(numbers[:1], now=101.0, send=lambda leg, packet: answers.append((leg, packet)))
    count = len(answers)
    consumer.resend(numbers[:1] * 50, now=101.01, send=lambda leg, packet: answers.append((leg, packet)))
    assert len(answers) == count, "not twice within 20 ms"


def test_what_was_never_sent_or_is_long_gone_is_not_resent() -> None:
    stage, video = Stage(), LabelledVideo(gop=30)
    stage.play(video, 60)
    consumer = stage.join()
    answers: list[MediaPacket] = []

    def send(leg: RtpLeg, packet: MediaPacket) -> None:
        answers.append(packet)

    stage.tick()
    first = stage.sent.to(consumer.leg)[0].index
    consumer.resend([(first - 1) & 0xFFFF, (first - 100) & 0xFFFF, (first + 30_000) & 0xFFFF], now=3.0, send=send)
    assert answers == []
    waiting = Consumer(Track(Producer("video", "H264", 90_000)), new_leg())
    waiting.resend([1, 2, 3], now=3.0, send=send)
    assert answers == []
    stage.now = 2 + 60 * FRAME_S + 10
    stage.receive(*video.frame())
    consumer.resend([first & 0xFFFF], now=stage.now, send=send)
    assert answers == []


def test_a_publisher_who_comes_back_with_the_same_codecs_in_another_order_keeps_the_viewers() -> None:
    room = Room("s", grace_s=1.0, now=0.0)
    assert not room.set_sources((AUDIO_SOURCE, VIDEO_SOURCE))
    tracks = dict(room.tracks)
    assert room.set_sources((VIDEO_SOURCE, AUDIO_SOURCE))
    assert room.tracks == tracks
    assert not room.set_sources((VIDEO_SOURCE,))
    assert set(room.tracks) == {"video"}
