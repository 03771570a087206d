"""A room's Opus: work is done elsewhere, what waits for it is bounded, and what is out of date is thrown away."""

from __future__ import annotations

from collections.abc import Sequence

from media_server.hub.frames import Frame, Track
from media_server.hub.hub import Hub
from media_server.transcode.sound import SoundConversion
from tests.support.frame_source import ToneSource
from tests.support.sounds import InlineSounds


class Room:
    """A hub with AAC, of which Opus is made; `opus` is what came of it."""

    def __init__(self, tone: ToneSource) -> None:
        self.hub, self.later, self.tone = Hub(), InlineSounds(is_slow=True), tone
        self.opus: list[Frame] = []
        self.hub.listen(self, now=0.0)
        self.hub.begin([tone.track], now=0.0)
        self.conversion = SoundConversion(
            self.hub, "audio", "audio:opus", sounds=self.later, bitrate_bps=96_000, now=0.0
        )

    def push(self, count: int) -> None:
        for _ in range(count):
            self.hub.push("audio", self.tone.next(), now=0.0)

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None: ...
    def on_interrupt(self, *, now: float) -> None: ...
    def on_end(self, *, now: float) -> None: ...

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        if track.track_id == "audio:opus":
            self.opus.append(frame)


def test_one_piece_of_work_is_under_way_and_takes_all_that_came_meanwhile() -> None:
    room = Room(ToneSource("aac"))
    room.push(40)
    assert len(room.later.waiting) == 1
    room.later.do()
    assert len(room.later.waiting) == 1
    room.later.do()
    assert len(room.opus) > 35
    assert room.later.waiting == []
    track = room.hub.track("audio:opus")
    assert track is not None
    assert (track.origin, track.format.codec, track.format.channels) == ("derived", "opus", 2)


def test_a_process_that_does_not_keep_up_loses_sound_instead_of_memory() -> None:
    room = Room(ToneSource("aac"))
    room.push(1_000)
    assert room.conversion.dropped > 800
    room.later.do()
    room.later.do()
    room.push(2)
    room.later.do()
    assert room.opus[-1].dts > 90_000 + 995 * 1920


def test_what_was_under_way_for_an_older_clock_is_thrown_away() -> None:
    room = Room(ToneSource("aac", first_dts=9_000_000))
    room.push(20)
    room.tone = ToneSource("aac", first_dts=0)
    room.hub.begin([room.tone.track], now=1.0)
    room.push(20)
    room.later.do()
    room.later.do()
    assert room.opus
    assert max(frame.dts for frame in room.opus) < 9_000_000


def test_after_it_is_closed_nothing_comes_any_more() -> None:
    room = Room(ToneSource("aac"))
    room.push(20)
    room.conversion.close(now=1.0)
    room.later.do()
    assert room.opus == []
    assert room.hub.track("audio:opus") is None


def test_a_process_that_is_lost_costs_what_it_had_and_sound_goes_on() -> None:
    room = Room(ToneSource("aac"))
    room.push(20)
    room.later.lose(is_suspect=True)
    room.push(20)
    room.later.do()
    room.later.do()
    assert len(room.opus) > 15
    assert room.opus[0].dts > 90_000 + 15 * 1920
