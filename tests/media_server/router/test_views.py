"""What is left of a layer without its higher parts: no gap in its numbers, and each picture has an end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.router.consumer import Consumer
from media_server.router.producer import Producer
from media_server.router.renumbering import MAX_RUNS, Renumbering
from media_server.router.track import Track
from media_server.router.view import CutView, View
from media_server.rtp.extensions import DEPENDENCY_DESCRIPTOR, ExtensionMap
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.parts import Cut
from tests.media_server.router.feeding import Sent, new_leg
from tests.support.dependency_descriptors import L3T1_KEY, descriptor


class SvcVp9:
    """Pictures of three spatial layers, two packets each; every payload ends with (picture, spatial, packet)."""

    def __init__(self) -> None:
        self._number = 65_500
        self._picture = 0

    def picture(self) -> list[RtpPacket]:
        made = []
        for spatial, place in itertools.product(range(3), range(2)):
            is_key = self._picture == 0
            flags = 0xA0 | (not is_key or bool(spatial)) << 6 | (place == 0) << 3 | (place == 1) << 2
            head = bytes((flags, self._picture & 0x7F, spatial << 1 | 0x10, 0, 0x86))
            payload = head + bytes((self._picture, spatial, place))
            is_last = spatial == 2 and place == 1
            made.append(RtpPacket(98, self._number, 3000 * self._picture, 7, is_last, payload))
            self._number = (self._number + 1) & 0xFFFF
        self._picture += 1
        return made


def key_layers(picture: int) -> list[tuple[RtpPacket, dict[str, bytes]]]:
    """A picture of three layers, of which each needs the lower ones at the first picture alone."""
    made = []
    for spatial, template in enumerate((60, 62, 0) if picture == 0 else (61, 63, 1)):
        told = descriptor(template, picture, structure=L3T1_KEY if (picture, spatial) == (0, 0) else None)
        payload = bytes((0x18 if (picture, spatial) == (0, 0) else 0x10, picture, spatial))
        packet = RtpPacket(45, 3 * picture + spatial, 3000 * picture, 7, spatial == 2, payload)
        made.append((packet, {DEPENDENCY_DESCRIPTOR: told}))
    return made


def received(producer: Producer, packets: list[RtpPacket]) -> list[MediaPacket]:
    made = [producer.receive(packet, now=1.0) for packet in packets]
    return [packet for packet in made if packet is not None]


def places(packets: list[MediaPacket]) -> list[tuple[int, ...]]:
    return [tuple(packet.payload[-3:]) for packet in packets]


@pytest.mark.parametrize("top", [0, 1])
def test_spatial_layers_are_left_out_and_the_chosen_ends_the_picture(top: int) -> None:
    producer, source = Producer("video", "VP9", 90_000), SvcVp9()
    view = CutView(producer, Cut(top, None), start=producer.next_index, passed_on=0)
    sent = [packet for _ in range(5) for packet in view.take(received(producer, source.picture()))]
    assert places(sent) == [(p, s, n) for p in range(5) for s in range(top + 1) for n in range(2)]
    assert [packet.index for packet in sent] == list(range(sent[0].index, sent[0].index + len(sent)))
    assert [packet.marker for packet in sent] == ([False] * (2 * top + 1) + [True]) * 5
    assert [view.packet_at(packet.index) for packet in sent] == sent


def test_a_dependency_descriptor_leaves_out_what_the_target_does_not_need() -> None:
    producer = Producer("video", "AV1", 90_000)
    view = CutView(producer, Cut(1, None), start=producer.next_index, passed_on=0)
    sent: list[MediaPacket] = []
    for picture in range(4):
        for packet, said in key_layers(picture):
            media = producer.receive(packet, now=1.0, extensions=said)
            assert media is not None
            sent += view.take([media])
    assert [tuple(packet.payload[1:]) for packet in sent] == [(0, 0), (0, 1), (1, 1), (2, 1), (3, 1)]
    assert [packet.marker for packet in sent] == [False, True, True, True, True]
    assert DEPENDENCY_DESCRIPTOR in sent[0].extensions, "the structure comes with the key frame"
    assert producer.size(1) == (640, 360)


@pytest.mark.parametrize("is_early", [False, True])
@pytest.mark.parametrize(
    ("is_told", "passes_on", "layers"),
    [(True, False, [0, 1, 2, 2, 2]), (False, False, [0, 0, 0]), (True, True, [0, 1, 2] * 3)],
    ids=["told", "not-told", "relay"],
)
def test_of_layers_that_depend_viewers_are_sent_what_they_can_use(
    is_early: bool, is_told: bool, passes_on: bool, layers: list[int]
) -> None:
    track, sent = Track(Producer("video", "AV1", 90_000)), Sent()
    ids = ((DEPENDENCY_DESCRIPTOR, 12),) if is_told else ()
    leg = new_leg()
    leg.extensions = ExtensionMap(ids)
    consumer = Consumer(track, leg)
    consumer.only = 0 if passes_on else None
    if is_early:
        track.add(consumer, now=0.0)
    for picture in range(3):
        for packet, said in key_layers(picture):
            track.producer.receive(packet, now=0.1 * picture, extensions=said)
        track.forward_pending(sent)
        if picture == 0 and not is_early:
            track.add(consumer, now=0.0)
            track.catch_up(sent, now=0.0)
    got = sent.to(leg)
    assert [packet.payload[2] for packet in got] == layers
    assert [packet.index for packet in got] == list(range(got[0].index, got[0].index + len(got)))
    assert [packet.marker for packet in got].count(True) == 3


def test_what_was_lost_keeps_a_number_and_comes_late_as_it_is_or_empty() -> None:
    producer, source = Producer("video", "VP9", 90_000), SvcVp9()
    view = CutView(producer, Cut(0, None), start=producer.next_index, passed_on=0)
    first, second = source.picture(), source.picture()
    # Lost are the end of the chosen layer, the beginning of the next, and one within what is left out.
    lost = [first[1], first[2], first[4]]
    sent = list(view.take(received(producer, [first[0], first[3], first[5], *second])))
    start = sent[0].index
    assert [packet.index - start for packet in sent] == [0, 4, 5]
    late = list(view.take(received(producer, lost)))
    assert [(packet.index - start, packet.payload[-3:], packet.timestamp) for packet in late] == [
        (1, bytes((0, 0, 1)), 0),
        (2, b"", 0),
        (3, b"", 0),
    ]
    assert [view.packet_at(start + n) for n in range(6)] == [sent[0], *late, *sent[1:]]


def test_what_was_lost_within_a_frame_that_is_left_out_is_left_out_too() -> None:
    producer, source = Producer("video", "VP9", 90_000), SvcVp9()
    view = CutView(producer, Cut(1, None), start=producer.next_index, passed_on=0)
    picture = source.picture()
    # The highest layer has three packets here, of which the second is lost.
    middle = RtpPacket(98, picture[5].sequence_number, 0, 7, False, b"\xe0\x00\x14\x00\x86mid")
    last = RtpPacket(98, (middle.sequence_number + 1) & 0xFFFF, 0, 7, True, picture[5].payload)
    sent = view.take(received(producer, [*picture[:5], last]))
    after = RtpPacket(98, (last.sequence_number + 1) & 0xFFFF, 3000, 7, False, picture[0].payload)
    following = view.take(received(producer, [after]))
    assert following[0].index == sent[-1].index + 1
    assert not view.take(received(producer, [middle]))


def test_a_view_begun_at_a_cached_group_has_the_numbers_of_all_of_it() -> None:
    producer, source = Producer("video", "VP9", 90_000), SvcVp9()
    for _ in range(5):
        received(producer, source.picture())
    assert producer.head is not None
    start = producer.gop_start(now=1.0)
    assert start is not None
    view = CutView(producer, Cut(1, None), start=start.index, passed_on=producer.head.index)
    assert view.head is not None
    assert view.head.index == start.index + 19
    cached = [view.packet_at(start.index + n) for n in range(20)]
    assert all(packet is not None for packet in cached)
    more = view.take(received(producer, source.picture()))
    assert more[0].index == start.index + 20


def test_the_whole_costs_nothing() -> None:
    producer, source = Producer("video", "VP9", 90_000), SvcVp9()
    batch = received(producer, source.picture())
    view = View(producer)
    assert view.take(batch) is batch
    assert view.packet_at(batch[0].index) is batch[0]


@given(st.lists(st.sampled_from(["keep", "drop", "same", "skip"]), max_size=200), st.integers(-5, 70_000))
def test_kept_numbers_have_no_gap_and_lead_back(steps: list[str], start: int) -> None:
    numbers = Renumbering(start)
    dropped: list[int] = []
    pictures: list[int] = []
    number = start
    for step in steps:
        if step == "skip":
            number += 2
        if step in ("drop", "same"):
            numbers.drop(number, is_new_picture=step == "drop")
            dropped.append(number)
            pictures += [number] if step == "drop" else []
        else:
            numbers.keep(number)
        number += 1
    expected = start
    for each in range(start, number):
        if each in dropped:
            assert numbers.kept(each) is None
            assert numbers.number(each) == expected
        else:
            assert numbers.kept(each) == numbers.number(each) == expected
            assert numbers.source(expected) == each
            assert numbers.pictures_dropped(each) == sum(picture < each for picture in pictures)
            expected += 1
    assert numbers.source(start - 1) is None


def test_of_very_many_runs_the_oldest_are_forgotten() -> None:
    numbers = Renumbering(0)
    for number in range(0, 4 * MAX_RUNS, 2):
        numbers.keep(number)
        numbers.drop(number + 1, is_new_picture=True)
    assert numbers.kept(0) is None
    assert numbers.source(0) is None
    newest = 4 * MAX_RUNS - 2
    kept = numbers.kept(newest)
    assert kept == 2 * MAX_RUNS - 1
    assert numbers.source(kept) == newest
