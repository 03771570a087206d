"""FLV tag bodies, old and enhanced: what they carry, and hostile bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtmp.errors import RtmpError
from media_server.rtmp.flv import parse_audio, parse_video
from media_server.rtmp.tags import MediaTag, UnsupportedCodec

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*-tag-*.hex"))


def video(data: str) -> list[MediaTag]:
    return parse_video(bytes.fromhex(data))


def audio(data: str) -> list[MediaTag]:
    return parse_audio(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("17 00 000000 0142", MediaTag("video", "h264", "config", b"\x01\x42")),
        ("17 01 000000 aa", MediaTag("video", "h264", "frame", b"\xaa")),
        ("27 01 000043 aa", MediaTag("video", "h264", "frame", b"\xaa", is_key=False, composition_ms=67)),
        ("27 01 ffffdf aa", MediaTag("video", "h264", "frame", b"\xaa", is_key=False, composition_ms=-33)),
        ("17 02 000000", MediaTag("video", "h264", "end", b"")),
        ("1c 01 000000 aa", MediaTag("video", "hevc", "frame", b"\xaa")),
        ("90 61763031 81", MediaTag("video", "av1", "config", b"\x81")),
        ("91 61763031 aa", MediaTag("video", "av1", "frame", b"\xaa")),
        ("91 68766331 000021 aa", MediaTag("video", "hevc", "frame", b"\xaa", composition_ms=33)),
        ("93 68766331 aa", MediaTag("video", "hevc", "frame", b"\xaa")),
        ("a1 61766331 ffffdf aa", MediaTag("video", "h264", "frame", b"\xaa", is_key=False, composition_ms=-33)),
        ("a1 76703039 aa", MediaTag("video", "vp9", "frame", b"\xaa", is_key=False)),
        ("91 76703038 aa", MediaTag("video", "vp8", "frame", b"\xaa")),
        ("97 02 0007a1 01 61763031 aa", MediaTag("video", "av1", "frame", b"\xaa", nanoseconds=1953)),
        ("97 ff 0001 0000 07 02 000001 01 61763031 aa", MediaTag("video", "av1", "frame", b"\xaa", nanoseconds=1)),
        ("96 01 68766331 02 000000 aabb", MediaTag("video", "hevc", "frame", b"\xaa\xbb", track=2)),
    ],
)
def test_video_is_read(data: str, expected: MediaTag) -> None:
    assert video(data) == [expected]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("af 00 1190", MediaTag("audio", "aac", "config", b"\x11\x90")),
        ("af 01 aa", MediaTag("audio", "aac", "frame", b"\xaa")),
        ("2f fffb", MediaTag("audio", "mp3", "frame", b"\xff\xfb")),
        ("90 4f707573 4f70", MediaTag("audio", "opus", "config", b"Op")),
        ("91 4f707573 aa", MediaTag("audio", "opus", "frame", b"\xaa")),
        ("91 6d703461 aa", MediaTag("audio", "aac", "frame", b"\xaa")),
        ("91 2e6d7033 aa", MediaTag("audio", "mp3", "frame", b"\xaa")),
        ("97 02 000005 01 4f707573 aa", MediaTag("audio", "opus", "frame", b"\xaa", nanoseconds=5)),
        ("95 01 6d703461 01 aa", MediaTag("audio", "aac", "frame", b"\xaa", track=1)),
    ],
)
def test_audio_is_read(data: str, expected: MediaTag) -> None:
    assert audio(data) == [expected]


def test_many_tracks_of_one_codec_are_in_one_message() -> None:
    tags = video("96 11 61763031 00 000002 aabb 01 000001 cc")
    assert [(tag.track, tag.codec, tag.data) for tag in tags] == [(0, "av1", b"\xaa\xbb"), (1, "av1", b"\xcc")]


def test_many_tracks_of_many_codecs_are_in_one_message() -> None:
    tags = video("96 21 61763031 00 000001 aa 68766331 01 000004 000000 bb")
    assert [(tag.track, tag.codec, tag.data) for tag in tags] == [(0, "av1", b"\xaa"), (1, "hevc", b"\xbb")]


@pytest.mark.parametrize(
    "data",
    ["", "57 00", "d1 00", "94 61763031 0000", "17 09 000000 aa"],
    ids=["nothing", "seek", "command", "hdr", "other"],
)
def test_video_messages_without_a_picture_say_nothing(data: str) -> None:
    assert video(data) == []


@pytest.mark.parametrize("data", ["", "af", "af 00", "94 4f707573 0102"], ids=["nothing", "cut", "empty", "layout"])
def test_audio_messages_without_sound_say_nothing(data: str) -> None:
    assert audio(data) == []


@pytest.mark.parametrize(
    ("parse", "data"),
    [(video, "22 00"), (video, "91 76766331 aa"), (audio, "b2 00"), (audio, "91 664c6143 aa")],
    ids=["Sorenson", "VVC", "Speex", "FLAC"],
)
def test_what_nobody_can_play_is_refused_in_words(parse: Callable[[str], list[MediaTag]], data: str) -> None:
    with pytest.raises(UnsupportedCodec, match="set the encoder to"):
        parse(data)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_rtmp_error(seed: Path) -> None:
    parse = parse_video if seed.stem.startswith("video") else parse_audio
    with pytest.raises(RtmpError):
        parse(bytes.fromhex(seed.read_text()))


@given(st.sampled_from([b"", b"\x17", b"\x91", b"\x96", b"\x97", b"\x95"]), st.binary(max_size=60))
def test_arbitrary_bytes_raise_rtmp_error_alone(head: bytes, data: bytes) -> None:
    with suppress(RtmpError):
        parse_video(head + data)
    with suppress(RtmpError):
        parse_audio(head + data)


@given(
    st.integers(0, 2), st.integers(0, 7), st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=9)), max_size=20)
)
def test_arbitrary_tracks_raise_rtmp_error_alone(layout: int, packet: int, tracks: list[tuple[int, bytes]]) -> None:
    bodies = (b"av01" if layout == 2 else b"") + b"".join(
        bytes((number,)) + len(body).to_bytes(3, "big") + body for number, body in tracks
    )
    with suppress(RtmpError):
        parse_video(bytes((0x96, layout << 4 | packet)) + (b"" if layout == 2 else b"hvc1") + bodies)
