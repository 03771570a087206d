"""HLS and recordings are given the highest layer that is sent, as one stream."""

from __future__ import annotations

import itertools

from media_server.router.highest_layer import HighestLayer
from media_server.router.producer import Producer
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sequence import sequence_delta, timestamp_delta
from tests.media_server.router.layered import LayeredStage
from tests.support.simulcast_video import FRAME_TICKS, layer_label_of


class Followed:
    """A stage whose packets are also taken one by one."""

    def __init__(self, count: int, *, loss: float = 0.0) -> None:
        self.stage = LayeredStage(count, seed=2, loss=loss)
        self.got: list[RtpPacket] = []
        self.highest = HighestLayer(self.stage.track.producers)
        self.stage.on_received = self._take

    @property
    def layers(self) -> list[int]:
        """Which layers came, in order."""
        return [layer for layer, _ in itertools.groupby(layer_label_of(packet.payload).layer for packet in self.got)]

    def _take(self, producer: Producer, packet: RtpPacket, media: MediaPacket) -> None:
        taken = self.highest.take(packet, media, producer, now=self.stage.now)
        if taken is not None:
            self.got.append(taken)


def test_it_falls_to_a_lower_layer_and_returns_without_a_gap_in_numbers_or_time() -> None:
    followed = Followed(3)
    stage = followed.stage
    stage.run(1.0)
    stage.stopped = {2}
    stage.run(2.5)
    stage.stopped = set()
    stage.run(1.0)
    assert followed.layers[-3:] == [2, 1, 2]
    got = [packet for packet in followed.got if layer_label_of(packet.payload).frame > 5]
    assert all(sequence_delta(b.sequence_number, a.sequence_number) == 1 for a, b in itertools.pairwise(got))
    for before, after in itertools.pairwise(got):
        frames = layer_label_of(after.payload).frame - layer_label_of(before.payload).frame
        assert abs(timestamp_delta(after.timestamp, before.timestamp) - FRAME_TICKS * frames) <= 90
    changes = [
        b for a, b in itertools.pairwise(got) if layer_label_of(a.payload).layer != layer_label_of(b.payload).layer
    ]
    assert all(layer_label_of(packet.payload).is_key for packet in changes)


def test_a_number_stands_for_one_packet_whatever_is_repaired_late() -> None:
    followed = Followed(3, loss=0.1)
    stage = followed.stage
    for stopped in (set(), {2}, set(), {1, 2}, set()):
        stage.stopped = stopped
        stage.run(2.2)
    by_number: dict[int, bytes] = {}
    for packet in followed.got:
        assert by_number.setdefault(packet.sequence_number, packet.payload) == packet.payload


def test_of_one_layer_packets_are_what_they_were() -> None:
    followed = Followed(1)
    encoder = followed.stage.encoders[0]
    first = encoder.sequence_number
    followed.stage.run(0.5)
    assert [packet.sequence_number for packet in followed.got] == [
        (first + n) & 0xFFFF for n in range(len(followed.got))
    ]
    assert followed.highest.timestamp(followed.stage.track.producers[0], 5) == 5


def test_times_are_told_of_the_layer_that_is_given() -> None:
    followed = Followed(2)
    followed.stage.run(1.0)
    low, high = followed.stage.track.producers
    newest = followed.got[-1]
    frame = layer_label_of(newest.payload).frame
    assert followed.highest.timestamp(low, 1) is None
    assert followed.highest.timestamp(high, followed.stage.encoders[1].timestamp(frame)) == newest.timestamp
