"""Which derived tracks a room is to have, and what they are like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media_server.egress.rtp import choice
from media_server.hub.frames import Track, TrackFormat, VideoCodec
from media_server.transcode.conversions import FOR_HLS, FOR_WEBRTC, LINGER_S, SOUND_FOR_WEBRTC, Conversions, Plan
from media_server.transcode.renditions import in_full, ladder
from tests.support.frame_source import PictureSource, ToneSource


def video(width: int, height: int, *, codec: VideoCodec = "h264", bitrate_bps: int | None = None) -> Track:
    return Track("video", "video", TrackFormat(codec, b"", width=width, height=height), bitrate_bps=bitrate_bps)


AAC, OPUS = ToneSource("aac").track, ToneSource("opus").track
FULL_HD = video(1920, 1080)


def plan(*tracks: Track, watched: tuple[str, ...] = (), wants_ladder: bool = False, later_s: float = 0.0) -> Plan:
    conversions = Conversions()
    conversions.set_tracks(tracks)
    conversions.watched(watched, now=100.0)
    conversions.want_ladder(wants_ladder)
    return conversions.plan(now=100.0 + later_s)


def test_without_anybody_who_lacks_something_nothing_is_made() -> None:
    assert plan(FULL_HD, AAC) == Plan(None, None, "off")


def test_opus_is_made_while_somebody_hears_it_and_a_little_longer() -> None:
    assert plan(AAC, watched=(SOUND_FOR_WEBRTC,)).opus_from == "audio"
    assert plan(AAC, watched=(SOUND_FOR_WEBRTC,), later_s=LINGER_S - 1).opus_from == "audio"
    assert plan(AAC, watched=(SOUND_FOR_WEBRTC,), later_s=LINGER_S + 1).opus_from is None
    assert plan(OPUS, watched=(SOUND_FOR_WEBRTC,)).opus_from is None


def test_a_picture_for_webrtc_is_made_in_the_sources_size_at_once() -> None:
    work = plan(FULL_HD, watched=(FOR_WEBRTC,)).pictures
    assert work is not None
    (made,) = work.needed
    assert (made.track_id, made.width, made.height, made.from_key) == (FOR_WEBRTC, 1920, 1080, False)
    assert work.rungs == ()


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1", "hevc"])
def test_a_source_without_h264_always_has_some_made(codec: VideoCodec) -> None:
    work = plan(video(1280, 720, codec=codec), AAC).pictures
    assert work is not None
    assert [made.track_id for made in work.needed] == [FOR_HLS]


@pytest.mark.parametrize("codec", ["h264", "vp8", "av1", "hevc"])
def test_what_viewers_are_promised_is_what_is_made_for_them(codec: VideoCodec) -> None:
    track = PictureSource(codec, b_frames=2 if codec == "h264" else 0).track
    promised = choice.ways([track], "video")[-1]
    work = plan(track, watched=(promised.track_id,)).pictures
    assert work is not None
    assert (promised.track_id, promised.made_of) == (work.needed[0].track_id, work.source.track_id)
    sound = choice.ways([AAC], "audio")[-1]
    assert plan(AAC, watched=(sound.track_id,)).opus_from == sound.made_of


def test_a_ladder_is_made_where_it_is_wanted_and_the_source_brings_none() -> None:
    assert plan(FULL_HD, wants_ladder=True).ladder == "on"
    assert plan(FULL_HD).ladder == "off"
    several = plan(FULL_HD, replace(video(1280, 720), track_id="video:1"), wants_ladder=True)
    assert (several.ladder, several.pictures) == ("not_needed", None)
    assert plan(video(480, 360), wants_ladder=True).ladder == "not_needed"
    assert plan(AAC, wants_ladder=True).ladder == "not_needed"


def test_derived_tracks_are_no_sources() -> None:
    derived = replace(video(1280, 720), track_id="video:720", origin="derived")
    assert plan(FULL_HD, derived, wants_ladder=True).ladder == "on"


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        ((1920, 1080), [720, 480, 360]),
        ((3840, 2160), [1080, 720, 480, 360]),
        ((1280, 720), [480, 360]),
        ((1280, 800), [480, 360]),
        ((854, 480), [360]),
        ((640, 360), []),
        ((426, 240), []),
        ((1080, 1920), [720, 480, 360]),
        ((1366, 768), [480, 360]),
        ((2, 2), []),
    ],
    ids=str,
)
def test_a_ladder_is_of_what_is_smaller_by_a_fifth_at_least(size: tuple[int, int], lines: list[int]) -> None:
    track = video(*size)
    rungs = ladder(track)
    assert [min(rung.width, rung.height) for rung in rungs] == lines
    for rung in rungs:
        assert rung.from_key
        assert rung.width % 2 == rung.height % 2 == 0
        assert rung.width / rung.height == pytest.approx(size[0] / size[1], rel=0.02)
        assert rung.label == f"{min(rung.width, rung.height)}p"
        assert rung.track_id == f"video:{min(rung.width, rung.height)}"


def test_bit_rates_go_down_with_the_size_and_are_below_the_sources() -> None:
    rates = [rung.bitrate_bps for rung in ladder(video(3840, 2160))]
    assert rates == sorted(rates, reverse=True)
    assert all(rung.bitrate_bps <= 800_000 for rung in ladder(video(1920, 1080, bitrate_bps=1_000_000)))


def test_what_is_made_in_full_is_no_larger_than_1080_lines() -> None:
    made = in_full(video(3840, 2160), FOR_HLS, from_key=False)
    assert (made.width, made.height) == (1920, 1080)
    made = in_full(video(854, 480), FOR_HLS, from_key=False)
    assert (made.width, made.height, made.bitrate_bps) == (854, 480, 1_200_000)


def test_a_track_whose_size_is_not_known_yet_waits() -> None:
    assert plan(video(0, 0, codec="vp8"), wants_ladder=True).pictures is None
