"""One track as viewers see it: numbers without a gap, time that goes on, and where a key frame begins."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.router.producer import MAX_GOP_S, REORDER_WINDOW, Producer
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sender import PublisherClock, SenderReportClock
from media_server.rtp.sequence import timestamp_delta
from tests.media_server.router.feeding import FRAME_S, frames
from tests.support.labelled_video import Codec, LabelledVideo, label_of


def new_producer(codec: str = "H264") -> Producer:
    return Producer("video", codec, 90_000)


def report_clock() -> SenderReportClock:
    return SenderReportClock(PublisherClock(unix_at_zero=0.0), 90_000)


def feed(producer: Producer, arrivals: list[tuple[float, RtpPacket]]) -> list[MediaPacket | None]:
    return [producer.receive(packet, now=at) for at, packet in arrivals]


@given(first=st.integers(0, 65_535), timestamp=st.integers(0, 0xFFFFFFFF), count=st.integers(1, 60))
def test_numbers_and_time_go_on_across_their_wraps(first: int, timestamp: int, count: int) -> None:
    producer = new_producer()
    made = feed(producer, frames(LabelledVideo(sequence_number=first, timestamp=timestamp), count))
    assert [packet.index for packet in made if packet] == list(range(REORDER_WINDOW, REORDER_WINDOW + 4 * count))
    assert made[0] is not None
    assert made[-1] is not None
    assert timestamp_delta(made[-1].timestamp, made[0].timestamp) == 3000 * (count - 1)


@settings(deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    first=st.sampled_from([0, 5, 32_760, 65_500, 65_535]),
    displacement=st.integers(0, 60),
)
def test_reordered_and_repeated_packets_keep_their_numbers_and_come_once(
    seed: int, first: int, displacement: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    sent = frames(LabelledVideo(sequence_number=first), 30)
    # Each packet comes up to `displacement` places late, and some of them twice. The first sets the numbering.
    order = sorted(range(len(sent)), key=lambda n: 0 if n == 0 else n + rng.uniform(0, displacement))
    order += rng.sample(order, 20)
    producer = new_producer()
    made = {}
    for n in order:
        media = producer.receive(sent[n][1], now=1.0)
        assert (media is None) == (n in made)
        if media is not None:
            made[n] = media.index
    assert made == {n: REORDER_WINDOW + n for n in range(len(sent))}


def test_a_late_repair_is_taken_and_one_far_too_late_is_not() -> None:
    producer = new_producer()
    sent = frames(LabelledVideo(size=60), 1100)
    feed(producer, sent[:1] + sent[2:4000])
    assert producer.receive(sent[1][1], now=200.0) is not None
    assert producer.receive(sent[1][1], now=200.0) is None
    feed(producer, sent[4000:])
    feed(producer, [(300.0, packet) for _, packet in sent[4398:]])
    late = RtpPacket(102, sent[0][1].sequence_number - 1 & 0xFFFF, 0, 0x1111, payload=b"x")
    assert producer.receive(late, now=300.0) is None


@given(
    second_sequence=st.integers(0, 65_535),
    second_timestamp=st.integers(0, 0xFFFFFFFF),
    pause_s=st.floats(0.0, 25.0),
    with_clock=st.booleans(),
)
def test_another_source_goes_on_where_the_last_one_stopped(
    second_sequence: int, second_timestamp: int, pause_s: float, with_clock: bool
) -> None:
    producer = new_producer()
    if with_clock:
        producer.source_replaced(report_clock())
    before = feed(producer, frames(LabelledVideo(ssrc=1, sequence_number=777), 10))
    producer.source_replaced(report_clock())
    other = LabelledVideo(ssrc=2, sequence_number=second_sequence, timestamp=second_timestamp)
    resumed_at = 9 * FRAME_S + pause_s
    after = [producer.receive(packet, now=resumed_at + n * FRAME_S) for n in range(10) for packet in other.frame()]
    together = [packet for packet in before + after if packet]
    assert [packet.index for packet in together] == list(range(REORDER_WINDOW, REORDER_WINDOW + 80))
    assert before[-1] is not None
    assert after[0] is not None
    step_s = timestamp_delta(after[0].timestamp, before[-1].timestamp) / 90_000
    assert step_s == pytest.approx(max(pause_s, 0.001), abs=0.0001)


def test_a_replaced_source_takes_its_key_frame_with_it() -> None:
    producer = new_producer()
    feed(producer, frames(LabelledVideo(), 5))
    assert producer.gop_start(now=1.0) is not None
    producer.source_replaced(report_clock())
    assert producer.gop_start(now=1.0) is None


def test_a_viewer_who_asks_right_after_a_change_of_source_is_heard() -> None:
    producer = new_producer()
    feed(producer, frames(LabelledVideo(), 1))
    producer.keyframes.request(now=0.1)
    assert not producer.keyframes.due(now=0.1)
    producer.source_replaced(report_clock())
    producer.keyframes.request(now=0.1)
    assert producer.keyframes.due(now=0.1)


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_the_group_begins_at_the_first_packet_of_the_newest_key_frame(codec: Codec) -> None:
    video = LabelledVideo(codec=codec, gop=20)
    producer = new_producer(codec)
    feed(producer, frames(video, 45))
    start = producer.gop_start(now=45 * FRAME_S)
    assert start is not None
    label = label_of(start.payload)
    assert (label.frame, label.number) == (40, 0)


def test_the_group_begins_at_its_parameter_sets_though_they_were_overtaken() -> None:
    producer = new_producer()
    video = LabelledVideo(gop=5)
    feed(producer, frames(video, 5))
    key = video.frame()
    feed(producer, [(1.0, packet) for packet in (key[1], key[2], key[0], key[3])])
    start = producer.gop_start(now=1.0)
    assert start is not None
    assert (label_of(start.payload).frame, label_of(start.payload).number) == (5, 0)


def test_a_group_that_has_gone_in_part_is_not_begun_with_though_its_key_frame_came_late_and_is_there() -> None:
    producer = Producer("video", "VP8", 90_000, max_gop_s=1.0)
    packets = frames(LabelledVideo(codec="VP8", gop=1000), 68)
    (_, key), rest = packets[0], packets[1:]
    feed(producer, [*rest[:120], (1.1, key), *rest[120:]])
    key_index = producer.next_index - len(packets)
    assert producer.packet_at(key_index) is not None
    assert producer.packet_at(key_index + 1) is None
    assert producer.gop_start(now=2.0) is None


def test_a_key_frame_that_comes_late_does_not_replace_a_newer_one() -> None:
    video = LabelledVideo(gop=5)
    groups = [frames(video, 5) for _ in range(3)]
    producer = new_producer()
    feed(producer, groups[0] + groups[2] + groups[1])
    start = producer.gop_start(now=1.0)
    assert start is not None
    assert label_of(start.payload).frame == 10


def test_an_old_group_is_not_replayed() -> None:
    producer = new_producer()
    feed(producer, frames(LabelledVideo(gop=10_000), 2))
    assert producer.gop_start(now=MAX_GOP_S - 0.01) is not None
    assert producer.gop_start(now=MAX_GOP_S + 0.01) is None


def test_what_was_received_is_handed_on_once_in_order_of_arrival() -> None:
    producer = new_producer()
    sent = frames(LabelledVideo(), 2)
    feed(producer, [sent[0], sent[2], sent[1], sent[2]])
    assert [packet.index - REORDER_WINDOW for packet in producer.take_pending()] == [0, 2, 1]
    assert producer.take_pending() == []


def test_padding_alone_keeps_its_number() -> None:
    producer = new_producer()
    feed(producer, frames(LabelledVideo(), 1))
    padding = RtpPacket(102, 65_504, 0xFFFF_8000, 0x1111)
    media = producer.receive(padding, now=0.1)
    assert media is not None
    assert (media.index, media.payload, media.starts_keyframe) == (REORDER_WINDOW + 4, b"", False)
