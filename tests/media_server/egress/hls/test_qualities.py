"""Several qualities and sounds of one stream: cut at the same times, coming and going without breaking players."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import CLOCK_RATE
from tests.media_server.egress.hls.encoder import Encoder, pictures, sound, track
from tests.media_server.egress.hls.simulation import WALL_OFFSET_S, all_segments, decode, read_fragment, runs
from tests.media_server.egress.hls.strict_parser import strictly_parsed

LARGE = pictures(14, width=320, height=180)
MIDDLE = pictures(14, width=240, height=136)
SMALL = pictures(14, width=160, height=96)
SOUND = sound(14)
THREE = {"video": LARGE, "video:1": MIDDLE, "video:2": SMALL, "audio": SOUND}
NAMES = ("video", "videox1", "videox2")


def begins(encoder: Encoder, name: str) -> list[float]:
    """The media times at which the segments begin."""
    return [
        read_fragment(segment.parts[0].data).decode_time / CLOCK_RATE
        for segment in all_segments(encoder.playlist(name))
        if segment.parts
    ]


def test_three_variants_are_offered_with_what_players_choose_by() -> None:
    encoder = Encoder()
    encoder.send(THREE, seconds=8)
    text = encoder.multivariant()
    variants = strictly_parsed(text)["variants"]
    assert len(variants) == 3
    found = re.findall(
        r"#EXT-X-STREAM-INF:BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),CODECS=\"(avc1\.\w+,mp4a\.40\.2)\","
        r"RESOLUTION=(\d+x\d+),FRAME-RATE=(15\.\d+|14\.\d+),AUDIO=\"audio\"\n(\w+)\.m3u8",
        text,
    )
    assert [(size, name) for _, _, _, size, _, name in found] == [
        ("320x180", "video"),
        ("240x136", "videox1"),
        ("160x96", "videox2"),
    ]
    assert all(int(peak) >= int(average) > 0 for peak, average, *_ in found)
    assert [float(rate) for *_, rate, _ in found] == pytest.approx([15, 15, 15], abs=0.5)
    assert text.count("#EXT-X-MEDIA:TYPE=AUDIO") == 1


@pytest.mark.parametrize(
    "delays_s",
    [{}, {"video:1": 0.4, "video:2": 0.7}, {"video": 0.3}],
    ids=["together", "made-of-the-first", "before-the-first"],
)
def test_segments_of_all_qualities_begin_at_the_same_times(delays_s: dict[str, float]) -> None:
    encoder = Encoder()
    encoder.send(THREE, seconds=10, delays_s=delays_s)
    times = {name: begins(encoder, name) for name in NAMES}
    common = set.intersection(*(set(each) for each in times.values()))
    assert len(common) >= 4
    for each in times.values():
        # But for a quality that begins later, and what has not come yet.
        assert {at for at in each if min(common) <= at <= max(common)} == common


def test_each_rendition_reports_how_far_the_others_are() -> None:
    encoder = Encoder()
    encoder.send(THREE, seconds=6)
    for name in (*NAMES, "audio"):
        text = encoder.text(name)
        strictly_parsed(text)
        reported = dict(re.findall(r'REPORT:URI="(\w+)\.m3u8",LAST-MSN=(\d+)', text))
        assert set(reported) == {*NAMES, "audio"} - {name}
        for other, number in reported.items():
            last = encoder.playlist(other).last_part
            assert last is not None
            assert last[0] == int(number)


def test_every_quality_has_the_same_target_duration() -> None:
    encoder = Encoder()
    encoder.send({**THREE, "video": pictures(14, width=320, height=180, gop_s=5)}, seconds=12)
    targets = {re.search(r"TARGETDURATION:(\d+)", encoder.text(name))[1] for name in (*NAMES, "audio")}  # type: ignore[index]
    assert targets == {"5"}


def test_a_quality_that_comes_later_is_there_for_who_loads_anew_and_changes_nothing_for_others() -> None:
    encoder = Encoder()
    encoder.send({"video": LARGE, "audio": SOUND}, seconds=5)
    before = encoder.text("video")
    encoder.hub.put(track("video:96", SMALL, origin="derived"), now=encoder.now)
    encoder.send({"video": LARGE, "audio": SOUND, "video:96": SMALL}, seconds=8, begins=False, since_s=5)
    assert "videox96.m3u8" in encoder.multivariant()
    after = encoder.text("video")
    assert "#EXT-X-DISCONTINUITY\n" not in after
    assert "ENDLIST" not in after
    assert set(re.findall(r"^video-\d+-\S+\.m4s", before, re.MULTILINE)) <= set(
        re.findall(r"^video-\d+-\S+\.m4s", after, re.MULTILINE)
    )
    assert set(begins(encoder, "videox96")[1:]) <= set(begins(encoder, "video"))
    ((_, data),) = runs(encoder.playlist("videox96"))
    assert decode(data)[1] == []


def test_a_quality_that_is_gone_for_a_moment_keeps_its_playlist_and_one_that_stays_away_does_not() -> None:
    encoder = Encoder()
    encoder.send(THREE, seconds=4)
    going = encoder.playlist("videox2")
    encoder.hub.remove("video:2", now=encoder.now)
    encoder.send(THREE, seconds=2, begins=False, since_s=4)
    assert encoder.egress.playlist("videox2") is going
    assert not going.ended
    encoder.send(THREE, seconds=5, begins=False, since_s=6)
    assert encoder.egress.playlist("videox2") is None
    assert going.is_withdrawn
    text = encoder.multivariant()
    assert "videox2" not in text
    assert "videox2" not in encoder.text("video")
    assert "ENDLIST" not in encoder.text("videox1")


def test_hevc_and_av1_are_further_variants_beside_h264() -> None:
    encoder = Encoder()
    hevc = {"video": pictures(6, codec="hevc"), "audio": SOUND}
    encoder.hub.begin([track(track_id, coded) for track_id, coded in hevc.items()], now=encoder.now)
    encoder.hub.put(track("video:h264", SMALL, origin="derived"), now=encoder.now)
    encoder.send({**hevc, "video:h264": SMALL}, seconds=5.5, begins=False, delays_s={"video:h264": 0.3})
    codecs = strictly_parsed(encoder.multivariant())["variants"]
    assert [name.partition(".")[0] for name in codecs] == ["avc1", "hvc1"]


def test_vp8_waits_for_something_that_players_know() -> None:
    encoder = Encoder()
    vp8 = replace(SMALL[0], codec="vp8", config=b"")
    encoder.send({"video": (vp8, SMALL[1])}, seconds=3)
    assert not encoder.egress.available
    encoder.hub.put(track("video:h264", SMALL, origin="derived"), now=encoder.now)
    encoder.send({"video": (vp8, SMALL[1]), "video:h264": SMALL}, seconds=6, begins=False, since_s=3)
    assert "videoxh264.m3u8" in encoder.multivariant()


def test_what_is_made_for_webrtc_is_not_offered_again() -> None:
    encoder = Encoder()
    encoder.send(
        {"video": LARGE, "video:webrtc": LARGE, "audio": SOUND, "audio:opus": sound(14, codec="opus")}, seconds=5
    )
    assert encoder.multivariant().count("STREAM-INF") == 1
    assert encoder.egress.playlist("videoxwebrtc") is None


def test_sounds_have_the_names_and_languages_that_their_source_gives_them() -> None:
    encoder = Encoder()
    tracks = [
        track("video", LARGE),
        track("audio", SOUND, label="en"),
        track("audio:1", SOUND, label='Director"s\ncut'),
    ]
    encoder.hub.begin(tracks, now=encoder.now)
    encoder.send({"video": LARGE, "audio": SOUND, "audio:1": SOUND}, seconds=5, begins=False)
    text = encoder.multivariant()
    strictly_parsed(text)
    assert 'NAME="en",LANGUAGE="en",DEFAULT=YES' in text
    assert 'NAME="Directorscut (1)",DEFAULT=NO' in text


def test_date_times_follow_a_source_whose_clock_drifts_and_are_the_same_in_all_renditions() -> None:
    encoder = Encoder(settings=HlsSettings(window_s=60))
    encoder.send(THREE, seconds=13.5, drift=0.02)
    segments = {name: all_segments(encoder.playlist(name)) for name in (*NAMES, "audio")}
    last = segments["video"][-1]
    elapsed_s = begins(encoder, "video")[-1] - begins(encoder, "video")[0]
    # Two per cent fast: what was sent in thirteen seconds lasts longer than that.
    assert last.program_date_time == pytest.approx(WALL_OFFSET_S + 100 + elapsed_s * 0.98, abs=0.08)
    for name in NAMES[1:]:
        assert [each.program_date_time for each in segments[name]] == [
            each.program_date_time for each in segments["video"]
        ]
