"""A room's derived tracks: made while they are wanted, on the source's clock, by processes that may die."""

from __future__ import annotations

import os
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from media_server.transcode.confine import NICENESS
from media_server.transcode.conversions import FOR_HLS, FOR_WEBRTC, LINGER_S, SOUND_FOR_WEBRTC
from tests.media_server.transcode.stage import stage
from tests.support.frame_source import PictureSource, ToneSource


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_picture_with_b_frames_is_made_anew_while_somebody_watches_it() -> None:
    async with stage() as room:
        source = PictureSource(b_frames=2, gop=300)
        room.hub.begin([source.track], now=room.now)
        room.push(source, 30)
        assert room.transcodes.picture_pid is None
        room.watched.add(FOR_WEBRTC)
        await room.until(lambda: len(room.made(FOR_WEBRTC)) > 20, source=source)
        frames = room.made(FOR_WEBRTC)
        assert frames[0].is_key
        # Though the source's next key frame is ten seconds away, and none of what was before is shown.
        assert 90_000 + 25 * 3000 < frames[0].pts < 90_000 + 300 * 3000
        assert {after.dts - before.dts for before, after in pairwise(frames)} == {3000}
        track = room.tracks[FOR_WEBRTC]
        assert (track.origin, track.format.codec, track.format.reorders) == ("derived", "h264", False)
        assert (track.format.width, track.format.height, track.label) == (320, 180, "180p")
        pid = room.transcodes.picture_pid
        assert pid is not None
        room.watched.clear()
        room.poll_after(LINGER_S - 1)
        assert is_alive(pid)
        room.poll_after(2)
        await room.until(lambda: not is_alive(pid))
        assert FOR_WEBRTC not in room.tracks
        assert room.capacity.used == 0.0


async def test_sound_is_made_opus_while_somebody_hears_it() -> None:
    async with stage() as room:
        tone = ToneSource("aac")
        room.hub.begin([tone.track], now=room.now)
        room.push(tone, 10)
        assert SOUND_FOR_WEBRTC not in room.tracks
        room.watched.add(SOUND_FOR_WEBRTC)
        room.poll_after(0.1)
        await room.until(lambda: len(room.made(SOUND_FOR_WEBRTC)) > 20, source=tone)
        assert {after.dts - before.dts for before, after in pairwise(room.made(SOUND_FOR_WEBRTC))} == {1800}
        assert room.tracks[SOUND_FOR_WEBRTC].format.config.startswith(b"OpusHead")
        room.watched.clear()
        room.poll_after(LINGER_S + 1)
        assert SOUND_FOR_WEBRTC not in room.tracks


@pytest.mark.parametrize("codec", ["vp8", "av1"])
async def test_a_source_without_h264_has_some_made_all_the_time(codec: str) -> None:
    async with stage() as room:
        source = PictureSource(codec)  # type: ignore[arg-type]
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=source)
        assert room.tracks[FOR_HLS].format.codec == "h264"


async def test_a_ladder_has_the_sources_key_frames_and_one_process() -> None:
    async with stage() as room:
        source = PictureSource(width=768, height=432, gop=20)
        room.hub.begin([source.track], now=room.now)
        room.transcodes.want_ladder(True)
        await room.until(lambda: sum(frame.is_key for frame in room.made("video:360")) > 2, source=source)
        assert room.transcodes.ladder == "on"
        assert {track_id for track_id in room.tracks if track_id != "video"} == {"video:360"}
        sources = {frame.pts for frame in room.made("video") if frame.is_key}
        assert {frame.pts for frame in room.made("video:360") if frame.is_key} <= sources
        room.transcodes.want_ladder(False)
        await room.until(lambda: "video:360" not in room.tracks and room.transcodes.ladder == "off")


async def test_a_machine_without_room_says_so_and_makes_what_is_needed() -> None:
    async with stage(cores=0.24) as room:
        source = PictureSource(width=768, height=432, b_frames=2, gop=20)
        room.hub.begin([source.track], now=room.now)
        room.transcodes.want_ladder(True)
        room.watched.add(FOR_WEBRTC)
        await room.until(lambda: len(room.made(FOR_WEBRTC)) > 2, source=source)
        assert room.transcodes.ladder == "no_room"
        assert room.made("video:360") == []
        room.capacity.cores = 4.0
        room.poll_after(1.0)
        assert room.transcodes.ladder == "no_room"
        room.poll_after(20.0)
        await room.until(lambda: len(room.made("video:360")) > 2, source=source)
        await room.until(lambda: room.transcodes.ladder == "on")


async def test_a_machine_without_any_room_makes_nothing() -> None:
    async with stage(cores=0.0) as room:
        source = PictureSource(b_frames=2)
        room.hub.begin([source.track], now=room.now)
        room.watched.add(FOR_WEBRTC)
        room.transcodes.want_ladder(True)
        room.push(source, 30)
        room.poll_after(1.0)
        assert room.transcodes.picture_pid is None
        assert set(room.tracks) == {"video"}


async def test_a_ladder_gives_way_to_what_somebody_else_has_no_picture_without() -> None:
    async with stage(cores=1.0) as room:
        source = PictureSource(width=768, height=432, gop=20)
        room.hub.begin([source.track], now=room.now)
        room.transcodes.want_ladder(True)
        await room.until(lambda: len(room.made("video:360")) > 2, source=source)
        assert room.capacity.take("another room", needed=0.99)
        room.poll_after(1.0)
        assert room.transcodes.ladder == "no_room"
        await room.until(lambda: room.transcodes.picture_pid is None and "video:360" not in room.tracks)
        assert not room.capacity.is_short


async def test_a_process_that_dies_is_started_again() -> None:
    async with stage() as room:
        source = PictureSource("vp8", gop=30)
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=source)
        pid = room.transcodes.picture_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await room.until(lambda: room.transcodes.picture_pid is None, source=source)
        seen = len(room.made(FOR_HLS))
        room.poll_after(1.5)
        await room.until(lambda: len(room.made(FOR_HLS)) > seen + 5, source=source)
        assert room.transcodes.picture_pid not in (None, pid)
        stamps = [frame.dts for frame in room.made(FOR_HLS)]
        assert stamps == sorted(stamps)
        assert room.made(FOR_HLS)[seen].is_key


async def test_a_process_that_is_stuck_is_ended_and_another_is_started() -> None:
    async with stage() as room:
        source = PictureSource("vp8", gop=30)
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=source)
        pid = room.transcodes.picture_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        room.push(source, 3)
        for _ in range(12):
            room.poll_after(1.0)
        await room.until(lambda: not is_alive(pid))
        room.poll_after(1.5)
        seen = len(room.made(FOR_HLS))
        await room.until(lambda: len(room.made(FOR_HLS)) > seen + 5, source=source)


async def test_a_source_that_begins_anew_is_made_on_its_new_clock() -> None:
    async with stage() as room:
        source = PictureSource("vp8", first_dts=9_000_000)
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=source)
        again = PictureSource("vp8", first_dts=0, width=160, height=90)
        room.hub.begin([again.track], now=room.now)
        room.frames.clear()
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=again)
        assert room.made(FOR_HLS)[0].is_key
        assert max(frame.pts for frame in room.made(FOR_HLS)) < 9_000_000
        assert (room.tracks[FOR_HLS].format.width, room.tracks[FOR_HLS].format.height) == (160, 90)


async def test_what_comes_faster_than_it_is_made_is_left_out_up_to_a_key_frame() -> None:
    async with stage() as room:
        source = PictureSource("vp8", gop=30)
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=source)
        room.push(source, 200)
        missed = room.made("video")[-1].pts
        await room.until(lambda: room.made(FOR_HLS)[-1].pts > missed, source=source)
        steps = [after.pts - before.pts for before, after in pairwise(room.made(FOR_HLS))]
        assert max(steps) > 30 * 3000
        resumed = room.made(FOR_HLS)[1 + steps.index(max(steps))]
        assert resumed.is_key


async def test_a_source_that_sends_key_frames_only_when_it_is_asked_is_asked_for_one() -> None:
    async with stage() as room:
        source = PictureSource("vp8", gop=100_000)
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 5, source=source)
        assert room.asked == []
        room.push(source, 200)
        await room.until(lambda: len(room.asked) > 1, source=source)
        missed = room.made("video")[-1]
        answer = PictureSource("vp8", gop=100_000, first_dts=missed.dts + 3000)
        await room.until(lambda: room.made(FOR_HLS)[-1].pts > missed.pts, source=answer)
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(room.asked))


async def test_a_process_is_nice_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETS_SECRET", "hidden from the child")
    async with stage() as room:
        source = PictureSource("vp8")
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 1, source=source)
        pid = room.transcodes.picture_pid
        assert pid is not None
        assert b"hidden" not in environment_of(pid)
        assert os.getpriority(os.PRIO_PROCESS, pid) >= NICENESS


async def test_the_end_of_a_stream_ends_its_process() -> None:
    async with stage() as room:
        source = PictureSource("vp8")
        room.hub.begin([source.track], now=room.now)
        await room.until(lambda: len(room.made(FOR_HLS)) > 1, source=source)
        pid = room.transcodes.picture_pid
        assert pid is not None
        room.hub.end(now=room.now)
        await room.until(lambda: not is_alive(pid))
