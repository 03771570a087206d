"""Sizes of pictures are read from the first packet of a key frame, as real encoders write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.egress.rtp.packetizer import packetizer_for
from media_server.hub.frames import VideoCodec
from media_server.router.picture_size import picture_size
from media_server.router.producer import Producer
from media_server.rtp.packet import RtpPacket
from tests.support.frame_source import PictureSource

CODECS: dict[str, VideoCodec] = {"H264": "h264", "H265": "hevc", "VP8": "vp8", "VP9": "vp9", "AV1": "av1"}


@pytest.mark.parametrize("codec", CODECS)
def test_a_key_frame_names_its_size(codec: str) -> None:
    source = PictureSource(CODECS[codec], width=352, height=200)
    packetizer = packetizer_for(source.track.format)
    assert packetizer is not None
    producer = Producer("video", codec, 90_000)
    assert producer.size() is None
    for number, payload in enumerate(packetizer.packetize(source.next())):
        producer.receive(RtpPacket(96, number, 0, 7, False, payload), now=0.0)
    assert producer.size() == (352, 200)


def test_the_structure_of_vp9_names_the_largest_of_its_layers() -> None:
    assert picture_size("VP9", bytes.fromhex("0a30014000b40280016886")) == (640, 360)


@given(st.sampled_from([*CODECS, "opus"]), st.binary(max_size=60))
def test_what_names_none_has_none(codec: str, payload: bytes) -> None:
    size = picture_size(codec, payload)
    assert size is None or (size[0] > 0 and size[1] > 0)
