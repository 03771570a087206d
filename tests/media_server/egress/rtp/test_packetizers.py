"""Frames of every codec come out of RTP as they went in, and decode."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from media_server.codecs.av1 import Obu, join_obus
from media_server.codecs.errors import CodecError
from media_server.codecs.nal import join_lengths, split_lengths
from media_server.egress.rtp.av1 import Av1Packetizer
from media_server.egress.rtp.fragments import MAX_PAYLOAD_BYTES
from media_server.egress.rtp.h264 import H264Packetizer
from media_server.egress.rtp.hevc import HevcPacketizer
from media_server.egress.rtp.packetizer import Packetizer, packetizer_for
from media_server.egress.rtp.vpx import Vp8Packetizer, Vp9Packetizer
from media_server.hub.frames import Frame, Track, TrackFormat, VideoCodec
from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.rtp.keyframe import starts_keyframe
from tests.media_server.egress.rtp.listening import Sent
from tests.support.frame_source import PictureSource

WEBRTC_NAMES = {"h264": "H264", "hevc": "H265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}
DECODERS = {"h264": "h264", "hevc": "hevc", "vp8": "vp8", "vp9": "vp9", "av1": "libdav1d"}
CODECS: list[VideoCodec] = ["h264", "hevc", "vp8", "vp9", "av1"]
LUMA = 170
SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.hex"))


class Received:
    """What a hub got from RTP."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.formats: list[TrackFormat] = []
        self.frames: list[Frame] = []
        self.hub.listen(self, now=0.0)

    def on_tracks(self, tracks: object, *, now: float) -> None: ...
    def on_interrupt(self, *, now: float) -> None: ...
    def on_end(self, *, now: float) -> None: ...

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        self.formats.append(track.format)
        self.frames.append(frame)


def decoded(track_format: TrackFormat, frames: list[Frame]) -> list[VideoFrame]:
    context = av.CodecContext.create(DECODERS[track_format.codec], "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = track_format.config or None
    context.thread_count = 1
    pictures: list[VideoFrame] = []
    for frame in frames:
        packet = av.Packet(frame.data)
        packet.pts = frame.pts
        pictures += context.decode(packet)
    return pictures + context.decode(None)


@pytest.mark.parametrize("codec", CODECS)
def test_what_goes_into_rtp_comes_out_of_it_and_decodes(codec: VideoCodec) -> None:
    source, sent, received = PictureSource(codec, luma=LUMA, gop=20), Sent(), Received()
    sent.hub.begin([source.track], now=0.0)
    pushed = [source.next() for _ in range(45)]
    for number, frame in enumerate(pushed):
        sent.hub.push("video", frame, now=number / 30)
    back = RtpSource(received.hub, request_keyframe=lambda: None)
    back.set_tracks(video_codec=WEBRTC_NAMES[codec], audio_codec=None, now=0.0)
    for number, packet in enumerate(sent.rtp("video")):
        back.receive("video", packet, now=number / 1000)
    pictures = decoded(received.formats[0], received.frames)
    assert len(pictures) == len(pushed)
    assert [frame.is_key for frame in received.frames] == [frame.is_key for frame in pushed]
    middle = pictures[-1].to_ndarray(format="yuv420p")[60:120, 100:200]
    assert abs(float(np.mean(middle)) - LUMA) < 6
    steps = {after.pts - before.pts for before, after in pairwise(received.frames)}
    assert steps == {3000}


@pytest.mark.parametrize("codec", CODECS)
def test_packets_are_of_one_length_and_say_where_key_frames_begin(codec: VideoCodec) -> None:
    # Noise, so that a picture takes many packets.
    source = PictureSource(codec, gop=20)
    big = bytes(np.random.default_rng(3).integers(1, 255, 30_000, dtype=np.uint8))
    if codec in ("h264", "hevc"):
        header = b"\x65" if codec == "h264" else b"\x26\x01"
        frame = Frame(0, 0, True, join_lengths([header + big]))
    elif codec == "av1":
        # An OBU of type frame with its size in three bytes.
        frame = Frame(
            0, 0, True, b"\x32" + bytes((len(big) & 0x7F | 0x80, len(big) >> 7 & 0x7F | 0x80, len(big) >> 14)) + big
        )
    else:
        frame = Frame(0, 0, True, (b"\x10" if codec == "vp8" else b"\x82") + big)
    sent = Sent()
    sent.hub.begin([source.track], now=0.0)
    sent.hub.push("video", frame, now=0.0)
    packets = sent.packets["video"]
    lengths = [len(packet.payload) for packet in packets]
    whole = lengths[1:-1] if codec in ("h264", "hevc") else lengths[:-1]
    assert len(whole) >= 24
    assert set(whole) == {MAX_PAYLOAD_BYTES}
    assert max(lengths) <= MAX_PAYLOAD_BYTES
    assert starts_keyframe(WEBRTC_NAMES[codec], packets[0].payload)
    assert [packet.marker for packet in packets] == [False] * (len(packets) - 1) + [True]
    assert {packet.timestamp for packet in packets} == {packets[0].timestamp}
    assert sent.batches == 1


def test_parameter_sets_come_in_one_packet_before_each_key_frame_and_sei_is_left_out() -> None:
    source = PictureSource(gop=5)
    packetizer = packetizer_for(source.track.format)
    assert isinstance(packetizer, H264Packetizer)
    frames = [source.next() for _ in range(6)]
    kinds = [[payload[0] & 0x1F for payload in packetizer.packetize(frame)] for frame in frames]
    assert kinds == [[24, 5], [1], [1], [1], [1], [24, 5]]
    assert 6 in {nal[0] & 0x1F for nal in split_lengths(frames[0].data)}


def test_a_frame_that_is_none_is_left_out_and_counted() -> None:
    source, sent = PictureSource(), Sent()
    sent.hub.begin([source.track], now=0.0)
    sent.hub.push("video", Frame(0, 0, True, b"\x00\x00\xff\xff\x65"), now=0.0)
    sent.hub.push("video", source.next(), now=0.1)
    assert sent.egress.unreadable == 1
    assert {packet.timestamp for packet in sent.packets["video"]} == {90_000}


def test_what_webrtc_does_not_carry_has_no_packetizer() -> None:
    assert packetizer_for(TrackFormat("aac", b"\x11\x90")) is None
    with pytest.raises(CodecError):
        packetizer_for(TrackFormat("h264", b"nonsense"))


def test_a_parameter_set_that_is_longer_than_a_packet_is_cut() -> None:
    source = PictureSource()
    sps, pps = (bytes((0x67,)) + bytes(400), bytes((0x68,)) + bytes(5_000))
    payloads = H264Packetizer((sps, pps)).packetize(source.next())
    assert max(len(payload) for payload in payloads) <= MAX_PAYLOAD_BYTES
    assert [payload[0] & 0x1F for payload in payloads] == [7, 28, 28, 28, 28, 28, 5]


PACKETIZERS: list[Packetizer] = [
    H264Packetizer((b"\x67\x42", b"\x68\x01")),
    HevcPacketizer((b"\x40\x01\x00", b"\x42\x01\x00", b"\x44\x01\x00")),
    Vp8Packetizer(),
    Vp9Packetizer(),
    Av1Packetizer(b"\x0a\x01\x00"),
]


def check(data: bytes, *, is_key: bool) -> None:
    """Payloads that fit packets, or CodecError and nothing else."""
    for packetizer in PACKETIZERS:
        with suppress(CodecError):
            payloads = packetizer.packetize(Frame(0, 0, is_key, data))
            assert all(0 < len(payload) <= MAX_PAYLOAD_BYTES for payload in payloads)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_seeds_raise_nothing_else(seed: Path) -> None:
    data = bytes.fromhex(seed.read_text())
    check(data, is_key=True)
    check(data, is_key=False)


@given(data=st.binary(max_size=4_000), is_key=st.booleans())
def test_no_frame_raises_anything_else(data: bytes, is_key: bool) -> None:
    check(data, is_key=is_key)


@given(units=st.lists(st.binary(max_size=1_500), max_size=6), is_key=st.booleans())
def test_no_units_raise_anything_else(units: list[bytes], is_key: bool) -> None:
    check(join_lengths(units), is_key=is_key)
    check(join_obus(Obu(unit[0] >> 3 & 0x0F, unit) for unit in units if unit), is_key=is_key)
