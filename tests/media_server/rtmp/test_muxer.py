"""Frames as messages: what a muxer writes, the server's side reads back."""

from __future__ import annotations

import pytest

from media_server.codecs.opus import OpusHead, build_opus_head
from media_server.hub.frames import Codec, Frame, Track, TrackFormat
from media_server.rtmp.choice import choose
from media_server.rtmp.messages import Message, MessageType
from media_server.rtmp.muxer import FlvMuxer
from media_server.rtmp.timeline import BEGINS_AT
from media_server.rtmp.tracks import EncoderTracks
from tests.media_server.rtmp.messages import AAC_CONFIG, AVCC, BASELINE_AVCC, Sink, unit

VIDEO = Track("video", "video", TrackFormat("h264", AVCC, 1920, 1080, reorders=True), bitrate_bps=4_000_000)
AUDIO = Track("audio", "audio", TrackFormat("aac", AAC_CONFIG, sample_rate=48_000, channels=2))
OPUS = Track(
    "audio", "audio", TrackFormat("opus", build_opus_head(OpusHead(2, 312, 48_000)), sample_rate=48_000, channels=2)
)


def picture(dts: int, *, is_key: bool = False, later: int = 0) -> Frame:
    return Frame(dts, dts + later, is_key, unit(b"\x65key" if is_key else b"\x41picture"))


def sound(dts: int) -> Frame:
    return Frame(dts, dts, True, b"\x08sound")


def muxer(video: Track | None = VIDEO, audio: Track | None = AUDIO) -> tuple[FlvMuxer, list[Message]]:
    made = FlvMuxer(stream_id=1, is_publishing=True)
    return made, made.select(video, audio)


def read(messages: list[Message]) -> Sink:
    sink = Sink()
    tracks = EncoderTracks(sink)
    for message in messages:
        if message.type_id == MessageType.VIDEO:
            tracks.video(message.payload, message.timestamp, now=message.timestamp / 1000)
        elif message.type_id == MessageType.AUDIO:
            tracks.audio(message.payload, message.timestamp, now=message.timestamp / 1000)
    tracks.poll(now=messages[-1].timestamp / 1000 + 10)
    return sink


def test_frames_are_read_back_as_they_were() -> None:
    out, messages = muxer()
    for index in range(20):
        messages += out.frame(VIDEO, picture(900_000 + index * 3000, is_key=index == 0, later=(index % 3) * 3000))
        messages += out.frame(AUDIO, sound(900_000 + index * 1920))
    back = read(messages)
    assert back.begun[0]["video"].format == VIDEO.format
    assert back.begun[0]["audio"].format == AUDIO.format
    frames = back.frames["video"]
    assert [frame.data for frame in frames] == [picture(0, is_key=index == 0).data for index in range(20)]
    assert [round((frame.dts - BEGINS_AT) / 3000, 1) for frame in frames] == pytest.approx(list(range(20)), abs=0.1)
    assert [round((frame.pts - frame.dts) / 3000) for frame in frames] == [index % 3 for index in range(20)]


@pytest.mark.parametrize(
    ("codec", "config", "data"),
    [
        ("hevc", None, unit(b"\x26\x01key")),
        ("av1", b"", b"\x32\x01\x00"),
        ("vp9", b"", b"\x82frame"),
    ],
)
def test_other_codecs_go_by_their_fourcc(codec: Codec, config: bytes | None, data: bytes) -> None:
    track = Track("video", "video", TrackFormat(codec, config or b"", 640, 360))
    out, messages = muxer(track, OPUS)
    (message,) = out.frame(track, Frame(0, 0, True, data))
    names = {"hevc": b"hvc1", "av1": b"av01", "vp9": b"vp09"}
    assert message.payload[0] & 0xF0 == 0x90
    assert message.payload[1:5] == names[codec]
    assert message.payload.endswith(data)
    (heard,) = out.frame(OPUS, sound(100))
    assert heard.payload == b"\x91Opus\x08sound"
    assert any(each.payload.startswith(b"\x90OpusOpusHead") for each in messages)


def test_it_begins_with_a_key_frame_and_its_clock_at_zero() -> None:
    out, _ = muxer()
    assert out.frame(AUDIO, sound(890_000)) == []
    assert out.frame(VIDEO, picture(897_000)) == []
    (key,) = out.frame(VIDEO, picture(900_000, is_key=True))
    assert key.timestamp == 0
    assert out.frame(AUDIO, sound(899_000)) == []
    (heard,) = out.frame(AUDIO, sound(900_900))
    assert heard.timestamp == 10


def test_sound_alone_begins_at_once() -> None:
    out, _ = muxer(video=None)
    (heard,) = out.frame(AUDIO, sound(890_000))
    assert heard.timestamp == 0


def test_after_a_gap_no_picture_goes_on_before_a_key_frame() -> None:
    out, _ = muxer()
    out.frame(VIDEO, picture(0, is_key=True))
    out.skip_to_key()
    assert out.frame(VIDEO, picture(3000)) == []
    assert len(out.frame(AUDIO, sound(3000))) == 1
    assert len(out.frame(VIDEO, picture(6000, is_key=True))) == 1


def test_another_clock_goes_on_behind_the_one_before() -> None:
    out, _ = muxer()
    out.frame(VIDEO, picture(900_000, is_key=True))
    (last,) = out.frame(VIDEO, picture(990_000))
    out.interrupt()
    assert out.frame(VIDEO, picture(5000)) == []
    (first,) = out.frame(VIDEO, picture(8000, is_key=True))
    assert 0 < first.timestamp - last.timestamp < 100


def test_new_parameter_sets_are_told_before_the_next_key_frame() -> None:
    out, _ = muxer()
    out.frame(VIDEO, picture(0, is_key=True))
    other = Track("video", "video", TrackFormat("h264", BASELINE_AVCC, 640, 480))
    told = out.select(other, AUDIO)
    assert [message.type_id for message in told] == [MessageType.DATA_AMF0, MessageType.VIDEO]
    assert told[1].payload == b"\x17\x00\x00\x00\x00" + BASELINE_AVCC
    assert out.frame(VIDEO, picture(3000)) == []
    assert out.frame(other, picture(3000)) == []
    assert len(out.frame(other, picture(6000, is_key=True))) == 1


def test_the_same_tracks_again_are_not_told_again() -> None:
    out, _ = muxer()
    assert out.select(VIDEO, AUDIO) == []


def test_stamps_wrap_at_32_bits() -> None:
    out, _ = muxer()
    out.frame(VIDEO, picture(0, is_key=True))
    (message,) = out.frame(VIDEO, picture(2**32 * 90 + 900))
    assert message.timestamp == 10


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        ([("video", "h264", 720, "source"), ("video:1080", "h264", 1080, "derived")], "video"),
        ([("video", "vp8", 720, "source"), ("video:h264", "h264", 720, "derived")], "video:h264"),
        ([("video", "h264", 2160, "source"), ("video:1", "h264", 1080, "source")], "video:1"),
        ([("video", "h264", 2160, "source")], "video"),
        ([("video", "h264", 360, "source"), ("video:1", "h264", 1080, "source")], "video:1"),
        ([("video", "av1", 720, "source")], None),
    ],
)
def test_the_best_picture_is_chosen(tracks: list[tuple[str, Codec, int, str]], expected: str | None) -> None:
    made = [
        Track(name, "video", TrackFormat(codec, b"", 16, height), "source" if origin == "source" else "derived")
        for name, codec, height, origin in tracks
    ]
    chosen, _ = choose(made, {"h264", "aac"})
    assert (chosen.track_id if chosen else None) == expected


def test_the_first_sound_of_a_source_is_chosen_before_others() -> None:
    second = Track("audio:1", "audio", AUDIO.format, bitrate_bps=320_000)
    derived = Track("audio:aac", "audio", AUDIO.format, "derived")
    assert choose([second, derived, AUDIO], {"aac"})[1] == AUDIO
    assert choose([OPUS, derived], {"aac"})[1] == derived
