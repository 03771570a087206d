"""Pictures of a room: of a key frame each five seconds, of the cheapest track that is good enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from media_server.egress.thumbnails.thumbnails import EVERY_S, FRAMES, MadeStill, Thumbnails
from media_server.hub.frames import Frame, Track, TrackFormat
from media_server.hub.hub import Hub

FULL = Track("video", "video", TrackFormat("h264", b"full", width=1920, height=1080))
RUNG = replace(FULL, track_id="video:480", format=TrackFormat("h264", b"rung", width=854, height=480), origin="derived")
TINY = replace(FULL, track_id="video:1", format=TrackFormat("h264", b"tiny", width=320, height=180))
SOUND = Track("audio", "audio", TrackFormat("aac", b"", sample_rate=48_000, channels=2))


@dataclass(frozen=True)
class Made:
    jpeg: bytes
    small: bytes
    webp: bytes


class Maker:
    """Takes note of what is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[TrackFormat, bytes, tuple[bytes, ...]]] = []
        self.is_full = False
        self._done: Callable[[MadeStill | None], None] | None = None

    def __call__(
        self,
        track_format: TrackFormat,
        key_frame: bytes,
        earlier: tuple[bytes, ...],
        done: Callable[[MadeStill | None], None],
    ) -> bool:
        if self.is_full:
            return False
        self.asked.append((track_format, key_frame, earlier))
        self._done = done
        return True

    def answer(self, name: str | None) -> None:
        assert self._done is not None
        self._done(None if name is None else Made(f"{name}.jpg".encode(), name.encode(), f"{name}.webp".encode()))


class Room:
    def __init__(self, *tracks: Track) -> None:
        self.maker, self.hub = Maker(), Hub()
        self.thumbnails = Thumbnails(self.maker)
        self.hub.listen(self.thumbnails, now=0.0)
        self.hub.begin(tracks, now=0.0)

    def push(self, track_id: str, data: bytes, *, now: float, is_key: bool = True) -> None:
        ticks = round(now * 90_000)
        self.hub.push(track_id, Frame(ticks, ticks, is_key, data), now=now)

    def push_and_poll(self, data: bytes, *, now: float, is_looked_at: bool = True) -> None:
        self.push("video", data, now=now)
        if is_looked_at:
            self.thumbnails.looked_at(now=now)
        self.thumbnails.poll(now=now)


def test_a_second_after_the_first_key_frame_and_then_each_five_seconds_one_is_made() -> None:
    room = Room(FULL, SOUND)
    room.push("video", b"delta", now=0.0, is_key=False)
    room.push("audio", b"sound", now=0.0)
    room.thumbnails.poll(now=0.5)
    for second in range(1, 14):
        asked = len(room.maker.asked)
        room.push_and_poll(b"key %d" % second, now=float(second))
        if len(room.maker.asked) > asked:
            room.maker.answer(f"n{second}")
    assert [data for _, data, _ in room.maker.asked] == [b"key 2", b"key 7", b"key 12"]
    assert room.thumbnails.jpeg is not None
    assert room.thumbnails.jpeg.body == b"n12.jpg"
    assert room.thumbnails.webp is not None
    assert room.thumbnails.webp.body == b"n12.webp"


def test_without_another_key_frame_there_is_no_other_picture() -> None:
    room = Room(FULL)
    room.push("video", b"first", now=0.0)
    room.thumbnails.poll(now=1.0)
    room.maker.answer("a")
    room.thumbnails.poll(now=7.0)
    assert len(room.maker.asked) == 1
    room.push_and_poll(b"second", now=8.3)
    assert [data for _, data, _ in room.maker.asked] == [b"first", b"second"]


def test_one_is_made_at_a_time_and_the_next_is_of_the_present() -> None:
    room = Room(FULL)
    room.push("video", b"first", now=0.0)
    room.thumbnails.poll(now=1.0)
    room.push_and_poll(b"meanwhile", now=7.0)
    assert len(room.maker.asked) == 1
    room.maker.answer(None)
    assert room.thumbnails.jpeg is None
    room.push_and_poll(b"then", now=8.0)
    assert room.maker.asked[-1][1] == b"then"


def test_a_maker_that_is_busy_is_asked_again_later() -> None:
    room = Room(FULL)
    room.maker.is_full = True
    room.push("video", b"first", now=0.0)
    room.thumbnails.poll(now=1.0)
    room.maker.is_full = False
    room.thumbnails.poll(now=1.0 + EVERY_S)
    assert [data for _, data, _ in room.maker.asked] == [b"first"]


def test_animations_are_of_the_last_few() -> None:
    room = Room(FULL)
    room.push("video", b"key", now=0.0)
    for number in range(10):
        room.push_and_poll(b"key", now=1.0 + number * EVERY_S)
        room.maker.answer(str(number))
    assert [len(earlier) for _, _, earlier in room.maker.asked] == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]
    assert room.maker.asked[-1][2] == (b"4", b"5", b"6", b"7", b"8")
    assert FRAMES == 6


def test_the_smallest_track_that_is_good_enough_is_used() -> None:
    room = Room(FULL, TINY)
    room.push("video:1", b"tiny", now=0.0)
    room.thumbnails.poll(now=1.0)
    assert room.maker.asked == []
    room.hub.put(RUNG, now=1.0)
    room.push("video", b"full", now=1.0)
    room.push("video:480", b"rung", now=1.0)
    room.thumbnails.poll(now=2.0)
    assert [(track_format.config, data) for track_format, data, _ in room.maker.asked] == [(b"rung", b"rung")]


def pictured(name: str) -> Room:
    """A room that has a picture of that name."""
    room = Room(FULL)
    room.push("video", b"key", now=0.0)
    room.thumbnails.poll(now=1.0)
    room.maker.answer(name)
    assert room.thumbnails.jpeg is not None
    return room


def test_the_same_picture_has_the_same_etag_and_another_one_another() -> None:
    etags = [preview.etag for name in ("a", "a", "b") if (preview := pictured(name).thumbnails.jpeg) is not None]
    assert etags[0] == etags[1] != etags[2]


def test_the_last_picture_stays_through_an_interruption_and_goes_with_the_stream() -> None:
    room = pictured("a")
    room.hub.interrupt(now=2.0)
    assert room.thumbnails.jpeg is not None
    room.push_and_poll(b"key", now=1.0 + EVERY_S)
    assert len(room.maker.asked) == 2
    room.hub.end(now=7.0)
    room.maker.answer("b")
    assert room.thumbnails.jpeg is None
    assert room.thumbnails.webp is None


def test_while_nobody_looks_pictures_are_rare_and_who_looks_gets_a_new_one_soon() -> None:
    room = Room(FULL)
    made_at = []
    for second in range(110):
        asked = len(room.maker.asked)
        room.push_and_poll(b"key", now=float(second), is_looked_at=second == 90)
        if len(room.maker.asked) > asked:
            made_at.append(second)
            room.maker.answer("picture")
    assert made_at[:4] == [1, 6, 66, 90]
    assert made_at[4:] == [95, 100, 105]
