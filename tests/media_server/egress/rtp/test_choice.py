"""What viewers are sent as it is, and what is made for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.egress.rtp.choice import AUDIO_FOR_WEBRTC, VIDEO_FOR_ALL, VIDEO_FOR_WEBRTC, ways
from media_server.hub.frames import Track, TrackFormat, VideoCodec
from tests.support.frame_source import PictureSource, ToneSource


def sized(track: Track, track_id: str, width: int, height: int) -> Track:
    return replace(track, track_id=track_id, format=replace(track.format, width=width, height=height))


def test_plain_h264_goes_as_it_is() -> None:
    (way,) = ways([PictureSource().track], "video")
    assert (way.track_id, way.codec, way.made_of) == ("video", "H264", None)
    assert way.parameters["packetization-mode"] == "1"
    assert way.parameters["profile-level-id"].startswith("42")


@pytest.mark.parametrize(
    "made", [{"b_frames": 2}, {"pixel_format": "yuv422p"}, {"pixel_format": "yuv420p10le"}], ids=["b", "422", "10bit"]
)
def test_h264_that_browsers_do_not_show_is_made_anew(made: dict[str, object]) -> None:
    (way,) = ways([PictureSource(**made).track], "video")  # type: ignore[arg-type]
    assert (way.track_id, way.codec, way.made_of) == (VIDEO_FOR_WEBRTC, "H264", "video")


@pytest.mark.parametrize(("codec", "name"), [("hevc", "H265"), ("av1", "AV1"), ("vp9", "VP9"), ("vp8", "VP8")])
def test_other_codecs_go_as_they_are_and_h264_is_made_for_who_cannot_take_them(codec: VideoCodec, name: str) -> None:
    direct, made = ways([PictureSource(codec).track], "video")
    assert (direct.track_id, direct.codec, direct.made_of) == ("video", name, None)
    assert (made.track_id, made.made_of) == (VIDEO_FOR_ALL, "video")


def test_of_several_the_best_plain_one_up_to_1080_lines_is_sent() -> None:
    plain, reordered = PictureSource().track, PictureSource(b_frames=2).track
    tracks = [
        sized(plain, "video", 3840, 2160),
        sized(reordered, "video:1", 1920, 1080),
        sized(plain, "video:2", 1280, 720),
        sized(plain, "video:3", 640, 360),
    ]
    assert [way.track_id for way in ways(tracks, "video")] == ["video:2"]
    assert [way.made_of for way in ways([tracks[1], tracks[1]], "video")] == ["video:1"]


def test_opus_goes_as_it_is_and_other_sound_is_made_opus() -> None:
    assert [(way.track_id, way.made_of) for way in ways([ToneSource("opus").track], "audio")] == [("audio", None)]
    aac = ToneSource("aac").track
    assert [(way.track_id, way.made_of) for way in ways([aac], "audio")] == [(AUDIO_FOR_WEBRTC, "audio")]
    derived = replace(aac, track_id="audio:opus", origin="derived", format=TrackFormat("opus", b""))
    assert len(ways([aac, derived], "audio")) == 1
    assert ways([aac], "video") == ()
