"""The hub: who listens hears everything in its order, and who comes late the newest group of pictures."""

from __future__ import annotations

import pytest

from media_server.hub.frames import Frame, Track, TrackFormat
from media_server.hub.hub import MAX_KEPT_BYTES, MAX_KEPT_S, Hub
from tests.media_server.hub.listening import Heard

VIDEO = Track("video", "video", TrackFormat("vp8", b"", 640, 360))
AUDIO = Track("audio", "audio", TrackFormat("opus", b"", sample_rate=48_000, channels=2))
DERIVED = Track("audio:aac", "audio", TrackFormat("aac", b"", sample_rate=48_000, channels=2), "derived")


def frame(dts: int, *, is_key: bool = False, size: int = 10) -> Frame:
    return Frame(dts, dts, is_key, bytes(size))


def test_events_are_heard_in_their_order() -> None:
    hub = Hub()
    heard = Heard(hub)
    hub.begin([VIDEO, AUDIO], now=0)
    hub.push("video", frame(0, is_key=True), now=0)
    hub.put(DERIVED, now=0)
    hub.push("audio:aac", frame(5), now=0)
    hub.remove("audio:aac", now=0)
    hub.push("audio:aac", frame(6), now=0)
    hub.end(now=1)
    hub.push("video", frame(7), now=1)
    assert heard.events == [
        ["video", "audio"],
        ("video", 0),
        ["video", "audio", "audio:aac"],
        ("audio:aac", 5),
        ["video", "audio"],
        "end",
    ]


def test_an_epoch_ends_once_and_takes_derived_tracks_with_it() -> None:
    hub = Hub()
    heard = Heard(hub)
    hub.interrupt(now=0)
    hub.begin([AUDIO], now=0)
    hub.put(DERIVED, now=0)
    hub.interrupt(now=1)
    hub.interrupt(now=1)
    hub.begin([AUDIO], now=2)
    hub.begin([VIDEO], now=3)
    assert heard.events == [["audio"], ["audio", "audio:aac"], "interrupt", ["audio"], "interrupt", ["video"]]
    assert hub.epoch == 3


def test_sources_are_named_before_what_is_made_of_them() -> None:
    hub = Hub()
    hub.begin([DERIVED, AUDIO], now=0)
    assert [track.track_id for track in hub.tracks] == ["audio", "audio:aac"]


def test_who_comes_late_is_given_the_newest_group_of_pictures() -> None:
    hub = Hub()
    hub.begin([VIDEO, AUDIO], now=0)
    for dts in range(10):
        hub.push("video", frame(dts, is_key=dts in (2, 6)), now=0)
        hub.push("audio", frame(dts), now=0)
    late = Heard(hub, with_kept=True)
    assert late.events == [["video", "audio"], ("video", 6), ("video", 7), ("video", 8), ("video", 9)]
    assert Heard(hub).events == [["video", "audio"]]


def test_what_was_kept_goes_with_its_epoch_and_its_format() -> None:
    hub = Hub()
    hub.begin([VIDEO], now=0)
    hub.push("video", frame(0, is_key=True), now=0)
    hub.change_format("video", TrackFormat("vp8", b"", 320, 180), now=0)
    assert Heard(hub, with_kept=True).events == [["video"]]
    hub.push("video", frame(1, is_key=True), now=0)
    hub.interrupt(now=0)
    assert Heard(hub, with_kept=True).events == [["video"]]


TOO_LARGE = [frame(0, is_key=True), frame(1, size=MAX_KEPT_BYTES)]
TOO_LONG = [frame(0, is_key=True), frame(round(90_000 * MAX_KEPT_S) + 1)]


@pytest.mark.parametrize("frames", [TOO_LARGE, TOO_LONG], ids=["bytes", "seconds"])
def test_groups_beyond_the_bounds_are_not_kept(frames: list[Frame]) -> None:
    hub = Hub()
    hub.begin([VIDEO], now=0)
    for each in frames:
        hub.push("video", each, now=0)
    assert Heard(hub, with_kept=True).events == [["video"]]
    hub.push("video", frame(2_000_000), now=0)
    assert Heard(hub, with_kept=True).events == [["video"]]
    hub.push("video", frame(2_000_001, is_key=True), now=0)
    assert Heard(hub, with_kept=True).events == [["video"], ("video", 2_000_001)]


def test_who_left_hears_nothing_and_may_leave_twice() -> None:
    hub = Hub()
    heard = Heard(hub)
    hub.unlisten(heard)
    hub.unlisten(heard)
    hub.begin([VIDEO], now=0)
    assert heard.events == []


def test_after_the_end_nothing_begins() -> None:
    hub = Hub()
    hub.begin([VIDEO], now=0)
    hub.end(now=0)
    hub.end(now=0)
    heard = Heard(hub)
    hub.begin([AUDIO], now=0)
    hub.put(DERIVED, now=0)
    assert heard.events == [["video"]]
