"""RTP to frames: one clock for picture and sound, whole pictures or none, epochs where clocks end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.codecs.h264 import parse_avcc, parse_sequence_parameters
from media_server.codecs.nal import split_lengths
from media_server.hub.frames import CLOCK_RATE, Kind
from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.hub.pictures import PICTURES
from media_server.rtp.packet import RtpPacket
from tests.media_server.hub.listening import Heard
from tests.support.rtp_source import H264Source, OpusSource


class Room:
    """A publisher's packets into a hub, on simulated time."""

    def __init__(self, *, video: H264Source | None = None, audio: OpusSource | None = None) -> None:
        self.hub = Hub()
        self.heard = Heard(self.hub)
        self.requests = 0
        self.source = RtpSource(self.hub, request_keyframe=self._requested)
        self.video, self.audio = video, audio
        self.now = 100.0
        self.source.set_tracks(
            video_codec="H264" if video else None, audio_codec="opus" if audio else None, now=self.now
        )

    def run(self, seconds: float, *, lost: frozenset[int] = frozenset(), audio_first: bool = False) -> None:
        """Sends for that long; pictures whose count is `lost` lose their first packet."""
        for step in range(round(seconds * 100)):
            if self.audio is not None and step % 2 == 0:
                self.deliver("audio", self.audio.packets())
            if self.video is not None and step * self.video.fps % 100 == 0 and not (audio_first and step < 10):
                packets = self.video.packets()
                self.deliver("video", packets[1:] if step * self.video.fps // 100 in lost else packets)
            self.source.poll(now=self.now)
            self.now += 0.01

    def deliver(self, kind: Kind, packets: list[RtpPacket]) -> None:
        for packet in packets:
            self.source.receive(kind, packet, now=self.now)

    def frames(self, track_id: str) -> Iterator[int]:
        return iter([frame.pts for frame in self.heard.frames.get(track_id, [])])

    def _requested(self) -> None:
        self.requests += 1
        if self.video is not None:
            self.video.request_keyframe()


def small(**options: int) -> H264Source:
    return H264Source(**({"width": 160, "height": 96, "fps": 25, "bitrate_bps": 300_000} | options))


def test_picture_and_sound_are_on_one_clock() -> None:
    room = Room(video=small(), audio=OpusSource())
    room.run(2)
    pictures, sounds = list(room.frames("video")), list(room.frames("audio"))
    assert {after - before for before, after in pairwise(pictures)} == {CLOCK_RATE // 25}
    assert {after - before for before, after in pairwise(sounds)} <= {1799, 1800, 1801}
    assert pictures[0] == pytest.approx(sounds[0], abs=CLOCK_RATE // 50)
    assert room.heard.events[0] == ["video", "audio"]


def test_an_epoch_begins_with_a_key_frame_whose_format_is_told() -> None:
    room = Room(video=small(), audio=OpusSource())
    room.run(1, audio_first=True)
    assert room.heard.events[0] == ["video", "audio"]
    assert room.heard.events[1] == ("video", room.heard.frames["video"][0].dts)
    first = room.heard.frames["video"][0]
    assert first.is_key
    track_format = room.heard.tracks[0].format
    assert (track_format.codec, track_format.width, track_format.height) == ("h264", 160, 96)
    assert parse_sequence_parameters(parse_avcc(track_format.config).sps[0]).width == 160
    assert all(nal[0] & 0x1F not in (7, 8, 9, 12) for nal in split_lengths(first.data))


def test_after_a_loss_nothing_is_given_up_to_the_key_frame_that_is_asked_for() -> None:
    room = Room(video=small(gop=1000))
    room.run(4, lost=frozenset((30,)))
    frames = room.heard.frames["video"]
    gaps = [(before, after) for before, after in pairwise(frames) if after.dts - before.dts > CLOCK_RATE // 20]
    assert len(gaps) == 1
    assert gaps[0][1].is_key
    assert room.requests == 1


def test_another_size_is_told_before_its_key_frame() -> None:
    room = Room(video=small())
    room.run(1)
    assert room.video is not None
    larger = H264Source(width=320, height=180, fps=25)
    larger.numbers = room.video.numbers
    larger.numbers.first_timestamp += CLOCK_RATE
    room.video = larger
    room.run(1)
    assert room.heard.events.count(["video"]) == 2
    assert room.heard.tracks[0].format.width == 320
    told = len(room.heard.events) - 1 - room.heard.events[::-1].index(["video"])
    following = room.heard.events[told + 1]
    assert following == ("video", next(f.dts for f in room.heard.frames["video"][5:] if f.is_key))


def test_a_lost_publisher_ends_the_epoch_and_the_next_begins_where_time_has_come_to() -> None:
    room = Room(video=small(), audio=OpusSource())
    room.run(1)
    room.source.interrupt(now=room.now)
    room.now += 20
    room.video, room.audio = small(first_timestamp=77), OpusSource(first_timestamp=5)
    room.source.set_tracks(video_codec="h264", audio_codec="OPUS", now=room.now)
    room.run(1)
    assert room.heard.events.count("interrupt") == 1
    pictures = list(room.frames("video"))
    assert pictures[25] - pictures[0] == pytest.approx(21 * CLOCK_RATE, abs=CLOCK_RATE // 20)


def test_a_clock_that_jumps_is_another_epoch() -> None:
    room = Room(video=small(gop=25))
    room.run(2)
    assert room.video is not None
    room.video.numbers.first_timestamp += 40_000 * CLOCK_RATE
    room.run(2)
    assert room.heard.events.count("interrupt") == 1
    pictures = list(room.frames("video"))
    assert max(pictures) - min(pictures) < 5 * CLOCK_RATE


def test_sound_alone_needs_no_key_frame() -> None:
    room = Room(audio=OpusSource())
    room.run(1)
    assert room.heard.events[0] == ["audio"]
    assert len(room.heard.frames["audio"]) == 50
    assert room.heard.tracks[0].format.channels == 2


def test_a_codec_that_is_not_taken_is_as_if_it_were_not_sent() -> None:
    room = Room(audio=OpusSource())
    room.source.set_tracks(video_codec="H263", audio_codec="opus", now=room.now)
    room.run(0.5)
    assert room.heard.events[0] == ["audio"]
    room.source.set_tracks(video_codec=None, audio_codec="PCMU", now=room.now)
    before = len(room.heard.events)
    room.run(0.5)
    assert room.heard.events[before:] == []


PAYLOADS = [
    b"",
    b"\x78\x00\x0eg\x42\xc0\x1f\x8c\x8d\x40\x50\x1e\xd0\x0f\x08\x84\x6a\x00\x04h\xce<\x80\x00\x03e\x88\x80",
    b"\x10\xd0\x0f\x00\x9d\x01\x2a\x40\x01\xb4\x00",
    b"\x08\x82\x49\x83\x42\x00\x13\xf0\x0b\x36\x06\x38\x24\x1c",
    b"\x18\x0a\x00\x00\x00\x04\x3c\xfe\xcc\x4a\xf9\x00\x40\x32\x10\x00",
    b"\x62\x01\x93\x01\x02",
    b"\x40\x01\x0c",
]


@pytest.mark.parametrize("codec", sorted(PICTURES))
@given(
    packets=st.lists(
        st.tuples(
            st.sampled_from(["audio", "video"]),
            st.integers(0, 40),
            st.integers(0, 0xFFFFFFFF),
            st.booleans(),
            st.one_of(st.binary(max_size=40), st.sampled_from(PAYLOADS)),
            st.floats(0, 1),
        ),
        max_size=30,
    )
)
@settings(deadline=None, max_examples=60)
def test_no_packet_is_our_error(codec: str, packets: list[tuple[Kind, int, int, bool, bytes, float]]) -> None:
    room = Room()
    room.source.set_tracks(video_codec=codec, audio_codec="opus", now=room.now)
    for kind, number, timestamp, marker, payload, wait_s in packets:
        room.now += wait_s
        room.source.receive(kind, RtpPacket(96, number, timestamp, 1, marker, payload), now=room.now)
        room.source.sender_report(kind, ntp_s=timestamp, rtp_timestamp=timestamp)
        room.source.poll(now=room.now)
    for frames in room.heard.frames.values():
        assert all(frame.data for frame in frames)
