"""What encoders do in the course of a stream: they come again, change, and send key frames when they please."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import CLOCK_RATE, Frame
from tests.media_server.egress.hls.encoder import Encoder, numbers, pictures, sound, track
from tests.media_server.egress.hls.simulation import all_segments, decode, read_fragment, runs
from tests.media_server.egress.hls.strict_parser import strictly_parsed

PICTURE = pictures(14)
SMALL = pictures(14, width=128, height=80)
SOUND = sound(14)
BOTH = {"video": PICTURE, "audio": SOUND}


def target(encoder: Encoder, name: str = "video") -> int:
    (seconds,) = numbers(encoder.text(name), "#EXT-X-TARGETDURATION:")
    return int(seconds)


def test_an_encoder_that_comes_again_is_one_discontinuity_in_every_rendition() -> None:
    encoder = Encoder()
    streams = {"video": PICTURE, "video:1": SMALL, "audio": SOUND}
    encoder.send(streams, seconds=5)
    encoder.hub.interrupt(now=encoder.now)
    encoder.now += 9
    encoder.send(streams, seconds=5, clock=12_345)
    for name, scale in (("video", CLOCK_RATE), ("videox1", CLOCK_RATE), ("audio", 48_000)):
        text = encoder.text(name)
        assert text.count("#EXT-X-DISCONTINUITY\n") == 1
        assert "ENDLIST" not in text
        strictly_parsed(text)
        assert [sequence for sequence, _ in runs(encoder.playlist(name))] == [0, 1]
        for _, data in runs(encoder.playlist(name)):
            assert decode(data)[1] == []
        segments = all_segments(encoder.playlist(name))
        first = next(segment for segment in segments if segment.discontinuity_sequence == 1)
        # Media time goes on with the time on the wall: 10 s and the 14 that passed.
        assert read_fragment(first.parts[0].data).decode_time / scale == pytest.approx(24, abs=0.05)


def test_frames_of_the_first_key_frame_on_are_taken_and_none_before() -> None:
    encoder = Encoder()
    encoder.hub.begin([track("video", PICTURE), track("audio", SOUND)], now=encoder.now)
    encoder.send(BOTH, seconds=7, begins=False, since_s=1)
    ((_, data),) = runs(encoder.playlist("video"))
    frames, complaints = decode(data)
    assert complaints == []
    # Key frames are two seconds apart.
    assert len(frames) == pytest.approx(15 * 6, abs=4)
    begins = [all_segments(encoder.playlist(name))[0].program_date_time for name in ("video", "audio")]
    assert begins[0] == pytest.approx(begins[1], abs=0.03)


def test_another_codec_ends_the_playlists_and_opens_new_ones() -> None:
    encoder = Encoder()
    encoder.send(BOTH, seconds=5)
    encoder.send({"video": pictures(6, codec="hevc"), "audio": SOUND}, seconds=5)
    assert encoder.playlist("video").ended
    text = encoder.multivariant()
    strictly_parsed(text)
    assert "hvc1" in text
    assert re.findall(r"(\w+)\.m3u8", text) == ["audio2", "video2"]
    assert encoder.playlist("video2").listed()[0].number > encoder.playlist("video").listed()[-1].number


def test_another_size_is_a_new_initialization_segment_at_its_key_frame() -> None:
    encoder = Encoder()
    encoder.send(BOTH, seconds=3)
    encoder.hub.change_format("video", SMALL[0], now=encoder.now)
    encoder.send({"video": SMALL, "audio": SOUND}, seconds=6, begins=False, since_s=3)
    text = encoder.text("video")
    assert text.count("#EXT-X-MAP") == 2
    assert "#EXT-X-DISCONTINUITY\n" not in text
    strictly_parsed(text)
    assert "RESOLUTION=128x80" in encoder.multivariant()
    assert [decode(data)[0][0].width for _, data in runs(encoder.playlist("video"))] == [160, 128]  # type: ignore[union-attr]


def test_another_sample_rate_opens_new_playlists() -> None:
    encoder = Encoder()
    encoder.send(BOTH, seconds=4)
    encoder.send({"video": PICTURE, "audio": sound(8, sample_rate=44_100)}, seconds=5)
    assert re.findall(r"(\w+)\.m3u8", encoder.multivariant()) == ["audio2", "video2"]


def test_sound_that_comes_again_without_its_picture_opens_a_playlist_of_its_own() -> None:
    encoder = Encoder()
    encoder.send(BOTH, seconds=4)
    encoder.send({"audio": SOUND}, seconds=4)
    assert re.findall(r"(\w+)\.m3u8", encoder.multivariant()) == ["audio2"]
    assert encoder.playlist("video").ended


def test_key_frames_far_apart_make_long_segments_that_are_announced_before_anybody_asks() -> None:
    """OBS, as it comes: one key frame each 250 pictures."""
    encoder = Encoder()
    obs = {"video": pictures(34, gop_s=25 / 3), "audio": sound(34)}
    encoder.send(obs, seconds=8)
    assert not encoder.egress.available
    encoder.send(obs, seconds=25, begins=False, since_s=8)
    assert target(encoder) == target(encoder, "audio") == 9
    assert [segment.duration_s for segment in encoder.playlist("video").listed()] == pytest.approx([25 / 3] * 3)
    strictly_parsed(encoder.text("video"))
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in encoder.multivariant()
    assert encoder.keyframe_requests > 5


def test_the_target_duration_never_changes_and_longer_segments_are_cut_in_all_renditions() -> None:
    encoder = Encoder()
    encoder.send({**BOTH, "video:1": SMALL}, seconds=5)
    assert target(encoder) == 3
    far_apart = {"video": pictures(20, gop_s=8), "video:1": pictures(20, gop_s=8, width=128, height=80)}
    encoder.send({**far_apart, "audio": sound(20)}, seconds=19, delays_s={"video:1": 0.4})
    for name in ("video", "videox1", "audio"):
        text = encoder.text(name)
        assert target(encoder, name) == 3
        assert max(numbers(text, "#EXTINF:")) < 3.5
        strictly_parsed(text)
    begins = [segment.program_date_time for segment in all_segments(encoder.playlist("video"))]
    sounds = [segment.program_date_time for segment in all_segments(encoder.playlist("audio"))]
    assert sounds[:-1] == pytest.approx(begins[: len(sounds) - 1], abs=0.05)
    others = [segment.program_date_time for segment in all_segments(encoder.playlist("videox1"))]
    assert others == begins[: len(others)]
    # Players can still join at each key frame.
    independent = [segment for segment in encoder.playlist("video").listed()[3:] if segment.is_independent]
    assert len(independent) >= 2
    assert "#EXT-X-INDEPENDENT-SEGMENTS" not in encoder.multivariant()


def test_a_source_that_pauses_leaves_a_hole_and_no_segment_that_is_too_long() -> None:
    encoder = Encoder()
    pausing = (
        PICTURE[0],
        [
            frame._replace(dts=frame.dts + 6 * CLOCK_RATE, pts=frame.pts + 6 * CLOCK_RATE)
            if frame.dts > 5 * CLOCK_RATE
            else frame
            for frame in PICTURE[1]
        ],
    )
    encoder.send({"video": pausing}, seconds=18)
    text = encoder.text("video")
    strictly_parsed(text)
    assert max(numbers(text, "#EXTINF:")) < 3.5
    ends_s = read_fragment(all_segments(encoder.playlist("video"))[-1].parts[-1].data).end / CLOCK_RATE
    assert ends_s == pytest.approx(10 + 18, abs=0.5)


def test_frames_whose_times_go_backwards_are_left_out() -> None:
    encoder = Encoder()
    shuffled = [
        frame._replace(dts=frame.dts - 9_000, pts=frame.pts - 9_000) if index % 7 == 3 else frame
        for index, frame in enumerate(PICTURE[1])
    ]
    encoder.hub.begin([track("video", PICTURE)], now=encoder.now)
    for frame in shuffled[:90]:
        encoder.hub.push("video", frame, now=encoder.now)
    fragments = [read_fragment(part.data) for each in all_segments(encoder.playlist("video")) for part in each.parts]
    times = [fragment.decode_time for fragment in fragments]
    assert times == sorted(times)
    assert all(duration > 0 for fragment in fragments for duration in fragment.durations)


def test_a_frame_of_sound_that_cannot_be_read_is_left_out() -> None:
    encoder = Encoder()
    opus = sound(4, codec="opus")
    encoder.hub.begin([track("audio", opus)], now=encoder.now)
    for index, frame in enumerate(opus[1]):
        encoder.hub.push("audio", Frame(frame.dts, frame.pts, True, b"" if index == 50 else frame.data), now=100.0)
    ((_, data),) = runs(encoder.playlist("audioxopus"))
    assert decode(data)[1] == []


def test_the_length_of_parts_can_be_chosen() -> None:
    for part_s in (0.2, 0.33, 0.5):
        encoder = Encoder(settings=HlsSettings(part_s=part_s))
        encoder.send(BOTH, seconds=5)
        for name in ("video", "audio"):
            (announced,) = (float(match) for match in re.findall(r"PART-INF:PART-TARGET=([\d.]+)", encoder.text(name)))
            lengths = [part.duration_s for segment in all_segments(encoder.playlist(name)) for part in segment.parts]
            assert max(lengths) <= announced <= part_s * 1.2
            strictly_parsed(encoder.text(name))


@pytest.mark.parametrize("jump_s", [-3600, -12, 12, 40_000], ids=["hour-back", "back", "ahead", "far-ahead"])
def test_a_clock_that_jumps_within_an_epoch_is_a_discontinuity_and_costs_no_time(jump_s: int) -> None:
    encoder = Encoder()
    encoder.send(BOTH, seconds=5)
    encoder.send(BOTH, seconds=7, begins=False, since_s=5, clock=jump_s * CLOCK_RATE)
    for name, scale in (("video", CLOCK_RATE), ("audio", 48_000)):
        text = encoder.text(name)
        assert text.count("#EXT-X-DISCONTINUITY\n") == 1
        strictly_parsed(text)
        last = all_segments(encoder.playlist(name))[-1].parts[-1]
        assert read_fragment(last.data).end / scale == pytest.approx(10 + 12, abs=1.5)


TIMES = st.one_of(st.integers(0, 900_000), st.sampled_from([-(1 << 40), -1, 1 << 33, 1 << 40]))
FRAMES = st.tuples(
    st.sampled_from(["video", "video:1", "audio", "audio:1"]),
    TIMES,
    st.one_of(st.integers(-9000, 9000), st.sampled_from([-(1 << 40), 1 << 33])),
    st.booleans(),
    st.binary(max_size=20),
    st.floats(0, 3),
)


@given(st.lists(FRAMES, max_size=60))
@settings(deadline=None, max_examples=80)
def test_no_frame_of_an_encoder_is_our_error(frames: list[tuple[str, int, int, bool, bytes, float]]) -> None:
    encoder = Encoder(settings=HlsSettings(with_opus=True))
    opus = sound(4, codec="opus")
    tracks = {"video": PICTURE, "video:1": SMALL, "audio": SOUND, "audio:1": opus}
    encoder.hub.begin([track(track_id, coded) for track_id, coded in tracks.items()], now=encoder.now)
    # One frame of the reference begins the timeline, so that those of the others are taken.
    encoder.hub.push("video", Frame(0, 0, True, b"x"), now=encoder.now)
    for track_id, dts, offset, is_key, data, wait_s in frames:
        encoder.now += wait_s
        encoder.hub.push(track_id, Frame(dts, dts + offset, is_key, data), now=encoder.now)
        encoder.egress.poll(now=encoder.now)
    encoder.egress.multivariant_playlist()
    for name in ("video", "videox1", "audio", "audiox1opus"):
        playlist = encoder.egress.playlist(name)
        if playlist is not None:
            encoder.egress.media_playlist(playlist, skip=True)
            assert all(segment.duration_s < 13 for segment in all_segments(playlist))
