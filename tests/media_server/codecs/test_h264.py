"""Parameter sets: the sizes that encoders mean, and nothing but CodecError for what is broken."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.codecs.errors import CodecError
from media_server.codecs.h264 import build_avcc, parse_sequence_parameters
from tests.support.rtp_source import H264Source

SEEDS = sorted((Path(__file__).parent / "seeds").glob("h264-sps-*.hex"))
# Constrained baseline, 640×480; high, 1920×1080 cropped from 1088 lines, with VUI.
CHROMIUM_SPS = bytes.fromhex("6742c01f8c8d40501ed00f08846a")
X264_HIGH_SPS = bytes.fromhex("67640028acd940780227e5c044000003000400000300f03c60c658")


@pytest.mark.parametrize(
    ("sps", "expected"), [(CHROMIUM_SPS, (640, 480, 0x42, 31)), (X264_HIGH_SPS, (1920, 1080, 100, 40))]
)
def test_known_parameter_sets_are_read(sps: bytes, expected: tuple[int, int, int, int]) -> None:
    parameters = parse_sequence_parameters(sps)
    assert (parameters.width, parameters.height, parameters.profile, parameters.level) == expected


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (854, 480), (322, 242), (1920, 1080)])
def test_the_size_that_was_encoded_is_read_back(size: tuple[int, int]) -> None:
    ((_, nals),) = H264Source(width=size[0], height=size[1]).access_units()
    parameters = parse_sequence_parameters(next(nal for nal in nals if nal[0] & 0x1F == 7))
    assert (parameters.width, parameters.height) == size


def test_a_decoder_configuration_opens_a_decoder_of_the_right_size() -> None:
    ((_, nals),) = H264Source(width=640, height=360).access_units()
    sets = {nal[0] & 0x1F: nal for nal in nals}
    record = build_avcc([sets[7]], [sets[8]])
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = record
    slices = b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals if nal[0] & 0x1F == 5)
    frames = decoder.decode(av.Packet(slices)) + decoder.decode(None)
    assert [(frame.width, frame.height) for frame in frames] == [(640, 360)]


def test_a_high_profile_configuration_carries_chroma_format_and_depth() -> None:
    record = build_avcc([X264_HIGH_SPS], [bytes.fromhex("68ebe3cb22c0")])
    assert record[-4:] == b"\xfd\xf8\xf8\x00"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_parse_error(seed: Path) -> None:
    with pytest.raises(CodecError):
        parse_sequence_parameters(bytes.fromhex(seed.read_text()))


@given(st.binary(max_size=1100))
def test_arbitrary_bytes_raise_parse_error_alone(data: bytes) -> None:
    with suppress(CodecError):
        parse_sequence_parameters(b"\x67" + data)
    with suppress(CodecError):
        build_avcc([data], [data])


@given(st.integers(0, len(X264_HIGH_SPS) - 1), st.integers(0, 255), st.integers(0, len(X264_HIGH_SPS)))
def test_damaged_parameter_sets_raise_parse_error_alone(position: int, value: int, end: int) -> None:
    damaged = bytearray(X264_HIGH_SPS)
    damaged[position] = value
    with suppress(CodecError):
        parameters = parse_sequence_parameters(bytes(damaged[:end]))
        assert parameters.width > 0
        assert parameters.height > 0
