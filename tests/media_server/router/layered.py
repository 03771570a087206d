"""A track of several layers on simulated time, and viewers who remember all they were sent."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from media_server.router.consumer import Consumer
from media_server.router.position import picture_id, tl0_index
from media_server.router.producer import Producer
from media_server.router.track import Track
from media_server.rtp.leg import MediaPacket, RtpLeg, continued
from media_server.rtp.ntp import ntp_from_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.sender import PublisherClock, SenderReportClock
from media_server.rtp.sequence import timestamp_delta
from tests.media_server.router.feeding import FRAME_S, new_leg
from tests.support.simulcast_video import FRAME_TICKS, LayerLabel, SimulcastLayer, layer_label_of

KEYFRAME_AFTER_S = 0.1


@dataclass(frozen=True)
class Got:
    """A packet as the viewer has it."""

    index: int
    timestamp: int
    marker: bool
    payload: bytes
    picture_id: int | None
    tl0: int | None

    @property
    def label(self) -> LayerLabel:
        return layer_label_of(self.payload)


class Viewers:
    """A FanOut: what each leg's viewer got, by number. One number is one packet, or the test fails."""

    def __init__(self) -> None:
        self.got: dict[RtpLeg, dict[int, Got]] = {}
        self.order: dict[RtpLeg, list[int]] = {}

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        for leg in legs:
            for packet in packets:
                self.take(leg, packet)

    def take(self, leg: RtpLeg, packet: MediaPacket) -> None:
        """One packet, by the numbers of its leg."""
        leg.packets_sent += 1
        payload = continued(packet, picture_id_offset=leg.picture_id_offset, tl0_offset=leg.tl0_offset)
        named = MediaPacket(0, 0, False, payload, picture_id_at=2 if payload else 0, tl0_at=4 if payload else 0)
        got = Got(
            packet.index + leg.index_offset,
            (packet.timestamp + leg.timestamp_offset) & 0xFFFFFFFF,
            packet.marker,
            payload,
            picture_id(named),
            tl0_index(named),
        )
        known = self.got.setdefault(leg, {}).setdefault(got.index, got)
        assert known == got, "a number stands for one packet"
        self.order.setdefault(leg, []).append(got.index)


@dataclass
class Arrivals:
    """When packets of each layer come: spread, lost and repaired late."""

    rng: random.Random
    spread_s: float = 0.0
    loss: float = 0.0
    waiting: list[tuple[float, int, int, RtpPacket]] = field(default_factory=list)
    _number: int = 0

    def send(self, layer: int, packets: Sequence[RtpPacket], at: float) -> None:
        for packet in packets:
            late = self.rng.uniform(0, self.spread_s)
            if self.rng.random() < self.loss:
                late += self.rng.uniform(0.05, 0.3)
            self._number += 1
            self.waiting.append((at + late, self._number, layer, packet))

    def due(self, now: float) -> list[tuple[int, RtpPacket]]:
        come = sorted(each for each in self.waiting if each[0] <= now)
        self.waiting = [each for each in self.waiting if each[0] > now]
        return [(layer, packet) for _, _, layer, packet in come]


class LayeredStage:
    """An encoder of `count` layers, its track, and what viewers got. Runs in steps of 10 ms, as a worker polls."""

    def __init__(
        self,
        count: int = 3,
        *,
        seed: int = 0,
        spread_s: float = 0.0,
        loss: float = 0.0,
        with_reports: bool = True,
        falling: bool = False,
    ) -> None:
        self.rng = random.Random(seed)  # noqa: S311
        self.now = 0.0
        sizes = range(count)[::-1] if falling else range(count)
        self.encoders = [SimulcastLayer(size, self.rng) for size in sizes]
        self.track = Track(*(Producer("video", "VP8", 90_000) for _ in range(count)))
        self.sent = Viewers()
        self.on_received: Callable[[Producer, RtpPacket, MediaPacket], None] = lambda *_: None
        self.viewers: list[Consumer] = []
        self._whole_up_to: dict[RtpLeg, int] = {}
        self.stopped: set[int] = set()
        self.requests: list[list[float]] = [[] for _ in range(count)]
        self._arrivals = Arrivals(self.rng, spread_s, loss)
        self._with_reports = with_reports
        self._frame = 0
        self._keys_at: dict[int, float] = {}
        clock = PublisherClock(unix_at_zero=1000.0)
        self.clocks = [SenderReportClock(clock, 90_000) for _ in range(count)]
        for producer, each in zip(self.track.producers, self.clocks, strict=True):
            producer.source_replaced(each)

    def join(self) -> Consumer:
        consumer = Consumer(self.track, new_leg())
        self.track.add(consumer, now=self.now)
        self.viewers.append(consumer)
        return consumer

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / 0.01)):
            self._step()

    def settle(self) -> None:
        """Let everything that is on its way come."""
        self.stopped = set(range(len(self.encoders)))
        self.run(0.6)

    def got(self, consumer: Consumer) -> list[Got]:
        """What the viewer has in the order of numbers."""
        mine = self.sent.got.get(consumer.leg, {})
        return [mine[index] for index in sorted(mine)]

    def _ask_again(self, consumer: Consumer) -> None:
        """As a viewer does who misses packets: for each, until it comes."""
        mine = self.sent.got.get(consumer.leg)
        if not mine:
            return
        whole = self._whole_up_to.setdefault(consumer.leg, min(mine))
        newest = max(mine)
        while whole < newest and whole + 1 in mine:
            whole += 1
        self._whole_up_to[consumer.leg] = whole
        for index in range(whole, newest):
            if index not in mine:
                consumer.resend([index & 0xFFFF], now=self.now, send=self.sent.take)

    def _step(self) -> None:
        self.now = round(self.now + 0.01, 6)
        if self.now >= self._frame * FRAME_S:
            self._capture()
        for layer, packet in self._arrivals.due(self.now):
            producer = self.track.producers[layer]
            media = producer.receive(packet, now=self.now)
            if media is not None:
                self.on_received(producer, packet, media)
        self.track.forward_pending(self.sent)
        self.track.catch_up(self.sent, now=self.now)
        if round(self.now * 100) % 5 == 0:
            for consumer in self.viewers:
                self._ask_again(consumer)
        for number, producer in enumerate(self.track.producers):
            if producer.keyframes.due(now=self.now):
                self.requests[number].append(self.now)
                self._keys_at.setdefault(number, self.now + KEYFRAME_AFTER_S)

    def _capture(self) -> None:
        for number, encoder in enumerate(self.encoders):
            if number in self.stopped:
                encoder.request_keyframe()
                continue
            if self.now >= self._keys_at.get(number, float("inf")):
                del self._keys_at[number]
                encoder.request_keyframe()
            self._arrivals.send(number, encoder.frame(self._frame), self.now)
            if self._with_reports and self._frame % 15 == 0:
                ntp = ntp_from_unix(5000.0 + self._frame * FRAME_S)
                self.clocks[number].sender_report(ntp, encoder.timestamp(self._frame), now=self.now)
        self._frame += 1


def check_numbers(got: Sequence[Got]) -> None:
    """Gapless numbers, ascending time, pictures that follow one another."""
    assert [packet.index for packet in got] == list(range(got[0].index, got[0].index + len(got)))
    for before, after in itertools.pairwise(got):
        step = timestamp_delta(after.timestamp, before.timestamp)
        assert step >= 0, "time never steps back"
        if not (before.payload and after.payload):
            continue
        is_same_frame = (before.label.layer, before.label.frame) == (after.label.layer, after.label.frame)
        # Who comes back may be sent the key frame it left at once more, as another picture.
        assert is_same_frame if step == 0 else not is_same_frame or after.label.number == 0


def check_pictures(got: Sequence[Got]) -> None:
    """Picture ids follow one another, and TL0PICIDX counts the pictures of the lowest temporal layer."""
    pictures = [packet for packet in got if packet.payload and packet.label.number == 0]
    for before, after in itertools.pairwise(pictures):
        assert before.picture_id is not None
        assert before.tl0 is not None
        assert after.picture_id == (before.picture_id + 1) & 0x7FFF
        assert after.tl0 == (before.tl0 + (after.label.temporal == 0)) & 0xFF


def check_decodable(got: Sequence[Got]) -> int:
    """Every frame is whole, but for one that a change cut short, and has what it refers to. The number of frames."""
    frames: list[list[LayerLabel]] = []
    for packet in got:
        if packet.payload:
            label = packet.label
            if label.number and frames and (frames[-1][0].layer, frames[-1][0].frame) == (label.layer, label.frame):
                frames[-1].append(label)
            else:
                frames.append([label])
    newest: dict[int, LayerLabel] = {}
    for number, packets in enumerate(frames):
        first = packets[0]
        is_whole = [label.number for label in packets] == list(range(first.count))
        follows = frames[number + 1][0] if number + 1 < len(frames) else None
        assert is_whole or follows is None or follows.is_key, "a frame that others need is whole"
        if first.is_key:
            newest = {0: first}
            continue
        base = newest[0]
        assert base.layer == first.layer, "another layer begins with a key frame"
        assert first.frame - base.frame == (4 if first.temporal == 0 else first.frame - base.frame)
        if first.temporal == 0:
            newest = {0: first}
            continue
        assert first.frame - base.frame < 4, "it refers to the lowest layer's frame before it"
        if first.temporal == 2 and first.frame - base.frame == 3:
            assert newest[1].frame == base.frame + 2, "it refers to the middle layer's frame before it"
        newest[first.temporal] = first
    return len(frames)


def check_times(got: Sequence[Got], *, tolerance_s: float) -> None:
    """Time stamps tell when each frame was captured."""
    offsets = [
        timestamp_delta(packet.timestamp, packet.label.frame * FRAME_TICKS & 0xFFFFFFFF)
        for packet in got
        if packet.payload
    ]
    spread = max(timestamp_delta(each & 0xFFFFFFFF, offsets[0] & 0xFFFFFFFF) for each in offsets) - min(
        timestamp_delta(each & 0xFFFFFFFF, offsets[0] & 0xFFFFFFFF) for each in offsets
    )
    assert spread <= tolerance_s * 90_000
