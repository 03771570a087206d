"""Recordings reach the objects once each, in order, and the control plane hears of them after that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from media_server.recording.archive import Archive
from media_server.recording.disk import SpoolFolder
from media_server.recording.recorder import RecordingWish
from tests.media_server.recording.rig import INIT, Outside, archive_in, initialize, segment
from tests.support.waiting import eventually

WISH = RecordingWish("rec-1", "replays/u/s/rec-1", room_bytes=1 << 20)


@asynccontextmanager
async def keeping(archive: Archive) -> AsyncIterator[None]:
    task = asyncio.create_task(archive.keeper.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_segment_is_put_before_it_is_told_and_the_end_comes_last(tmp_path: Path) -> None:
    outside = Outside()
    archive = archive_in(tmp_path, outside)
    async with keeping(archive):
        initialize(archive)
        initialize(archive, "audio")
        archive.want(recording=WISH, rewind_s=60.0)
        written = {("video", 1): segment(archive, 1), ("audio", 1): segment(archive, 1, "audio")}
        archive.end()
        await eventually(lambda: bool(outside.told("recorded")))
    for (rendition, number), data in written.items():
        assert outside.objects[f"{WISH.prefix}/{rendition}-{number}.m4s"] == data
    assert outside.objects[f"{WISH.prefix}/video-init-1.mp4"] == INIT
    kinds = [event["event"] for event in outside.events]
    assert kinds == ["rendition", "segment", "rendition", "segment", "recorded"]
    assert outside.told("recorded")[0]["reason"] == "ended"
    assert archive.keeper.is_done


async def test_what_was_made_again_of_a_picture_is_not_recorded(tmp_path: Path) -> None:
    outside = Outside()
    archive = archive_in(tmp_path, outside)
    async with keeping(archive):
        initialize(archive)
        initialize(archive, "video720", origin="derived")
        archive.want(recording=WISH, rewind_s=60.0)
        segment(archive, 1)
        segment(archive, 1, "video720")
        archive.end()
        await eventually(lambda: bool(outside.told("recorded")))
    assert {event["rendition"] for event in outside.told("segment")} == {"video"}


async def test_an_outage_is_waited_for_and_nothing_is_lost_or_told_twice(tmp_path: Path) -> None:
    outside = Outside()
    archive = archive_in(tmp_path, outside)
    outside.is_away = True
    async with keeping(archive):
        initialize(archive)
        archive.want(recording=WISH, rewind_s=0.0)
        for number in range(1, 4):
            segment(archive, number)
        archive.poll()
        await eventually(lambda: outside.refusals > 0)
        state = archive.state()
        assert state is not None
        assert state["state"] == "behind"
        assert len(archive.window("video")) == 3
        outside.is_away = False
        await eventually(lambda: len(outside.told("segment")) == 3)
        archive.poll()
        assert [record.number for record in archive.window("video")] == [3]
    assert [event["number"] for event in outside.told("segment")] == [1, 2, 3]
    state = archive.state()
    assert state is not None
    assert state["state"] == "recording"


async def test_after_a_crash_the_rest_is_brought_away_up_to_the_last_part(tmp_path: Path) -> None:
    outside = Outside()
    crashed = archive_in(tmp_path, outside)
    async with keeping(crashed):
        initialize(crashed)
        crashed.want(recording=WISH, rewind_s=60.0)
        segment(crashed, 1)
        await eventually(lambda: len(outside.told("segment")) == 1)
    segment(crashed, 2)
    crashed.spool.append("video", 2, b"nothing is open", duration_s=1.0)
    whole = segment(crashed, 3, parts=4)
    journal = (tmp_path / "journal.jsonl").read_bytes()
    cut = journal.rindex(b'{"entry":"appended"')
    (tmp_path / "journal.jsonl").write_bytes(journal[: cut + 9])

    disk = SpoolFolder(tmp_path)
    recovered = archive_in(tmp_path, outside, index=disk.recover())
    async with keeping(recovered):
        await eventually(lambda: len(outside.told("segment")) == 3)
    assert [event["number"] for event in outside.told("segment")] == [1, 2, 3]
    kept = outside.objects[f"{WISH.prefix}/video-3.m4s"]
    assert whole.startswith(kept)
    assert len(kept) == len(whole) * 3 // 4
    assert recovered.keeper.is_done


async def test_a_recording_ends_where_its_room_does(tmp_path: Path) -> None:
    outside = Outside()
    archive = archive_in(tmp_path, outside)
    async with keeping(archive):
        initialize(archive)
        archive.want(recording=RecordingWish("rec-1", "replays/u/s/rec-1", room_bytes=100), rewind_s=60.0)
        for number in range(1, 4):
            segment(archive, number)
            archive.poll()
        await eventually(lambda: bool(outside.told("recorded")))
        archive.want(recording=RecordingWish("rec-1", "replays/u/s/rec-1", room_bytes=100), rewind_s=60.0)
        segment(archive, 4)
        state = archive.state()
        assert state is not None
        assert state["state"] == "no_room"
    assert outside.told("recorded")[0]["reason"] == "no_room"
    assert len(outside.told("segment")) < 3


async def test_switched_off_and_on_again_are_two_recordings(tmp_path: Path) -> None:
    outside = Outside()
    archive = archive_in(tmp_path, outside)
    async with keeping(archive):
        initialize(archive)
        archive.want(recording=WISH, rewind_s=60.0)
        segment(archive, 1)
        archive.want(recording=None, rewind_s=60.0)
        segment(archive, 2)
        archive.want(recording=RecordingWish("rec-2", "replays/u/s/rec-2", room_bytes=1 << 20), rewind_s=60.0)
        segment(archive, 3)
        archive.end()
        await eventually(lambda: len(outside.told("recorded")) == 2)
    told = [(event["recording_id"], event["number"]) for event in outside.told("segment")]
    assert told == [("rec-1", 1), ("rec-2", 3)]
    assert [event["reason"] for event in outside.told("recorded")] == ["switched_off", "ended"]


async def test_a_segment_that_vanished_holds_nothing_up(tmp_path: Path) -> None:
    outside = Outside()
    archive = archive_in(tmp_path, outside)
    initialize(archive)
    archive.want(recording=WISH, rewind_s=60.0)
    segment(archive, 1)
    segment(archive, 2)
    (tmp_path / "video-1.m4s").unlink()
    archive.end()
    async with keeping(archive):
        await eventually(lambda: bool(outside.told("recorded")))
    assert [event["number"] for event in outside.told("segment")] == [2]
