"""Lower layers of a picture as tracks of their own: on the picture's clock, for as long as they come."""

from __future__ import annotations

from itertools import pairwise

import pytest

from media_server.hub.frames import CLOCK_RATE
from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.hub.layer_from_rtp import SILENT_S
from tests.media_server.hub.listening import Heard
from tests.support.rtp_source import H264Source

FPS = 25
LOW = "video:1"


class Simulcast:
    """A source of two layers, whose packets of the lower one arrive `late_s` after those of the picture."""

    def __init__(self, *, codec: str = "H264", late_s: float = 0.0) -> None:
        self.hub = Hub()
        self.heard = Heard(self.hub)
        self.high = H264Source(width=320, height=180, fps=FPS, bitrate_bps=300_000, gop=1000)
        self.low = H264Source(width=160, height=96, fps=FPS, bitrate_bps=100_000, gop=1000)
        self.source = RtpSource(self.hub, request_keyframe=self.high.request_keyframe, request_of_layer=self._requested)
        self.source.set_tracks(video_codec=codec, audio_codec=None, now=100.0)
        self.requests: list[int] = []
        self.late_s = late_s
        self.now = 100.0
        self.sends_low = True

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * FPS)):
            for packet in self.high.packets():
                self.source.receive("video", packet, now=self.now)
            for packet in self.low.packets():
                if self.sends_low:
                    self.source.receive_layer(0, packet, now=self.now + self.late_s)
            self.now += 1 / FPS
            self.source.poll(now=self.now)

    def report(self) -> None:
        """Both layers' sender reports, of the same instant."""
        instant = 5_000.0
        high, low = self.high.numbers.first_timestamp, self.low.numbers.first_timestamp
        self.source.sender_report("video", ntp_s=instant, rtp_timestamp=high & 0xFFFFFFFF)
        self.source.layer_report(0, ntp_s=instant, rtp_timestamp=low & 0xFFFFFFFF)

    def _requested(self, place: int) -> None:
        self.requests.append(place)
        self.low.request_keyframe()


def test_a_lower_layer_is_a_track_beside_the_picture() -> None:
    simulcast = Simulcast()
    simulcast.run(2)
    sizes = {track.track_id: (track.format.width, track.format.height) for track in simulcast.heard.tracks}
    assert sizes == {"video": (320, 180), LOW: (160, 96)}
    frames = simulcast.heard.frames[LOW]
    assert frames[0].is_key
    assert {after.dts - before.dts for before, after in pairwise(frames)} == {CLOCK_RATE // FPS}
    assert simulcast.source.layers == [0]


def test_frames_of_one_instant_have_one_time_by_sender_reports() -> None:
    simulcast = Simulcast(late_s=0.07)
    simulcast.run(1)
    simulcast.report()
    simulcast.run(1)
    high = {frame.pts for frame in simulcast.heard.frames["video"]}
    assert {frame.pts for frame in simulcast.heard.frames[LOW][-20:]} <= high


def test_a_layer_that_its_source_stops_is_gone_and_comes_again_with_a_key_frame() -> None:
    simulcast = Simulcast()
    simulcast.run(1)
    simulcast.sends_low = False
    simulcast.run(SILENT_S + 0.5)
    assert [track.track_id for track in simulcast.heard.tracks] == ["video"]
    before = len(simulcast.heard.frames[LOW])
    asked = len(simulcast.requests)
    simulcast.sends_low = True
    simulcast.run(1)
    assert len(simulcast.requests) > asked
    assert [track.track_id for track in simulcast.heard.tracks] == ["video", LOW]
    assert simulcast.heard.frames[LOW][before].is_key
    times = [frame.dts for frame in simulcast.heard.frames[LOW]]
    assert times == sorted(set(times))


def test_a_layer_that_turns_out_to_be_the_picture_is_no_track_of_its_own() -> None:
    simulcast = Simulcast()
    simulcast.run(1)
    simulcast.source.drop_layer(0, now=simulcast.now)
    assert [track.track_id for track in simulcast.heard.tracks] == ["video"]
    assert simulcast.source.layers == []


@pytest.mark.parametrize("codec", ["VP8", "H263"])
def test_layers_that_nobody_could_be_given_are_not_put_together(codec: str) -> None:
    simulcast = Simulcast(codec=codec)
    simulcast.run(0.5)
    assert LOW not in simulcast.heard.frames


def test_layers_beyond_those_there_may_be_are_none() -> None:
    simulcast = Simulcast()
    simulcast.run(0.5)
    for place in (-1, 4, 1_000_000):
        for packet in simulcast.low.packets():
            simulcast.source.receive_layer(place, packet, now=simulcast.now)
    assert simulcast.source.layers == [0]
