"""Frames on their way to viewers: one clock for picture and sound, and a new one after an interruption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from media_server.egress.rtp.line import MAX_HELD
from media_server.hub.frames import Frame
from media_server.rtp.leg import MediaPacket
from tests.media_server.egress.rtp.listening import Sent
from tests.support.frame_source import PictureSource, ToneSource


def play(sent: Sent, picture: PictureSource, tone: ToneSource, *, began: float, seconds: float, late_s: float) -> float:
    """Push both as they come: sound `late_s` after its time, pictures a network's jitter. When it ended."""
    first = picture.next()
    frames: list[tuple[float, str, Frame]] = []
    frame, sound = first, tone.next()
    while (frame.dts - first.dts) / 90_000 < seconds:
        if frame.dts <= sound.dts:
            frames.append((began + (frame.dts - first.dts) / 90_000, "video", frame))
            frame = picture.next()
        else:
            frames.append((began + (sound.dts - first.dts) / 90_000 + late_s, "audio", sound))
            sound = tone.next()
    for now, track_id, each in sorted(frames, key=lambda item: item[0]):
        sent.hub.push(track_id, each, now=now)
    return frames[-1][0]


@pytest.mark.parametrize("late_s", [0.0, 0.08])
def test_picture_and_sound_of_one_instant_have_one_time_however_late_sound_comes(late_s: float) -> None:
    sent, picture, tone = Sent(), PictureSource(), ToneSource("opus")
    sent.hub.begin([picture.track, tone.track], now=5.0)
    now = play(sent, picture, tone, began=5.0, seconds=3.0, late_s=late_s)
    # Both sources began with the same instant.
    seen = sent.seconds("video", sent.packets["video"][0].timestamp, now=now)
    heard = sent.seconds("audio", sent.packets["audio"][0].timestamp, now=now)
    assert seen == pytest.approx(heard, abs=0.001)


@pytest.mark.parametrize("late_s", [0.0, 0.08])
def test_what_is_made_of_picture_and_sound_has_the_time_of_what_it_is_made_of(late_s: float) -> None:
    sent = Sent(routed=("video:webrtc", "audio:opus"))
    source, aac = PictureSource(b_frames=2), ToneSource("aac")
    sent.hub.begin([source.track, aac.track], now=5.0)
    picture, tone = PictureSource(track_id="video:webrtc"), ToneSource("opus", track_id="audio:opus")
    for made in (picture, tone):
        sent.hub.put(replace(made.track, origin="derived"), now=5.0)
    events: list[tuple[float, str, Frame]] = []
    for each, delay_s in ((source, 0.0), (aac, 0.0), (picture, 0.15), (tone, 0.02 + late_s)):
        frames = [each.next() for _ in range(60)]
        events += [(5.0 + (frame.dts - 90_000) / 90_000 + delay_s, each.track_id, frame) for frame in frames]
    events.sort(key=lambda event: event[0])
    for now, track_id, frame in events:
        sent.hub.push(track_id, frame, now=now)
    now = events[-1][0]
    assert set(sent.producers) == {"video:webrtc", "audio:opus"}
    seen = sent.seconds("video:webrtc", sent.packets["video:webrtc"][0].timestamp, now=now)
    heard = sent.seconds("audio:opus", sent.packets["audio:opus"][0].timestamp, now=now)
    assert seen == pytest.approx(heard, abs=0.001)


def test_a_source_that_begins_anew_goes_on_in_the_same_numbers() -> None:
    sent = Sent()
    picture, tone = PictureSource(first_dts=900_000_000), ToneSource("opus", first_dts=900_000_000)
    sent.hub.begin([picture.track, tone.track], now=1.0)
    ended = play(sent, picture, tone, began=1.0, seconds=1.0, late_s=0.0)
    before = {track: packets[-1] for track, packets in sent.packets.items()}
    count = {track: len(packets) for track, packets in sent.packets.items()}
    picture, tone = PictureSource(first_dts=0), ToneSource("opus", first_dts=0)
    sent.hub.begin([picture.track, tone.track], now=ended + 2.0)
    now = play(sent, picture, tone, began=ended + 2.0, seconds=1.0, late_s=0.0)
    for track in ("video", "audio"):
        first = sent.packets[track][count[track]]
        assert first.index == before[track].index + 1
        passed = ((first.timestamp - before[track].timestamp) & 0xFFFFFFFF) / sent.producers[track].clock_rate
        assert passed == pytest.approx(2.0, abs=0.06)
    seen = sent.seconds("video", sent.packets["video"][count["video"]].timestamp, now=now)
    heard = sent.seconds("audio", sent.packets["audio"][count["audio"]].timestamp, now=now)
    assert seen == pytest.approx(heard, abs=0.001)


def test_a_stall_and_the_burst_after_it_leave_picture_and_sound_in_step() -> None:
    sent, picture, tone = Sent(), PictureSource(), ToneSource("opus")
    sent.hub.begin([picture.track, tone.track], now=5.0)
    now = play(sent, picture, tone, began=5.0, seconds=1.0, late_s=0.0)
    # Three seconds of both arrive in one instant, three seconds late.
    for _ in range(90):
        sent.hub.push("video", picture.next(), now=now + 3.0)
    for _ in range(150):
        sent.hub.push("audio", tone.next(), now=now + 3.0)
    now = play(sent, picture, tone, began=now + 3.0, seconds=1.0, late_s=0.0)
    seen = sent.seconds("video", sent.packets["video"][0].timestamp, now=now)
    heard = sent.seconds("audio", sent.packets["audio"][0].timestamp, now=now)
    assert seen == pytest.approx(heard, abs=0.001)


def test_new_parameter_sets_are_those_of_the_next_key_frame() -> None:
    sent, picture, other = Sent(), PictureSource(gop=10), PictureSource(gop=10, width=640, height=360)
    sent.hub.begin([picture.track], now=0.0)
    for number in range(10):
        sent.hub.push("video", picture.next(), now=number / 30)
    small = sent.packets["video"][0].payload
    sent.hub.change_format("video", other.track.format, now=0.4)
    count = len(sent.packets["video"])
    frame = other.next()
    sent.hub.push("video", frame._replace(dts=frame.dts + 30_000, pts=frame.pts + 30_000), now=0.4)
    large = sent.packets["video"][count]
    assert large.payload[0] & 0x1F == small[0] & 0x1F == 24
    assert large.payload != small
    assert large.index == sent.packets["video"][count - 1].index + 1
    assert (large.timestamp - sent.packets["video"][count - 1].timestamp) & 0xFFFFFFFF == 3000


def test_time_stamps_are_those_of_the_frames_on_each_codecs_clock() -> None:
    sent, picture, tone = Sent(), PictureSource(), ToneSource("opus")
    sent.hub.begin([picture.track, tone.track], now=0.0)
    for _ in range(3):
        sent.hub.push("video", picture.next(), now=0.0)
        sent.hub.push("audio", tone.next(), now=0.0)
    assert [packet.timestamp for packet in sent.packets["audio"]] == [48_000, 48_960, 49_920]
    assert sorted({packet.timestamp for packet in sent.packets["video"]}) == [90_000, 93_000, 96_000]


def push(sent: Sent, source: PictureSource | ToneSource, count: int) -> None:
    """The next frames of a source that began at 5 s, each when it is due."""
    for frame in (source.next() for _ in range(count)):
        sent.hub.push(source.track_id, frame, now=4.0 + frame.dts / 90_000)


def listen(sent: Sent, *, is_wanted: bool) -> None:
    """Somebody begins or ceases to be sent everything."""
    for ear in sent.ears.values():
        if is_wanted:
            ear.on_wanted()
        ear.is_wanted = is_wanted


def steps(packets: Sequence[MediaPacket]) -> set[int]:
    return {after - before for before, after in pairwise(dict.fromkeys(packet.timestamp for packet in packets))}


def test_of_what_nobody_is_sent_the_newest_group_of_pictures_is_held_and_comes_when_somebody_is() -> None:
    sent, picture, tone = Sent(), PictureSource(gop=30), ToneSource("opus")
    sent.hub.begin([picture.track, tone.track], now=5.0)
    listen(sent, is_wanted=False)
    push(sent, picture, 75)
    push(sent, tone, 100)
    assert sent.packets == {"video": [], "audio": []}
    listen(sent, is_wanted=True)
    held = sent.producers["video"].take_pending()
    assert held[0].starts_keyframe
    assert len({packet.timestamp for packet in held}) == 15
    assert sent.producers["audio"].take_pending() == []
    push(sent, picture, 20)
    seen = [*held, *sent.packets["video"]]
    assert steps(seen) == {3000}
    assert [packet.index for packet in seen] == list(range(seen[0].index, seen[0].index + len(seen)))


def test_who_comes_in_the_middle_of_a_group_whose_beginning_others_saw_gets_the_rest_of_it() -> None:
    sent, picture = Sent(), PictureSource(gop=300)
    sent.hub.begin([picture.track], now=5.0)
    push(sent, picture, 30)
    listen(sent, is_wanted=False)
    push(sent, picture, 30)
    assert len({packet.timestamp for packet in sent.packets["video"]}) == 30
    listen(sent, is_wanted=True)
    push(sent, picture, 30)
    assert len({packet.timestamp for packet in sent.packets["video"]}) == 90
    assert steps(sent.packets["video"]) == {3000}


def test_a_group_too_long_to_hold_is_given_up_and_who_comes_begins_with_the_next() -> None:
    sent, picture = Sent(), PictureSource(gop=MAX_HELD + 10)
    sent.hub.begin([picture.track], now=5.0)
    listen(sent, is_wanted=False)
    push(sent, picture, MAX_HELD + 5)
    listen(sent, is_wanted=True)
    push(sent, picture, 10)
    packets = sent.packets["video"]
    assert packets[0].starts_keyframe
    assert len({packet.timestamp for packet in packets}) == 5
