"""Every spool of a worker: bounded together, and none is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

from media_server.recording.archives import Archives
from media_server.recording.recorder import RecordingWish
from tests.media_server.recording.rig import HeldBackground, Outside, initialize, segment
from tests.support.waiting import eventually


def archives_in(root: Path, outside: Outside, *, max_bytes: int = 1 << 30) -> Archives:
    return Archives(root, background=HeldBackground(), objects=outside, events=outside, max_bytes=max_bytes)


async def test_the_oldest_of_all_streams_goes_first_but_never_what_is_being_recorded(tmp_path: Path) -> None:
    outside = Outside()
    outside.is_away = True
    archives = archives_in(tmp_path, outside, max_bytes=400)
    recorded, watched = archives.open("recorded"), archives.open("watched")
    task = asyncio.create_task(archives.run())
    try:
        for archive in (recorded, watched):
            initialize(archive)
        recorded.want(recording=RecordingWish("rec", "replays/u/s/rec", room_bytes=1 << 20), rewind_s=3600.0)
        watched.want(recording=None, rewind_s=3600.0)
        for number in range(1, 4):
            segment(recorded, number)
            segment(watched, number)
        await eventually(lambda: not watched.window("video"))
        assert len(recorded.window("video")) == 3
        outside.is_away = False
        await eventually(lambda: len(outside.told("segment")) == 3)
        await eventually(lambda: recorded.spool.index.size <= 400)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_next_worker_brings_away_what_the_last_one_left_and_cleans_up(tmp_path: Path) -> None:
    outside = Outside()
    first = archives_in(tmp_path, outside).open("stream")
    initialize(first)
    first.want(recording=RecordingWish("rec", "replays/u/s/rec", room_bytes=1 << 20), rewind_s=3600.0)
    segment(first, 1)
    (tmp_path / "unreadable").mkdir()
    (tmp_path / "unreadable" / "journal.jsonl").write_bytes(b"{}\n{}\n")

    second = archives_in(tmp_path, outside)
    assert second.recover() == 2
    task = asyncio.create_task(second.run())
    try:
        await eventually(lambda: bool(outside.told("segment")))
        await eventually(lambda: [folder.name for folder in tmp_path.iterdir()] == ["unreadable"])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert outside.told("recorded") == []


async def test_a_spool_goes_when_nobody_rewinds_and_all_is_safe(tmp_path: Path) -> None:
    outside = Outside()
    archives = archives_in(tmp_path, outside)
    archive = archives.open("stream")
    task = asyncio.create_task(archives.run())
    try:
        initialize(archive)
        archive.want(recording=None, rewind_s=60.0)
        segment(archive, 1)
        archive.end()
        archives.drop(archive)
        await eventually(lambda: list(tmp_path.iterdir()) == [])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_stream_that_goes_on_elsewhere_leaves_its_recording_open_and_nothing_of_it_behind(
    tmp_path: Path,
) -> None:
    outside = Outside()
    outside.is_away = True
    archives = archives_in(tmp_path, outside)
    archive = archives.open("stream")
    task = asyncio.create_task(archives.run())
    try:
        initialize(archive)
        archive.want(recording=RecordingWish("rec", "replays/u/s/rec", room_bytes=1 << 20), rewind_s=0.0)
        segment(archive, 1)
        # No `end`: the stream is not over.
        archives.drop(archive)
        await eventually(lambda: outside.refusals > 0)
        assert not archives.is_idle
        outside.is_away = False
        await eventually(lambda: archives.is_idle)
        await eventually(lambda: list(tmp_path.iterdir()) == [])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(outside.told("segment")) == 1
    assert outside.told("recorded") == []
