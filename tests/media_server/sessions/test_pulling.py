"""One hop between two workers, by real sockets: what is pulled, layer by layer, with what is said of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from media_server.feed.endpoint import FeedEndpoint
from media_server.relay.answer import PullAnswer, PulledTrack
from media_server.relay.offer import PullOffer
from media_server.router.producer import Producer
from media_server.router.track import Track
from media_server.rtp.extensions import AUDIO_LEVEL, DEPENDENCY_DESCRIPTOR
from media_server.rtp.packet import RtpPacket
from media_server.sdp import Codec
from media_server.sessions.pull import Pull, PullHooks
from media_server.sessions.relaying import RelayedTrack, RelayHooks, RelaySession
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout.plain import PlainFanOut
from tests.support.labelled_video import LabelledVideo
from tests.support.waiting import eventually

VP8 = PulledTrack("video", Codec("VP8", 96, 90_000, 1, {}, ("nack", "nack pli")), (0x21, 0x22))
MADE = PulledTrack("video", Codec("H264", 98, 90_000, 1, {}, ("nack", "nack pli")), (0x31,), is_alternative=True)
OPUS = PulledTrack("audio", Codec("opus", 97, 48_000, 2, {}, ("nack",)), (0x11,))
TRACKS = (VP8, MADE, OPUS)


def producers_of(told: PulledTrack) -> tuple[Producer, ...]:
    return tuple(Producer(told.kind, told.codec.name, told.codec.clock_rate) for _ in told.layers)


@dataclass
class Hop:
    """Both ends, and the producers of each by the first SSRC of their track."""

    origin: RelaySession
    edge: Pull
    tracks: dict[int, Track]
    fan_out: PlainFanOut
    arrived: dict[int, tuple[Producer, ...]]
    heard: list[float]
    over: list[str]
    is_live: bool = True

    def send(self, told: PulledTrack, layer: int, packet: RtpPacket, **said: bytes) -> None:
        """One packet of the origin's source."""
        extensions = {{"level": AUDIO_LEVEL, "descriptor": DEPENDENCY_DESCRIPTOR}[name]: said[name] for name in said}
        self.tracks[told.layers[0]].producers[layer].receive(packet, now=time.monotonic(), extensions=extensions)
        self.tracks[told.layers[0]].forward_pending(self.fan_out)

    def send_frame(self, told: PulledTrack, layer: int, video: LabelledVideo) -> None:
        for packet in video.frame():
            self.send(told, layer, packet)

    def head(self, told: PulledTrack, layer: int = 0) -> bytes | None:
        """The newest payload that arrived."""
        head = self.arrived[told.layers[0]][layer].head
        return head.payload if head is not None else None


@pytest.fixture
async def hop() -> AsyncIterator[Hop]:
    loop = asyncio.get_running_loop()
    media, of_origin, of_edge = (bind_udp("127.0.0.1", 0) for _ in range(3))
    at_origin, at_edge = (FeedEndpoint(sock, on_drained=lambda: None) for sock in (of_origin, of_edge))
    fan_out = PlainFanOut(media, use_gso=True)
    tracks = {told.layers[0]: Track(*producers_of(told)) for told in TRACKS}
    offer = PullOffer.generate()
    heard: list[float] = []
    over: list[str] = []
    origin = RelaySession(
        "o",
        edge_id="edge",
        token_id="t",
        offer=offer,
        tracks=[RelayedTrack(tracks[told.layers[0]], told) for told in TRACKS],
        endpoint=at_origin,
        fan_out=fan_out,
        cname="c",
        clock=time.monotonic,
        hooks=RelayHooks(is_live=lambda: made.is_live, closed=lambda _: over.append("origin")),
    )
    edge = Pull(
        "e",
        offer=offer,
        answer=PullAnswer(at_origin.address, 1, True, 6.0, TRACKS),
        endpoint=at_edge,
        cname="c",
        clock=time.monotonic,
        hooks=PullHooks(
            heard=heard.append,
            received=lambda *_: None,
            sender_report=lambda *_: None,
            closed=lambda _: over.append("edge"),
        ),
    )
    arrived = {told.layers[0]: producers_of(told) for told in TRACKS}
    made = Hop(origin, edge, tracks, fan_out, arrived, heard, over)
    edge.feed(list(arrived.values()), unix_at_zero=0.0)
    for endpoint in (at_origin, at_edge):
        endpoint.start(loop)
    polling = asyncio.create_task(poll(edge))
    yield made
    polling.cancel()
    edge.close("over")
    origin.close("over")
    for endpoint in (at_origin, at_edge):
        endpoint.stop(loop)
    media.close()


async def poll(edge: Pull) -> None:
    while True:
        edge.poll(time.monotonic())
        await asyncio.sleep(0.01)


def sound(number: int) -> RtpPacket:
    return RtpPacket(111, number & 0xFFFF, 960 * number, 7, payload=b"opus %d" % number)


async def test_every_layer_is_pulled_as_it_is_and_one_that_stops_is_not_made_up_for(hop: Hop) -> None:
    low, high = LabelledVideo(codec="VP8", ssrc=1), LabelledVideo(codec="VP8", ssrc=2, size=900)
    sent_low: list[bytes] = []

    async def both_arrive() -> bool:
        for layer, video in ((0, low), (1, high)):
            hop.send_frame(VP8, layer, video)
        hop.tracks[VP8.layers[0]].catch_up(hop.fan_out, now=time.monotonic())
        sent_low.append(hop.tracks[VP8.layers[0]].producers[0].head.payload)  # type: ignore[union-attr]
        return hop.head(VP8, 0) is not None and hop.head(VP8, 1) is not None

    await eventually(both_arrive, every_s=0.05)
    assert len(hop.head(VP8, 0) or b"") < len(hop.head(VP8, 1) or b"")
    stopped = hop.arrived[VP8.layers[0]][1].heard_at

    async def low_goes_on_alone() -> bool:
        hop.send_frame(VP8, 0, low)
        hop.tracks[VP8.layers[0]].catch_up(hop.fan_out, now=time.monotonic())
        return hop.arrived[VP8.layers[0]][0].heard_at > stopped + 2.0

    await eventually(low_goes_on_alone, every_s=0.05)
    newest = hop.arrived[VP8.layers[0]][1].head
    assert newest is not None
    assert newest.payload not in sent_low


async def test_what_a_source_says_of_its_packets_goes_with_them(hop: Hop) -> None:
    numbers = iter(range(1, 10_000))

    async def arrives() -> bool:
        hop.send(OPUS, 0, sound(next(numbers)), level=b"\x85")
        return hop.head(OPUS) is not None

    await eventually(arrives, every_s=0.02)
    head = hop.arrived[OPUS.layers[0]][0].head
    assert head is not None
    assert head.extensions == {AUDIO_LEVEL: b"\x85"}
    # What has no one-byte form goes too.
    hop.send(OPUS, 0, sound(next(numbers)), descriptor=bytes(range(40)))
    await eventually(lambda: head is not hop.arrived[OPUS.layers[0]][0].head)
    head = hop.arrived[OPUS.layers[0]][0].head
    assert head is not None
    assert head.extensions == {DEPENDENCY_DESCRIPTOR: bytes(range(40))}


async def test_an_alternative_comes_once_somebody_needs_a_picture_of_it(hop: Hop) -> None:
    video = LabelledVideo(ssrc=3)
    await eventually(lambda: bool(hop.heard) or hop.edge._is_heard)
    for _ in range(5):
        hop.send_frame(MADE, 0, video)
    assert not hop.tracks[MADE.layers[0]].is_wanted
    hop.arrived[MADE.layers[0]][0].keyframes.request(now=time.monotonic())
    await eventually(lambda: hop.tracks[MADE.layers[0]].is_wanted)

    async def arrives() -> bool:
        hop.send_frame(MADE, 0, video)
        hop.tracks[MADE.layers[0]].catch_up(hop.fan_out, now=time.monotonic())
        return hop.head(MADE) is not None

    await eventually(arrives, every_s=0.05)


async def test_the_edge_hears_that_the_stream_is_live_and_that_the_origin_is_there_when_it_is_not(hop: Hop) -> None:
    numbers = iter(range(1, 10_000))

    async def is_heard() -> bool:
        hop.send(OPUS, 0, sound(next(numbers)))
        return bool(hop.heard)

    await eventually(is_heard, every_s=0.02)
    assert hop.arrived[OPUS.layers[0]][0].report_clock is not None
    hop.is_live = False
    last = len(hop.heard)
    await eventually(lambda: hop.edge._heard_at > hop.heard[-1] + 1.0)
    assert len(hop.heard) <= last + 3
    assert not hop.edge.is_dead(time.monotonic())


@pytest.mark.parametrize("side", ["origin", "edge"])
async def test_whoever_ends_it_tells_the_other(hop: Hop, side: str) -> None:
    await eventually(lambda: hop.edge._is_heard)
    (hop.origin if side == "origin" else hop.edge).close("enough")
    await eventually(lambda: sorted(hop.over) == ["edge", "origin"])
    assert not any(track.is_wanted for track in hop.tracks.values())


async def test_a_source_that_makes_a_further_layer_is_to_be_pulled_anew(hop: Hop) -> None:
    hop.tracks[VP8.layers[0]].add_layer(Producer("video", "VP8", 90_000))
    await eventually(lambda: sorted(hop.over) == ["edge", "origin"])


async def test_who_does_not_have_the_key_moves_and_ends_nothing(hop: Hop) -> None:
    await eventually(lambda: hop.edge._is_heard)
    stranger = Pull(
        "x",
        offer=replace(PullOffer.generate(), ssrc=hop.edge._offer.ssrc),
        answer=hop.edge.answer,
        endpoint=hop.edge._endpoint,
        cname="c",
        clock=time.monotonic,
        hooks=PullHooks(
            heard=lambda _: None, received=lambda *_: None, sender_report=lambda *_: None, closed=lambda _: None
        ),
    )
    stranger.poll(time.monotonic())
    stranger.close("goodbye in another's name")
    numbers = iter(range(1, 10_000))

    async def goes_on() -> bool:
        hop.send(OPUS, 0, sound(next(numbers)))
        return hop.head(OPUS) is not None

    await eventually(goes_on, every_s=0.02)
    assert hop.over == []
