"""Media messages of an encoder, as the tracks and frames they are."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.codecs.h264 import build_avcc
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.metadata import Promises, promises_of
from media_server.rtmp.timeline import BEGINS_AT
from media_server.rtmp.tracks import MAX_TRACKS, MAX_WAITING, WAIT_S, EncoderTracks
from tests.media_server.rtmp.messages import (
    AVCC,
    BASELINE_AVCC,
    BASELINE_PPS,
    BASELINE_SPS,
    HIGH_PPS,
    HIGH_SPS,
    Sink,
    aac_config,
    aac_frame,
    avc_config,
    avc_frame,
    unit,
)

BOTH = Promises(kinds=frozenset({"video", "audio"}))
VIDEO_ALONE = Promises(kinds=frozenset({"video"}))
AV1_DELIMITER, AV1_HEADER = bytes.fromhex("1200"), bytes.fromhex("0a0a00000002aff79b5f2008")
AV1_FRAME = bytes.fromhex("32021000")
AUDIO_ALONE = Promises(kinds=frozenset({"audio"}))


def encoder(promises: Promises = BOTH) -> tuple[EncoderTracks, Sink]:
    sink = Sink()
    tracks = EncoderTracks(sink)
    tracks.promised(promises)
    return tracks, sink


def playing(promises: Promises = VIDEO_ALONE) -> tuple[EncoderTracks, Sink]:
    """One that has sent its first picture."""
    tracks, sink = encoder(promises)
    tracks.video(avc_config(), 0, now=0.0)
    tracks.video(avc_frame(is_key=True), 0, now=0.0)
    return tracks, sink


def test_tracks_begin_when_all_that_was_promised_are_known() -> None:
    tracks, sink = encoder()
    tracks.video(avc_config(), 0, now=0.0)
    tracks.video(avc_frame(is_key=True), 0, now=0.0)
    assert sink.begun == []
    tracks.audio(aac_config(), 0, now=0.01)
    tracks.audio(aac_frame(), 5, now=0.01)
    (begun,) = sink.begun
    assert {name: track.format.codec for name, track in begun.items()} == {"video": "h264", "audio": "aac"}
    assert (begun["video"].format.width, begun["video"].format.height) == (1920, 1080)
    assert (begun["audio"].format.sample_rate, begun["audio"].format.channels) == (48_000, 2)
    assert [frame.dts for frame in sink.frames["video"]] == [BEGINS_AT]
    assert [frame.dts for frame in sink.frames["audio"]] == [BEGINS_AT + 450]


def test_a_promised_track_is_not_waited_for_longer_than_a_moment() -> None:
    tracks, sink = encoder()
    tracks.video(avc_config(), 0, now=0.0)
    for index in range(30):
        tracks.video(avc_frame(is_key=index == 0), index * 33, now=index / 30)
    assert list(sink.begun[0]) == ["video"]
    assert len(sink.frames["video"]) == 30
    tracks.audio(aac_config(), 1000, now=1.0)
    tracks.audio(aac_frame(), 1000, now=1.0)
    assert [track.track_id for track in sink.put_tracks] == ["audio"]
    assert len(sink.frames["audio"]) == 1


def test_a_stream_that_stops_within_that_moment_begins_all_the_same() -> None:
    tracks, sink = encoder()
    tracks.audio(aac_config(), 0, now=0.0)
    tracks.audio(aac_frame(), 0, now=0.0)
    tracks.poll(now=WAIT_S / 2)
    assert sink.begun == []
    tracks.poll(now=WAIT_S)
    tracks.poll(now=WAIT_S * 2)
    assert [list(begun) for begun in sink.begun] == [["audio"]]
    assert len(sink.frames["audio"]) == 1


def test_what_is_held_back_is_bounded() -> None:
    tracks, sink = encoder()
    tracks.audio(aac_config(), 0, now=0.0)
    for _ in range(MAX_WAITING):
        tracks.audio(aac_frame(), 0, now=0.0)
    assert len(sink.frames["audio"]) == MAX_WAITING


@pytest.mark.parametrize("promises", [AUDIO_ALONE, Promises()])
def test_sound_alone_is_a_stream(promises: Promises) -> None:
    tracks, sink = encoder(promises)
    tracks.audio(aac_config(), 0, now=0.0)
    for index in range(60):
        tracks.audio(aac_frame(), int(index * 1024 / 48), now=index * 1024 / 48_000)
    stamps = [frame.dts for frame in sink.frames["audio"]]
    assert {after - before for before, after in pairwise(stamps)} == {1920}


def test_pictures_before_the_parameter_sets_are_left_out() -> None:
    tracks, sink = encoder(VIDEO_ALONE)
    tracks.video(avc_frame(is_key=True), 0, now=0.0)
    tracks.video(avc_config(), 33, now=0.03)
    tracks.video(avc_frame(is_key=True), 33, now=0.03)
    assert len(sink.frames["video"]) == 1


def test_another_size_in_mid_stream_is_another_format() -> None:
    tracks, sink = playing()
    tracks.video(avc_config(BASELINE_AVCC), 100, now=0.1)
    tracks.video(avc_frame(is_key=True), 100, now=0.1)
    assert [(track.track_id, track.format.width, track.format.height) for track in sink.put_tracks] == [
        ("video", 640, 480)
    ]


def test_the_same_parameter_sets_again_are_nothing_new() -> None:
    tracks, sink = playing()
    tracks.video(avc_config(), 100, now=0.1)
    assert sink.put_tracks == []


def test_another_codec_in_mid_stream_is_another_format() -> None:
    tracks, sink = playing()
    vp8_key = bytes.fromhex("91 76703038") + bytes.fromhex("10 00 00 9d 01 2a 40 01 b4 00")
    tracks.video(vp8_key, 100, now=0.1)
    assert [(track.format.codec, track.format.width, track.format.height) for track in sink.put_tracks] == [
        ("vp8", 320, 180)
    ]
    assert len(sink.frames["video"]) == 2


def test_parameter_sets_among_the_pictures_are_taken_out_and_obeyed() -> None:
    tracks, sink = playing()
    delimiter, filler = b"\x09\xf0", b"\x0c\xff\xff"
    tracks.video(avc_frame(unit(delimiter, HIGH_SPS, HIGH_PPS, b"\x65a", filler), is_key=True), 40, now=0.04)
    assert sink.frames["video"][-1].data == unit(b"\x65a")
    assert sink.put_tracks == []
    tracks.video(avc_frame(unit(BASELINE_SPS, BASELINE_PPS, b"\x65b"), is_key=True), 80, now=0.08)
    assert sink.frames["video"][-1].data == unit(b"\x65b")
    assert [track.format.config for track in sink.put_tracks] == [BASELINE_AVCC]


def test_lengths_of_two_bytes_become_lengths_of_four() -> None:
    record = bytearray(AVCC)
    record[4] = 0xFD
    tracks, sink = encoder(VIDEO_ALONE)
    tracks.video(avc_config(bytes(record)), 0, now=0.0)
    tracks.video(avc_frame(unit(b"\x65one", b"\x65two", length_size=2), is_key=True), 0, now=0.0)
    assert sink.frames["video"][0].data == unit(b"\x65one", b"\x65two")
    assert sink.begun[0]["video"].format.config == build_avcc([HIGH_SPS], [HIGH_PPS])


def test_pictures_in_another_order_than_shown_are_noticed_where_the_parameter_sets_are_silent() -> None:
    tracks, sink = encoder(VIDEO_ALONE)
    tracks.video(avc_config(build_avcc([HIGH_SPS[:-8]], [HIGH_PPS])), 0, now=0.0)
    for index, later in enumerate((33, 100, 33, 0)):
        tracks.video(avc_frame(is_key=index == 0, composition_ms=later), index * 33, now=index / 30)
    assert not sink.begun[0]["video"].format.reorders
    assert [track.format.reorders for track in sink.put_tracks] == [True]
    assert [frame.pts - frame.dts for frame in sink.frames["video"]] == [33 * 90, 9000, 33 * 90, 0]


def test_a_stamp_that_does_not_ascend_comes_one_tick_after_the_one_before() -> None:
    tracks, sink = playing()
    tracks.video(avc_frame(), 0, now=0.03)
    tracks.video(avc_frame(), 33, now=0.06)
    tracks.video(avc_frame(), 20, now=0.06)
    stamps = [frame.dts - BEGINS_AT for frame in sink.frames["video"]]
    assert stamps == [0, 1, 33 * 90, 33 * 90 + 1]
    assert tracks.received.late == 2


def test_what_is_no_access_unit_is_counted_and_left_out() -> None:
    tracks, sink = playing()
    tracks.video(avc_frame(b"\x00\x00\xff\xffshort"), 33, now=0.03)
    tracks.video(avc_frame(), 66, now=0.06)
    assert (len(sink.frames["video"]), tracks.received.damaged) == (2, 1)


@pytest.mark.parametrize(
    "sps",
    [
        "67640028ff00000000000000000000000001",
        "6742c01e0000000040000000",
        "67",
    ],
    ids=["endless", "huge", "empty"],
)
def test_absurd_parameter_sets_are_refused_in_words(sps: str) -> None:
    tracks, sink = encoder()
    raw = bytes.fromhex(sps)
    record = b"\x01\x64\x00\x28\xff\xe1" + len(raw).to_bytes(2, "big") + raw + b"\x01\x00\x04" + BASELINE_PPS
    with pytest.raises(RtmpError, match="settings of the video cannot be used"):
        tracks.video(avc_config(record), 0, now=0.0)
    assert sink.begun == []


def test_tracks_are_bounded() -> None:
    tracks, _ = encoder()
    with pytest.raises(RtmpError):
        tracks.video(bytes.fromhex("96 01 76703038") + bytes((MAX_TRACKS,)) + b"x", 0, now=0.0)


def test_what_was_promised_of_each_track_is_its_bitrate() -> None:
    promises = promises_of(
        {
            "width": 1920.0,
            "audiocodecid": 10.0,
            "videodatarate": 6000.0,
            "audiodatarate": 160.0,
            "framerate": 30.0,
            "encoder": "obs-output module",
            "videoTrackIdInfoMap": {"1": {"videodatarate": 2500.0}, "x": {}, "2": 5.0},
        }
    )
    assert promises.kinds == {"video", "audio"}
    assert (promises.frame_rate, promises.encoder) == (30.0, "obs-output module")
    assert promises.bitrate_bps("video", 0) == 6_000_000
    assert promises.bitrate_bps("video", 1) == 2_500_000
    assert promises.bitrate_bps("video", 2) is None
    assert promises.bitrate_bps("audio", 0) == 160_000


@pytest.mark.parametrize("record", [b"", b"\x81\x00\x0c\x00"], ids=["empty", "without-header"])
def test_av1_whose_record_tells_nothing_is_told_by_its_key_frame(record: bytes) -> None:
    tracks, sink = playing()
    tracks.video(b"\x90av01" + record, 40, now=0.04)
    tracks.video(b"\xa1av01" + AV1_DELIMITER + AV1_FRAME, 80, now=0.08)
    assert len(sink.frames["video"]) == 1, "of another codec than the hub knows nothing is pushed"
    tracks.video(b"\x91av01" + AV1_DELIMITER + AV1_HEADER + AV1_FRAME, 120, now=0.12)
    (told,) = sink.put_tracks
    assert (told.format.codec, told.format.width, told.format.height) == ("av1", 64, 48)
    assert sink.frames["video"][-1].data == AV1_HEADER + AV1_FRAME


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e300, "6000", None, [], {}])
def test_promises_that_make_no_sense_were_not_made(value: object) -> None:
    told = promises_of({"videodatarate": value, "framerate": value, "width": value, "videoTrackIdInfoMap": value})  # type: ignore[dict-item]
    assert told == Promises()


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from(
                [
                    b"",
                    b"\x17\x00\0\0\0",
                    b"\x27\x01\0\0\0",
                    b"\x90av01",
                    b"\x91av01",
                    b"\x91vp09",
                    b"\x91hvc1",
                    b"\x90hvc1",
                    b"\xaf\x00",
                    b"\xaf\x01",
                    b"\x91Opus",
                    b"\x90Opus",
                    b"\x2f",
                ]
            ),
            st.binary(max_size=40),
            st.integers(0, 2**32 - 1),
        ),
        max_size=20,
    )
)
def test_arbitrary_messages_raise_rtmp_error_alone(messages: list[tuple[bool, bytes, bytes, int]]) -> None:
    tracks, sink = encoder(Promises())
    with suppress(RtmpError):
        for index, (is_video, head, body, stamp) in enumerate(messages):
            take = tracks.video if is_video else tracks.audio
            take(head + body, stamp, now=float(index))
    for frames in sink.frames.values():
        assert all(after.dts > before.dts for before, after in pairwise(frames))
