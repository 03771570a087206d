"""Work that is put off: the same frames in the same order as if it were done at once, and never too much of it."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.rtp.packet import RtpPacket
from media_server.sessions.later_source import MOST, LaterRtpSource
from tests.media_server.hub.listening import Heard
from tests.support.rtp_source import H264Source, OpusSource


@pytest.fixture(scope="module")
def packets() -> list[tuple[float, str, RtpPacket]]:
    """(time, kind, packet) of two seconds."""
    video, audio = H264Source(width=160, height=96, fps=25, bitrate_bps=300_000), OpusSource()
    made: list[tuple[float, str, RtpPacket]] = []
    for step in range(100):
        now = 100.0 + step / 50
        made += [(now, "audio", packet) for packet in audio.packets()]
        if step % 2 == 0:
            made += [(now, "video", packet) for packet in video.packets()]
    return made


def begun() -> tuple[LaterRtpSource, Heard]:
    hub = Hub()
    heard = Heard(hub)
    source = LaterRtpSource(RtpSource(hub, request_keyframe=lambda: None))
    source.set_tracks(video_codec="H264", audio_codec="opus", now=100.0)
    return source, heard


def feed(source: LaterRtpSource, kind: str, packet: RtpPacket, now: float) -> None:
    source.receive("audio" if kind == "audio" else "video", packet, now=now)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1 << 32))
def test_whenever_it_is_done_the_frames_are_the_same(packets: list[tuple[float, str, RtpPacket]], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    at_once, expected = begun()
    later, heard = begun()
    for now, kind, packet in packets:
        feed(at_once, kind, packet, now)
        at_once.work()
        feed(later, kind, packet, now)
        if rng.random() < 0.02:
            at_once.poll(now=now)
            later.poll(now=now)
        if rng.random() < 0.05:
            later.work(until=0.0)
        if rng.random() < 0.01:
            later.work()
    later.work()
    assert heard.events == expected.events
    assert heard.frames == expected.frames
    assert len(expected.frames["video"]) > 40


def test_one_piece_is_done_each_time_however_late_it_is(packets: list[tuple[float, str, RtpPacket]]) -> None:
    source, _ = begun()
    for now, kind, packet in packets[:10]:
        feed(source, kind, packet, now)
    assert [source.work(until=time.monotonic() - 1) for _ in range(10)] == [False] * 9 + [True]


def test_what_interrupts_comes_behind_what_waited(packets: list[tuple[float, str, RtpPacket]]) -> None:
    source, heard = begun()
    for now, kind, packet in packets:
        feed(source, kind, packet, now)
    assert heard.frames == {}
    source.interrupt(now=102.0)
    times = [frame.dts for frame in heard.frames["video"]]
    assert len(times) > 40
    assert all(before < after for before, after in pairwise(times))
    assert source.work()


def test_more_than_may_wait_is_done_at_once(packets: list[tuple[float, str, RtpPacket]]) -> None:
    source, heard = begun()
    for n in range(MOST - 1):
        now, kind, packet = packets[n % len(packets)]
        feed(source, kind, packet, now)
    assert heard.frames == {}
    feed(source, "audio", packets[0][2], 103.0)
    assert heard.frames["video"]
    assert source.work()
