"""A room's LL-HLS through what happens to publishers: loss, silence, interruption, return."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import Kind
from media_server.rtp.packet import RtpPacket
from tests.media_server.egress.hls.simulation import Publisher, all_segments, decode, read_fragment, runs
from tests.media_server.egress.hls.strict_parser import strictly_parsed
from tests.support.rtp_source import H264Source, OpusSource

T = TypeVar("T")
# SPS, PPS and an IDR slice in one aggregate.
KEY_PICTURE = bytes.fromhex("78000e6742c01f8c8d40501ed00f08846a000468ce3c800003658880")


def small_video(**options: int) -> H264Source:
    return H264Source(**({"width": 320, "height": 180, "fps": 15, "bitrate_bps": 200_000} | options))


def end_s(publisher: Publisher, name: str) -> float:
    """Media time at which the newest part ends."""
    part = [part for segment in all_segments(publisher.playlist(name)) for part in segment.parts][-1]
    return read_fragment(part.data).end / (90_000 if name.startswith("video") else 48_000)


def test_a_stream_is_available_within_a_second_and_a_half() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(0.9)
    assert not publisher.egress.available
    assert publisher.egress.multivariant_playlist() is None
    publisher.run(0.6)
    assert publisher.egress.available


def test_sound_alone_plays() -> None:
    publisher = Publisher(video=None)
    publisher.run(6)
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    assert 'CODECS="mp4a.40.2"' in multivariant
    assert "audio.m3u8" in multivariant.splitlines()[-1]
    assert "EXT-X-MEDIA:" not in multivariant
    strictly_parsed(multivariant)
    strictly_parsed(publisher.egress.media_playlist(publisher.playlist("audio"), skip=False))
    assert [segment.duration_s for segment in publisher.playlist("audio").listed()] == pytest.approx(
        [1, 2, 2], abs=0.03
    )


def test_a_picture_alone_plays() -> None:
    publisher = Publisher(video=small_video(), audio=None)
    publisher.run(4)
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    assert "AUDIO" not in multivariant
    assert "mp4a" not in multivariant
    strictly_parsed(multivariant)


@pytest.mark.parametrize("codec", ["VP8", "VP9", "AV1"])
def test_a_codec_that_players_of_hls_lack_has_no_hls(codec: str) -> None:
    publisher = Publisher(video=None)
    publisher.source.set_tracks(video_codec=codec, audio_codec="opus", now=publisher.now)
    publisher.run(4)
    assert not publisher.egress.available


def test_a_muted_microphone_does_not_hold_up_the_picture() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(3)
    publisher.run(5, send_audio=False)
    assert end_s(publisher, "audio") > end_s(publisher, "video") - 0.9
    publisher.run(3)
    ((_, data),) = runs(publisher.playlist("audio"))
    frames, complaints = decode(data)
    assert complaints == []
    peaks = [float(np.abs(frame.to_ndarray()).max()) for frame in frames]
    assert max(peaks[4 * 47 : 7 * 47]) < 0.01
    assert min(peaks[9 * 47 : 10 * 47]) > 0.2


def test_sound_that_never_comes_is_silence_from_the_start() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(4, send_audio=False)
    assert publisher.egress.available
    assert end_s(publisher, "audio") > end_s(publisher, "video") - 0.9


def test_loss_leaves_no_broken_picture_and_recovers_with_a_key_frame() -> None:
    dice = random.Random(1)  # noqa: S311 - a dice, not a secret
    lost = 0

    def lossy(kind: Kind, packet: RtpPacket) -> Iterator[RtpPacket]:
        nonlocal lost
        if dice.random() < 0.02:
            lost += 1
            return
        yield packet
        if dice.random() < 0.02:
            yield packet

    publisher = Publisher(video=small_video(bitrate_bps=500_000), network=lossy)
    publisher.run(12)
    assert lost > 10
    for name in ("video", "audio"):
        ((_, data),) = runs(publisher.playlist(name))
        frames, complaints = decode(data)
        assert complaints == []
        assert frames
    assert end_s(publisher, "video") > publisher.now - 100 + 10 - 3


def test_an_interruption_and_return_is_one_discontinuity_in_each_rendition() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(4)
    before = {name: len(publisher.playlist(name).listed()) for name in ("video", "audio")}
    publisher.interrupt()
    publisher.now += 8
    publisher.video, publisher.audio = small_video(), OpusSource(first_timestamp=5)
    publisher.publish()
    publisher.run(4)
    for name in ("video", "audio"):
        text = publisher.egress.media_playlist(publisher.playlist(name), skip=False)
        assert text.count("#EXT-X-DISCONTINUITY\n") == 1
        assert "#EXT-X-DISCONTINUITY-SEQUENCE:0" in text
        strictly_parsed(text)
        assert len(publisher.playlist(name).listed()) > before[name]
        sequences = [sequence for sequence, _ in runs(publisher.playlist(name))]
        assert sequences == [0, 1]
        for _, data in runs(publisher.playlist(name)):
            assert decode(data)[1] == []


def test_discontinuities_that_left_the_list_are_counted() -> None:
    publisher = Publisher(video=small_video(), settings=HlsSettings(window_s=9))
    publisher.run(4)
    publisher.interrupt()
    publisher.publish()
    publisher.run(16)
    for name in ("video", "audio"):
        text = publisher.egress.media_playlist(publisher.playlist(name), skip=False)
        assert "#EXT-X-DISCONTINUITY-SEQUENCE:1" in text
        assert "#EXT-X-DISCONTINUITY\n" not in text


def test_interruptions_before_any_media_count_for_nothing() -> None:
    publisher = Publisher(video=small_video())
    for _ in range(3):
        publisher.interrupt()
        publisher.publish()
    publisher.run(3)
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:0" in publisher.egress.media_playlist(publisher.playlist("video"), skip=False)


def test_sound_that_joins_on_return_ends_the_old_playlists_and_opens_new_ones() -> None:
    publisher = Publisher(video=small_video(), audio=None)
    publisher.run(3)
    publisher.video, publisher.audio = small_video(), OpusSource()
    publisher.publish()
    publisher.run(3)
    assert publisher.playlist("video").ended
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    assert "video2.m3u8" in multivariant
    assert "audio2.m3u8" in multivariant
    assert publisher.playlist("video2").listed()[0].number > publisher.playlist("video").listed()[-1].number


def test_sound_that_is_gone_on_return_becomes_silence() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(3)
    publisher.video, publisher.audio = small_video(), None
    publisher.publish()
    publisher.run(4)
    assert not publisher.playlist("audio").ended
    assert end_s(publisher, "audio") > end_s(publisher, "video") - 0.9


def test_a_clock_that_jumps_starts_anew_behind_a_discontinuity() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(4)
    assert publisher.video is not None
    publisher.video.numbers.first_timestamp += 90_000 * 40_000
    publisher.run(4)
    text = publisher.egress.media_playlist(publisher.playlist("video"), skip=False)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    assert end_s(publisher, "video") < 30


def test_a_source_without_key_frames_is_cut_without_them_and_not_kept_in_memory_without_end() -> None:
    settings = HlsSettings(window_s=9, max_segment_s=3)
    publisher = Publisher(
        video=small_video(fps=10, gop=100_000), audio=None, answers_keyframe_requests=False, settings=settings
    )
    publisher.run(45)
    playlist = publisher.playlist("video")
    kept = [number for number in range(playlist.next_part[0])[-45:] if playlist.segment(number) is not None]
    assert 6 <= len(kept) <= 8
    assert max(segment.duration_s for segment in playlist.listed()) < 3.5
    text = publisher.egress.media_playlist(playlist, skip=False)
    assert "#EXT-X-TARGETDURATION:3" in text
    strictly_parsed(text)
    multivariant = publisher.egress.multivariant_playlist()
    assert multivariant is not None
    assert "INDEPENDENT-SEGMENTS" not in multivariant


def test_a_source_of_too_many_bits_is_kept_in_bounds() -> None:
    publisher = Publisher(video=small_video(bitrate_bps=1_000_000), audio=None, settings=HlsSettings(max_bytes=200_000))
    publisher.run(12)
    playlist = publisher.playlist("video")
    assert sum(segment.size for segment in all_segments(playlist)) <= 200_000 + 100_000
    strictly_parsed(publisher.egress.media_playlist(playlist, skip=False))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["audio", "video"]),
            st.integers(0, 0xFFFF),
            st.integers(0, 0xFFFFFFFF),
            st.booleans(),
            st.one_of(
                st.binary(max_size=30), st.sampled_from([KEY_PICTURE, b"\x65\x88", b"\x41\x9a", b"\xfc\xff\xfe"])
            ),
            st.floats(0, 2),
        ),
        max_size=40,
    )
)
@settings(deadline=None, max_examples=60)
def test_no_packet_of_a_publisher_is_our_error(packets: list[tuple[Kind, int, int, bool, bytes, float]]) -> None:
    publisher = Publisher(video=small_video())
    for kind, number, timestamp, marker, payload, wait_s in packets:
        publisher.now += wait_s
        packet = RtpPacket(96, number, timestamp, 1, marker, payload)
        publisher.source.receive(kind, packet, now=publisher.now)
        publisher.source.sender_report(kind, ntp_s=timestamp, rtp_timestamp=timestamp)
        publisher.poll()
    publisher.egress.multivariant_playlist()
    for name in ("video", "audio"):
        playlist = publisher.egress.playlist(name)
        if playlist is not None:
            publisher.egress.media_playlist(playlist, skip=False)


def test_packets_after_the_end_are_ignored() -> None:
    publisher = Publisher(video=small_video())
    publisher.run(3)
    publisher.end()
    publisher.run(2)
    assert publisher.playlist("video").ended
    assert publisher.playlist("video").open_segment is None
