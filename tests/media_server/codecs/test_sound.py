"""Records of sound: what encoders wrote is read, what is broken raises CodecError and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import av
import pytest
from av.audio.codeccontext import AudioCodecContext
from hypothesis import given
from hypothesis import strategies as st

from media_server.codecs import aac, mp3, opus
from media_server.codecs.errors import CodecError
from media_server.codecs.names import codec_string

PARSERS: dict[str, Callable[[bytes], object]] = {
    "aac": aac.parse_audio_specific_config,
    "opus": opus.parse_opus_head,
    "packet": opus.packet_samples,
    "mp3": mp3.parse_mp3_header,
}


def extradata(name: str, sample_rate: int, layout: str) -> bytes:
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate, layout, "fltp" if name == "aac" else "flt"
    encoder.open()
    return bytes(encoder.extradata or b"")


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
def test_aac_says_its_rate_and_channels(sample_rate: int, layout: str, channels: int) -> None:
    record = extradata("aac", sample_rate, layout)
    parsed = aac.parse_audio_specific_config(record)
    assert (parsed.sample_rate, parsed.channels, parsed.frame_samples) == (sample_rate, channels, 1024)
    assert aac.parse_audio_specific_config(aac.build_audio_specific_config(sample_rate, channels)) == parsed
    assert codec_string("aac", record) == "mp4a.40.2"


@pytest.mark.parametrize(
    ("record", "rate", "channels", "samples", "name"),
    [
        ("2b11880800", 48_000, 2, 2048, "mp4a.40.5"),
        ("139056e5a0", 44_100, 2, 2048, "mp4a.40.5"),
        ("eb8a0800", 44_100, 2, 2048, "mp4a.40.29"),
        ("139056e500", 22_050, 2, 1024, "mp4a.40.2"),
        ("1394", 22_050, 2, 960, "mp4a.40.2"),
        ("1780922210", 74_820, 2, 1024, "mp4a.40.2"),
    ],
    ids=["sbr-told", "sbr-implied", "ps-told", "no-sbr-told", "short-frames", "rate-in-full"],
)
def test_extensions_of_aac_count_for_what_comes_out(
    record: str, rate: int, channels: int, samples: int, name: str
) -> None:
    parsed = aac.parse_audio_specific_config(bytes.fromhex(record))
    assert (parsed.sample_rate, parsed.channels, parsed.frame_samples) == (rate, channels, samples)
    assert codec_string("aac", bytes.fromhex(record)) == name


def test_an_opus_header_is_that_of_the_encoder() -> None:
    record = extradata("libopus", 48_000, "stereo")
    head = opus.parse_opus_head(record)
    assert (head.channels, head.pre_skip, head.input_rate) == (2, 312, 48_000)
    assert opus.build_opus_head(head) == record
    assert opus.opus_specific_box(head).hex() == "000201380000bb80000000"


def test_a_channel_mapping_is_kept() -> None:
    head = opus.OpusHead(6, 312, 48_000, -256, 1, bytes((4, 2, 0, 4, 1, 2, 3, 5)))
    assert opus.parse_opus_head(opus.build_opus_head(head)) == head
    assert opus.opus_specific_box(head).endswith(head.mapping)


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        ("fcfffe", 960),
        ("08", 960),
        ("18", 2880),
        ("60", 480),
        ("68", 960),
        ("80", 120),
        ("fd0000", 1920),
        ("ff03", 2880),
    ],
)
def test_packets_of_opus_say_how_long_they_are(packet: str, samples: int) -> None:
    assert opus.packet_samples(bytes.fromhex(packet)) == samples


@pytest.mark.parametrize(
    ("frame", "rate", "channels", "samples"),
    [("fffb9064", 44_100, 2, 1152), ("fffb94c4", 48_000, 1, 1152), ("fff36044", 22_050, 2, 576)],
)
def test_headers_of_mp3_are_read(frame: str, rate: int, channels: int, samples: int) -> None:
    header = mp3.parse_mp3_header(bytes.fromhex(frame))
    assert (header.sample_rate, header.channels, header.frame_samples) == (rate, channels, samples)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("aac", ""),
        ("aac", "11"),
        ("aac", "1688"),
        ("aac", "11c0"),
        ("aac", "f8e0ffff"),
        ("aac", "1780000010"),
        ("aac", "1180"),
        ("opus", "4f70757348656164"),
        ("opus", "4f707573486561641102380180bb0000000000"),
        ("opus", "4f707573486561640100380180bb0000000000"),
        ("opus", "4f707573486561640103380180bb0000000000"),
        ("opus", "4f707573486561640106380180bb000000000104"),
        ("packet", ""),
        ("packet", "ff"),
        ("packet", "ff00"),
        ("packet", "ff3f"),
        ("mp3", "fffb"),
        ("mp3", "fffdf064"),
        ("mp3", "fffb9c64"),
    ],
)
def test_what_is_broken_or_absurd_raises_codec_error(kind: str, data: str) -> None:
    with pytest.raises(CodecError):
        PARSERS[kind](bytes.fromhex(data))


@pytest.mark.parametrize(("rate", "channels"), [(47_999, 2), (48_000, 9)])
def test_aac_that_cannot_be_described_is_refused(rate: int, channels: int) -> None:
    with pytest.raises(CodecError):
        aac.build_audio_specific_config(rate, channels)


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=80))
def test_arbitrary_bytes_raise_codec_error_alone(kind: str, data: bytes) -> None:
    with suppress(CodecError):
        PARSERS[kind](data)


@given(st.binary(max_size=40))
def test_every_config_of_aac_that_is_taken_has_sane_figures(data: bytes) -> None:
    with suppress(CodecError):
        parsed = aac.parse_audio_specific_config(data)
        assert 7_000 <= parsed.sample_rate <= 96_000
        assert 1 <= parsed.channels <= 16
        assert parsed.frame_samples >= 960
