"""`audio:aac`: there while it is needed, in step with the picture, within bounds."""

from __future__ import annotations

from itertools import pairwise

import pytest

from media_server.hub.audio_from_rtp import OPUS_FORMAT
from media_server.hub.formats import aac_format
from media_server.hub.frames import CLOCK_RATE, Frame, Track, TrackFormat
from media_server.hub.hub import Hub
from media_server.transcode.aac_track import AAC_ID, QUEUE_LIMIT, AacTrack
from media_server.transcode.opus_to_aac import audio_specific_config
from media_server.transcode.sounds import MAX_SUSPICIONS
from tests.media_server.hub.listening import Heard
from tests.support.rtp_source import OpusSource
from tests.support.sounds import InlineSounds

VIDEO = Track("video", "video", TrackFormat("vp8", b"", 640, 360))
OPUS = Track("audio", "audio", OPUS_FORMAT)
AAC = Track("audio", "audio", aac_format(audio_specific_config(128_000)))


class Room:
    """A hub with `audio:aac`, which is made at once, or when `sounds.do` is called."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.hub = Hub()
        self.sounds = InlineSounds(is_slow=is_slow)
        self.aac = AacTrack(self.hub, sounds=self.sounds)
        self.hub.listen(self.aac, now=0)
        self.heard = Heard(self.hub)
        self.opus = OpusSource()

    def send(self, *, since: int, count: int, picture: bool = False, sound: bool = True) -> None:
        """Packets of 20 ms from the `since`-th on, and pictures at the same times."""
        for index in range(since, since + count):
            at = CLOCK_RATE + 1800 * index
            if picture:
                self.hub.push("video", Frame(at, at, index % 50 == 0, b"picture"), now=0.02 * index)
            for payload in self.opus.payloads() if sound else ():
                self.hub.push("audio", Frame(at, at, True, payload), now=0.02 * index)
            self.aac.poll(now=0.02 * index)

    def made(self) -> list[int]:
        """The times of the AAC frames."""
        return [frame.dts for frame in self.heard.frames.get(AAC_ID, [])]


def test_it_is_there_while_there_is_opus_and_no_aac() -> None:
    room = Room()
    room.hub.begin([VIDEO, OPUS], now=0)
    assert room.hub.track(AAC_ID) is not None
    room.hub.begin([VIDEO, AAC], now=0)
    assert room.hub.track(AAC_ID) is None
    room.hub.begin([VIDEO], now=0)
    assert room.hub.track(AAC_ID) is None
    room.hub.put(OPUS, now=0)
    assert room.hub.track(AAC_ID) is not None
    room.hub.remove("audio", now=0)
    assert room.hub.track(AAC_ID) is None


def test_frames_follow_each_other_and_begin_with_the_sound() -> None:
    room = Room()
    room.hub.begin([OPUS], now=0)
    room.send(since=0, count=100)
    made = room.made()
    assert made[0] == CLOCK_RATE
    assert {after - before for before, after in pairwise(made)} == {1920}
    assert made[-1] == pytest.approx(3 * CLOCK_RATE, abs=8000)


def test_beside_a_picture_it_begins_with_the_picture_and_goes_on_in_silence() -> None:
    room = Room()
    room.hub.begin([VIDEO, OPUS], now=0)
    room.send(since=0, count=100, picture=True, sound=False)
    made = room.made()
    assert made[0] == CLOCK_RATE
    assert made[-1] > 3 * CLOCK_RATE - CLOCK_RATE // 2
    room.send(since=100, count=50, picture=True)
    assert {after - before for before, after in pairwise(room.made())} == {1920}


def test_what_was_made_for_an_epoch_that_is_over_is_left_out() -> None:
    room = Room(is_slow=True)
    room.hub.begin([OPUS], now=0)
    room.send(since=0, count=50)
    room.hub.begin([OPUS], now=1)
    room.sounds.do()
    assert room.made() == []
    room.send(since=500, count=50)
    room.sounds.do()
    room.send(since=550, count=1)
    room.sounds.do()
    assert room.made()[0] >= CLOCK_RATE + 1800 * 500


def test_a_process_that_cannot_keep_up_costs_the_oldest_packets_alone() -> None:
    room = Room(is_slow=True)
    room.hub.begin([OPUS], now=0)
    room.send(since=0, count=2 * QUEUE_LIMIT)
    assert len(room.sounds.waiting) == 1
    assert room.aac.dropped == 2 * QUEUE_LIMIT - 1 - QUEUE_LIMIT


def test_after_the_end_nothing_is_made() -> None:
    room = Room()
    room.hub.begin([OPUS], now=0)
    room.send(since=0, count=50)
    room.hub.end(now=1)
    before = len(room.made())
    room.send(since=50, count=50)
    assert len(room.made()) == before


def test_a_process_that_is_lost_costs_what_it_had_and_sound_goes_on_in_its_place() -> None:
    room = Room()
    room.hub.begin([VIDEO, OPUS], now=0)
    room.send(since=0, count=100, picture=True)
    before = room.made()
    room.sounds.lose(is_suspect=False)
    room.send(since=100, count=100, picture=True)
    after = room.made()[len(before) :]
    assert after[0] >= CLOCK_RATE + 1800 * 100
    assert {later - earlier for earlier, later in pairwise(after)} == {1920}
    assert len(after) > 85


def test_sound_that_costs_one_process_after_the_other_is_not_made_any_more_until_a_source_begins_anew() -> None:
    room = Room()
    room.hub.begin([VIDEO, OPUS], now=0)
    for turn in range(MAX_SUSPICIONS):
        room.send(since=10 * turn, count=10, picture=True)
        assert room.sounds.lines
        room.sounds.lose(is_suspect=True)
    room.send(since=500, count=10, picture=True)
    assert not room.sounds.lines
    room.hub.begin([VIDEO, OPUS], now=0)
    room.send(since=600, count=10, picture=True)
    assert room.sounds.lines
