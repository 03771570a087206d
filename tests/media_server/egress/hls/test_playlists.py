"""Playlists keep the rules of RFC 8216bis, in the eyes of a strict parser and in our own."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from media_server.egress.hls.settings import HlsSettings
from tests.media_server.egress.hls.simulation import WALL_OFFSET_S, Publisher, all_segments
from tests.media_server.egress.hls.strict_parser import strictly_parsed
from tests.support.rtp_source import H264Source, OpusSource


def small_video(fps: int = 30, **options: int) -> H264Source:
    return H264Source(width=320, height=180, fps=fps, bitrate_bps=200_000, **options)


def text_of(publisher: Publisher, name: str, *, skip: bool = False) -> str:
    return publisher.egress.media_playlist(publisher.playlist(name), skip=skip)


@pytest.mark.parametrize("fps", [10, 15, 24, 30, 60])
def test_a_strict_parser_takes_both_renditions_at_any_moment(fps: int) -> None:
    publisher = Publisher(video=small_video(fps))
    publisher.run(4)
    for _ in range(2):
        publisher.run(0.37)
        for name in ("video", "audio"):
            assert strictly_parsed(text_of(publisher, name))["segments"] >= 2
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    assert strictly_parsed(multivariant)["variants"] == [multivariant_codecs(multivariant)]


def multivariant_codecs(text: str) -> str:
    match = re.search(r'CODECS="([^"]+)"', text)
    assert match
    return match[1]


@pytest.mark.parametrize("fps", [10, 15, 20, 24, 25, 30, 50, 60])
def test_parts_last_no_longer_than_their_target_and_no_less_than_85_per_cent_of_it(fps: int) -> None:
    publisher = Publisher(video=small_video(fps))
    publisher.run(6)
    for kind in ("video", "audio"):
        target = float(re.search(r"PART-TARGET=([\d.]+)", text_of(publisher, kind))[1])  # type: ignore[index]
        for segment in all_segments(publisher.playlist(kind)):
            lengths = [part.duration_s for part in segment.parts]
            assert max(lengths) <= target + 1e-9
            assert all(length >= 0.85 * target for length in lengths[:-1])


def test_a_webcam_that_does_not_keep_time_still_keeps_the_part_target() -> None:
    video = small_video()
    publisher = Publisher(video=video, audio=None)
    timestamp = 0
    for index in range(300):
        # Chromium stamps whole milliseconds, a camera is off by a few.
        timestamp += 90 * (33 + (index * 7919) % 9 - 4)
        publisher.now = 100 + timestamp / 90_000
        publisher.deliver("video", video.packets(timestamp=timestamp))
        publisher.poll()
    text = text_of(publisher, "video")
    assert "PART-TARGET=0.220" in text
    strictly_parsed(text)


def test_segments_end_at_the_key_frames_that_were_asked_for() -> None:
    publisher = Publisher(video=small_video(gop=100_000))
    publisher.run(12)
    durations = [segment.duration_s for segment in publisher.playlist("video").listed()]
    assert durations[0] == pytest.approx(1.1, abs=0.1)
    assert durations[1:] == pytest.approx([2.05] * len(durations[1:]), abs=0.1)
    # One to begin with, one to end each segment, none to spare.
    assert publisher.keyframe_requests <= len(durations) + 2


def test_a_source_that_does_not_answer_is_asked_once_a_second_and_cut_where_it_pleases() -> None:
    publisher = Publisher(video=small_video(gop=120), answers_keyframe_requests=False)
    publisher.run(9)
    assert [segment.duration_s for segment in publisher.playlist("video").listed()] == pytest.approx([4.0, 4.0])
    assert "#EXT-X-TARGETDURATION:4" in text_of(publisher, "video")
    assert 4 <= publisher.keyframe_requests <= 9


def test_key_frames_that_joining_viewers_cause_make_no_short_segments() -> None:
    publisher = Publisher(video=small_video(gop=9))
    publisher.run(9)
    assert min(segment.duration_s for segment in publisher.playlist("video").listed()[1:]) >= 1.5


def test_the_announced_numbers_keep_the_rules_between_them() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(9)
    text = text_of(publisher, "video")
    part_target = float(re.search(r"PART-TARGET=([\d.]+)", text)[1])  # type: ignore[index]
    hold_back = float(re.search(r"PART-HOLD-BACK=([\d.]+)", text)[1])  # type: ignore[index]
    skip_until = float(re.search(r"CAN-SKIP-UNTIL=([\d.]+)", text)[1])  # type: ignore[index]
    target = int(re.search(r"TARGETDURATION:(\d+)", text)[1])  # type: ignore[index]
    assert hold_back >= 3 * part_target
    assert skip_until >= 6 * target
    assert all(round(float(length)) <= target for length in re.findall(r"#EXTINF:([\d.]+)", text))
    assert "CAN-BLOCK-RELOAD=YES" in text


def test_the_end_names_the_next_part_and_how_far_the_other_rendition_is() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(4)
    lines = text_of(publisher, "video").replace("\0", "").splitlines()
    number, part = publisher.playlist("video").next_part
    last = publisher.playlist("audio").last_part
    assert last is not None
    assert lines[-2:] == [
        f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{publisher.egress.names.part("video", number, part)}"',
        f'#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN={last[0]},LAST-PART={last[1]}',
    ]


def test_parts_are_listed_near_the_edge_alone_and_stay_to_be_had() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(12)
    text = text_of(publisher, "video").replace("\0", "")
    playlist = publisher.playlist("video")
    listed = {int(number) for number in re.findall(r"#EXT-X-PART:.*video-(\d+)\.\d+-[\w-]+\.m4s", text)}
    newest = playlist.listed()[-1].number
    assert listed <= {newest - 1, newest, newest + 1}
    assert playlist.part(newest - 3, 0) is not None


def test_memory_is_bounded_and_the_sequence_number_counts_what_left() -> None:
    settings = HlsSettings(window_s=9.0)
    publisher = Publisher(video=small_video(fps=10), settings=settings)
    publisher.run(60)
    for name in ("video", "audio"):
        playlist = publisher.playlist(name)
        listed = playlist.listed()
        assert 9 <= sum(segment.duration_s for segment in listed) < 12
        kept = [number for number in range(listed[0].number - 30, listed[-1].number + 1) if playlist.segment(number)]
        assert len(kept) <= 11
        assert kept[0] < listed[0].number
        assert f"#EXT-X-MEDIA-SEQUENCE:{listed[0].number}" in text_of(publisher, name)


def test_a_delta_update_leaves_out_what_is_old_and_no_more() -> None:
    publisher = Publisher(video=small_video(fps=10), settings=HlsSettings(window_s=40))
    publisher.run(40)
    full, delta = text_of(publisher, "video"), text_of(publisher, "video", skip=True)
    skipped = int(re.search(r"#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)", delta)[1])  # type: ignore[index]
    listed = publisher.playlist("video").listed()
    assert skipped >= 8
    assert sum(segment.duration_s for segment in listed[skipped:]) >= 16
    assert strictly_parsed(delta)["skip"] == skipped
    kept = [line for line in delta.splitlines() if line.endswith(".m4s")]
    assert kept == [line for line in full.splitlines() if line.endswith(".m4s")][skipped:]
    assert "EXT-X-MAP" not in delta


def test_a_short_playlist_has_no_delta() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(4)
    assert text_of(publisher, "video", skip=True) == text_of(publisher, "video")


def test_date_times_are_those_of_capture_and_go_on_with_the_segments() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(8)
    segments = all_segments(publisher.playlist("video"))
    assert segments[0].program_date_time == pytest.approx(WALL_OFFSET_S + 100, abs=0.03)
    for before, after in pairwise(segments):
        assert after.program_date_time == pytest.approx(before.program_date_time + before.duration_s, abs=0.02)
    audio = all_segments(publisher.playlist("audio"))
    assert audio[0].program_date_time == pytest.approx(segments[0].program_date_time, abs=0.02)


def test_a_new_resolution_brings_a_new_initialization_segment_at_its_key_frame() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(3.5)
    smaller = H264Source(width=160, height=96, fps=30)
    old = publisher.video
    assert old is not None
    smaller.numbers = old.numbers
    publisher.video = smaller
    smaller.numbers.first_timestamp += round(publisher.video_sent * 90_000)
    publisher.run(3)
    text = text_of(publisher, "video").replace("\0", "")
    maps = re.findall(r'#EXT-X-MAP:URI="(.*)"', text)
    assert len(maps) == 2
    assert "#EXT-X-DISCONTINUITY\n" not in text
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    assert "RESOLUTION=160x96" in multivariant
    strictly_parsed(text)


def test_bandwidth_is_what_was_measured() -> None:
    publisher = Publisher(video=H264Source(bitrate_bps=1_000_000), audio=OpusSource())
    publisher.run(9)
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    peak, average = (int(value) for value in re.findall(r"BANDWIDTH=(\d+)", multivariant))
    measured = 0.0
    for name in ("video", "audio"):
        segments = publisher.playlist(name).listed()
        measured += 8 * sum(segment.size for segment in segments) / sum(segment.duration_s for segment in segments)
    assert average == pytest.approx(measured, abs=2)
    assert average <= peak


def test_an_ended_stream_lists_its_end_and_promises_nothing() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(4)
    publisher.end()
    for name in ("video", "audio"):
        text = text_of(publisher, name)
        assert text.endswith("#EXT-X-ENDLIST\n")
        assert "PRELOAD-HINT" not in text
        strictly_parsed(text)
